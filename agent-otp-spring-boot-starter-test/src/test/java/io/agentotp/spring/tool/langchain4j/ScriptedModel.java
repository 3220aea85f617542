package io.agentotp.spring.tool.langchain4j;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;

/**
 * A model that says what it was told to say.
 */
final class ScriptedModel implements ChatModel {

	private final Deque<AiMessage> answers = new ArrayDeque<>();

	private final List<ChatRequest> requests = new CopyOnWriteArrayList<>();

	private int calls;

	/**
	 * Calls tools in one turn.
	 * @param calls the name and the arguments of each
	 */
	ScriptedModel thenCall(String... calls) {
		List<ToolExecutionRequest> toolCalls = new ArrayList<>();
		for (String call : calls) {
			int space = call.indexOf(' ');
			toolCalls.add(ToolExecutionRequest.builder()
				.id("id-" + ++this.calls)
				.name(call.substring(0, space))
				.arguments(call.substring(space + 1))
				.build());
		}
		this.answers.add(AiMessage.from(toolCalls));
		return this;
	}

	/**
	 * Calls a tool and then says something, before what it was told before.
	 */
	ScriptedModel thenCallFirst(String call, String text) {
		List<AiMessage> later = new ArrayList<>(this.answers);
		this.answers.clear();
		thenCall(call).thenSay(text);
		this.answers.addAll(later);
		return this;
	}

	ScriptedModel thenSay(String text) {
		this.answers.add(AiMessage.from(text));
		return this;
	}

	@Override
	public ChatResponse doChat(ChatRequest request) {
		this.requests.add(request);
		return ChatResponse.builder().aiMessage(this.answers.remove()).build();
	}

	/**
	 * Return the same model, which streams its answers on a thread of the executor.
	 */
	StreamingChatModel streaming(Executor executor) {
		return new StreamingChatModel() {

			@Override
			public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
				executor.execute(() -> {
					try {
						ChatResponse response = ScriptedModel.this.doChat(request);
						List<ToolExecutionRequest> calls = response.aiMessage().toolExecutionRequests();
						for (int index = 0; index < calls.size(); index++) {
							handler.onCompleteToolCall(new CompleteToolCall(index, calls.get(index)));
						}
						handler.onCompleteResponse(response);
					}
					catch (RuntimeException ex) {
						handler.onError(ex);
					}
				});
			}

		};
	}

	/**
	 * Return the results of the tools that it has read last, in order.
	 */
	List<String> results() {
		return this.requests.get(this.requests.size() - 1)
			.messages()
			.stream()
			.filter(ToolExecutionResultMessage.class::isInstance)
			.map(ToolExecutionResultMessage.class::cast)
			.map((result) -> result.toolName() + ": " + result.text()
					+ (Boolean.TRUE.equals(result.isError()) ? " (error)" : ""))
			.toList();
	}

	/**
	 * Return the tools that it was shown last.
	 */
	List<ToolSpecification> shown() {
		return this.requests.get(this.requests.size() - 1).toolSpecifications();
	}

	List<ChatRequest> requests() {
		return this.requests;
	}

}
