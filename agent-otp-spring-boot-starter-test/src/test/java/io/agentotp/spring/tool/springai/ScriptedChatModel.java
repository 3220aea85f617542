package io.agentotp.spring.tool.springai;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.tool.definition.ToolDefinition;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

import org.springframework.beans.factory.ObjectProvider;

/**
 * A model that says what it was told to say. Like those of the providers it takes the
 * tools that it is shown from the manager.
 */
final class ScriptedChatModel implements ChatModel {

	private final ToolCallingManager manager;

	private final Deque<AssistantMessage> answers = new ArrayDeque<>();

	private final List<Prompt> prompts = new CopyOnWriteArrayList<>();

	private final List<ToolDefinition> shown = new CopyOnWriteArrayList<>();

	ScriptedChatModel(ObjectProvider<ToolCallingManager> manager) {
		this.manager = manager.getIfAvailable(() -> ToolCallingManager.builder().build());
	}

	/**
	 * Calls tools in one turn.
	 * @param calls the name and the arguments of each
	 */
	ScriptedChatModel thenCall(String... calls) {
		List<AssistantMessage.ToolCall> toolCalls = new ArrayList<>();
		for (String call : calls) {
			int space = call.indexOf(' ');
			toolCalls.add(new AssistantMessage.ToolCall("id-" + (this.prompts.size() + toolCalls.size() + 1),
					"function", call.substring(0, space), call.substring(space + 1)));
		}
		this.answers.add(AssistantMessage.builder().content("").toolCalls(toolCalls).build());
		return this;
	}

	ScriptedChatModel thenSay(String text) {
		this.answers.add(new AssistantMessage(text));
		return this;
	}

	@Override
	public ChatOptions getOptions() {
		return ToolCallingChatOptions.builder().build();
	}

	@Override
	public ChatResponse call(Prompt prompt) {
		this.prompts.add(prompt);
		if (prompt.getOptions() instanceof ToolCallingChatOptions options) {
			this.shown.addAll(this.manager.resolveToolDefinitions(options));
		}
		return new ChatResponse(List.of(new Generation(this.answers.remove())));
	}

	@Override
	public Flux<ChatResponse> stream(Prompt prompt) {
		return Flux.defer(() -> Flux.just(call(prompt))).subscribeOn(Schedulers.parallel());
	}

	/**
	 * Return the results of tools that it has read last, in order.
	 */
	List<String> results() {
		return this.prompts.get(this.prompts.size() - 1)
			.getInstructions()
			.stream()
			.filter(ToolResponseMessage.class::isInstance)
			.flatMap((message) -> ((ToolResponseMessage) message).getResponses().stream())
			.map((response) -> response.name() + ": " + response.responseData())
			.toList();
	}

	/**
	 * Return the tools that it was shown.
	 */
	List<ToolDefinition> shown() {
		return this.shown;
	}

	List<Prompt> prompts() {
		return this.prompts;
	}

	@Override
	public String toString() {
		return Arrays.toString(this.prompts.toArray());
	}

}
