package io.agentotp.sample.chat;

import java.util.List;
import java.util.Locale;
import java.util.UUID;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.MessageSource;
import org.springframework.context.support.MessageSourceAccessor;
import org.springframework.stereotype.Component;

/**
 * Stands in for a language model, so that the sample needs no account: it picks a tool by
 * a word of the question, and repeats what the tool has said.
 */
@Component
@ConditionalOnProperty(name = "sample.chat.model", havingValue = "scripted", matchIfMissing = true)
class ScriptedChatModel implements ChatModel {

	private final MessageSourceAccessor messages;

	ScriptedChatModel(MessageSource messages) {
		this.messages = new MessageSourceAccessor(messages);
	}

	@Override
	public ChatOptions getOptions() {
		return ToolCallingChatOptions.builder().build();
	}

	@Override
	public ChatResponse call(Prompt prompt) {
		List<Message> messages = prompt.getInstructions();
		return new ChatResponse(List.of(new Generation(answer(messages.get(messages.size() - 1)))));
	}

	private AssistantMessage answer(Message last) {
		if (last instanceof ToolResponseMessage results) {
			return new AssistantMessage(words(results.getResponses().get(0).responseData()));
		}
		String question = String.valueOf(last.getText()).toLowerCase(Locale.ROOT);
		if (question.contains("invoice") || question.contains("rechnung")) {
			return call("send", "{\"to\":\"client@example.com\",\"subject\":\"Invoice 42\","
					+ "\"body\":\"Dear client, please find invoice 42 over 99.00 EUR below.\"}");
		}
		if (question.contains("report") || question.contains("bericht")) {
			return call("read", "{\"name\":\"report.txt\"}");
		}
		return (question.contains("customer") || question.contains("kunde")) ? call("drop", "{}")
				: new AssistantMessage(this.messages.getMessage("model.help"));
	}

	/** Texts are JSON, and refusals are not. */
	private static String words(String result) {
		return result.startsWith("\"") ? JsonMapper.shared().readValue(result, String.class) : result;
	}

	private static AssistantMessage call(String tool, String arguments) {
		return AssistantMessage.builder()
			.content("")
			.toolCalls(List.of(new AssistantMessage.ToolCall("call-" + UUID.randomUUID(), "function", tool, arguments)))
			.build();
	}

}
