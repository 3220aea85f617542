package io.agentotp.spring.tool.springai;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.spring.guard.AgentTurn;
import io.agentotp.spring.guard.CallerIdentity;
import io.agentotp.spring.guard.Recent;
import io.agentotp.spring.tool.ToolCaller;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.ToolTurn;
import io.agentotp.spring.tool.WeakIdentityMap;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.model.tool.ToolExecutionResult;
import org.springframework.ai.model.tool.internal.ToolCallReactiveContextHolder;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import reactor.util.context.ContextView;

import org.springframework.util.CollectionUtils;
import org.springframework.util.StringUtils;

/**
 * Guards the tools of a request, whoever offers them, and makes the calls of one answer a
 * turn.
 */
final class GuardedToolCallingManager implements ToolCallingManager {

	/** A loop of the application's own keeps the message of its user. */
	private static final WeakIdentityMap<UserMessage, Map<Caller, AgentTurn>> TURNS = new WeakIdentityMap<>();

	private static final int MOST_TURNS = 1000;

	private final ToolCallingManager delegate;

	private final SpringAiToolGuard guard;

	GuardedToolCallingManager(ToolCallingManager delegate, SpringAiToolGuard guard) {
		this.delegate = delegate;
		this.guard = guard;
	}

	/**
	 * Return whether a guard is the one that calls pass.
	 */
	boolean isBy(ToolGuard other) {
		return this.guard.is(other);
	}

	@Override
	public List<ToolDefinition> resolveToolDefinitions(ToolCallingChatOptions options) {
		Map<String, GuardedToolCallback> tools = tools(options);
		List<ToolCallback> offered = options.getToolCallbacks();
		if (offered != null) {
			// Whoever calls them later need not pass the guard.
			offered.stream()
				.filter((tool) -> !this.guard.isGuarded(tool))
				.forEach((tool) -> this.guard.guard(tool).requireBean());
		}
		return this.delegate.resolveToolDefinitions(options).stream().map((definition) -> {
			GuardedToolCallback tool = tools.get(definition.name());
			return (tool != null) ? tool.withoutHidden(definition) : definition;
		}).toList();
	}

	@Override
	public ToolExecutionResult executeToolCalls(Prompt prompt, ChatResponse response) {
		ToolCallingChatOptions options = (prompt.getOptions() instanceof ToolCallingChatOptions calling) ? calling
				: ToolCallingChatOptions.builder().build();
		Map<String, GuardedToolCallback> tools = tools(options);
		Map<String, Object> context = options.getToolContext();
		ToolContext toolContext = new ToolContext((context != null) ? context : Map.of());
		AgentTurn agentTurn = turn(prompt, ToolCaller.from(toolContext.getContext()));
		tools.replaceAll((name, tool) -> tool.in(agentTurn));
		try (ToolTurn turn = this.guard.turn()) {
			List<ToolCallback> callbacks = new ArrayList<>();
			CallLimits limits = CallLimits.of(this.delegate, prompt.getInstructions());
			for (AssistantMessage.ToolCall call : calls(response)) {
				GuardedToolCallback tool = tools.get(call.name());
				boolean runs = limits.allows(call.name());
				if (tool != null && runs) {
					// As the manager does where a model streams no arguments.
					String arguments = StringUtils.hasText(call.arguments()) ? call.arguments() : "{}";
					tool.addTo(turn, call.id(), arguments, toolContext);
				}
				else if (tool == null && ToolCallingManagers.findsMoreTools(this.delegate)) {
					callbacks.add(new RefusedToolCallback(call.name()));
				}
				else if (tool == null) {
					// The manager ends the answer here.
					limits.end();
				}
			}
			turn.begin();
			tools.values().forEach((tool) -> callbacks.add(tool.in(turn)));
			Prompt guarded = new Prompt(prompt.getInstructions(), options.mutate().toolCallbacks(callbacks).build());
			return this.delegate.executeToolCalls(callbacks.isEmpty() ? prompt : guarded, response);
		}
	}

	private static AgentTurn turn(Prompt prompt, ToolCaller caller) {
		AgentTurn begun = begun();
		List<Message> messages = prompt.getInstructions();
		boolean goesOn = false;
		for (int index = messages.size() - 1; index >= 0; index--) {
			goesOn = goesOn || messages.get(index) instanceof ToolResponseMessage;
			if (messages.get(index) instanceof UserMessage message) {
				return turn(message, new Caller(caller, begun.caller()), begun, goesOn);
			}
		}
		return begun;
	}

	/** A stream calls its tools on a thread that knows nobody. */
	private static AgentTurn begun() {
		ContextView subscriber = ToolCallReactiveContextHolder.getContext();
		return subscriber.isEmpty() ? new AgentTurn()
				: AgentTurn.ofSubscriber().contextWrite(subscriber).toFuture().join();
	}

	/** An application may use the same message for everybody, and again. */
	private static AgentTurn turn(UserMessage message, Caller caller, AgentTurn begun, boolean goesOn) {
		Map<Caller, AgentTurn> turns = TURNS.get(message, () -> Recent.map(MOST_TURNS));
		synchronized (turns) {
			AgentTurn known = goesOn ? turns.get(caller) : null;
			if (known == null) {
				turns.put(caller, begun);
			}
			return (known != null) ? known : begun;
		}
	}

	private Map<String, GuardedToolCallback> tools(ToolCallingChatOptions options) {
		Map<String, GuardedToolCallback> tools = new LinkedHashMap<>();
		List<ToolCallback> callbacks = options.getToolCallbacks();
		if (callbacks != null) {
			// Of two with the same name the first one is called.
			callbacks.forEach(
					(callback) -> tools.putIfAbsent(callback.getToolDefinition().name(), this.guard.guard(callback)));
		}
		return tools;
	}

	private static List<AssistantMessage.ToolCall> calls(ChatResponse response) {
		return response.getResults()
			.stream()
			.map((generation) -> generation.getOutput().getToolCalls())
			.filter((calls) -> !CollectionUtils.isEmpty(calls))
			.findFirst()
			.orElse(List.of());
	}

	private record Caller(ToolCaller caller, CallerIdentity identity) {
	}

}
