package io.agentotp.spring.tool.springai;

import java.util.List;
import java.util.Objects;

import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.guard.AgentTurn;
import io.agentotp.spring.guard.ToolCallContext;
import io.agentotp.spring.tool.ToolCaller;
import io.agentotp.spring.tool.ToolGuard;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.ToolCallingAdvisor;
import org.springframework.ai.chat.client.advisor.api.Advisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisorChain;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisor;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisorChain;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.tool.ToolCallback;
import reactor.core.publisher.Flux;

import org.springframework.core.Ordered;
import org.springframework.util.CollectionUtils;

/**
 * Guards the tools that a client hands to the model, whichever manager calls them, and
 * tells them the conversation.
 */
final class ToolGuardAdvisor implements CallAdvisor, StreamAdvisor {

	private final SpringAiToolGuard guard;

	ToolGuardAdvisor(ToolGuard guard) {
		this.guard = new SpringAiToolGuard(guard);
	}

	@Override
	public String getName() {
		return "Agent OTP";
	}

	/**
	 * Outside the advisor that calls tools.
	 */
	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE + 100;
	}

	@Override
	public ChatClientResponse adviseCall(ChatClientRequest request, CallAdvisorChain chain) {
		requireGuarded(chain.getCallAdvisors());
		return chain.nextCall(guarded(request, ToolCallContext.current(), new AgentTurn()));
	}

	@Override
	public Flux<ChatClientResponse> adviseStream(ChatClientRequest request, StreamAdvisorChain chain) {
		requireGuarded(chain.getStreamAdvisors());
		ToolCallContext enclosing = ToolCallContext.current();
		return AgentTurn.ofSubscriber().flatMapMany((turn) -> chain.nextStream(guarded(request, enclosing, turn)));
	}

	/**
	 * A manager that is no bean may call what it finds itself.
	 */
	private static void requireGuarded(List<? extends Advisor> advisors) {
		for (Advisor advisor : advisors) {
			ToolCallingManager manager = (advisor instanceof ToolCallingAdvisor) ? ToolCallingManagers.of(advisor)
					: null;
			if (manager != null && !SpringAiToolPostProcessor.isGuarded(manager)
					&& ToolCallingManagers.findsMoreTools(manager)) {
				throw new CallRefusedException("TOOL_REFUSED",
						"The manager of a ToolCallingAdvisor can call tools that nothing guards: make it with "
								+ "AgentOtpSpringAiTools.guard(manager)",
						null);
			}
		}
	}

	private ChatClientRequest guarded(ChatClientRequest request, @Nullable ToolCallContext enclosing, AgentTurn turn) {
		Prompt prompt = request.prompt();
		if (!(prompt.getOptions() instanceof ToolCallingChatOptions options)
				|| CollectionUtils.isEmpty(options.getToolCallbacks())) {
			return request;
		}
		Object memory = request.context().get(ChatMemory.CONVERSATION_ID);
		String conversation = (memory != null) ? ToolCaller.id("id of the chat memory", memory) : null;
		List<ToolCallback> tools = Objects.requireNonNull(options.getToolCallbacks())
			.stream()
			.<ToolCallback>map((callback) -> this.guard.guard(callback).in(conversation, enclosing, turn))
			.toList();
		return request.mutate()
			.prompt(new Prompt(prompt.getInstructions(), options.mutate().toolCallbacks(tools).build()))
			.build();
	}

}
