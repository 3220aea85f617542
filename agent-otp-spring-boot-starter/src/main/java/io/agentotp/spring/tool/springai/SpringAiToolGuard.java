package io.agentotp.spring.tool.springai;

import java.util.Arrays;
import java.util.List;

import io.agentotp.spring.tool.InterfaceAdvice;
import io.agentotp.spring.tool.ProtectedTool;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.ToolTurn;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.execution.ToolExecutionExceptionProcessor;
import org.springframework.ai.tool.resolution.ToolCallbackResolver;

/**
 * Puts the guard around the parts of Spring AI that offer or call tools. What is guarded
 * already stays as it is.
 */
final class SpringAiToolGuard {

	private final ToolGuard guard;

	SpringAiToolGuard(ToolGuard guard) {
		this.guard = guard;
	}

	GuardedToolCallback guard(ToolCallback callback) {
		return (ProtectedTool.find(callback, this.guard) instanceof GuardedToolCallback guarded) ? guarded
				: new GuardedToolCallback(callback, this.guard);
	}

	/**
	 * Return whether a tool is as it would be without a guard. Then it need not be a
	 * proxy, which others could not have injected by a final class.
	 */
	boolean leavesAlone(ToolCallback callback) {
		return this.guard.leavesAlone(ToolCallbacks.describe(callback));
	}

	/**
	 * Return whether all tools of a provider are, which are known without asking anybody.
	 */
	boolean leavesAlone(ToolCallbackProvider provider) {
		return ToolCallbacks.isLocal(provider)
				&& Arrays.stream(provider.getToolCallbacks()).allMatch(this::leavesAlone);
	}

	boolean isGuarded(ToolCallback callback) {
		return ProtectedTool.find(callback, this.guard) != null;
	}

	List<ToolCallback> guard(List<ToolCallback> callbacks) {
		return callbacks.stream().<ToolCallback>map(this::guard).toList();
	}

	ToolCallbackProvider guard(ToolCallbackProvider provider) {
		return () -> Arrays.stream(provider.getToolCallbacks()).map(this::guard).toArray(ToolCallback[]::new);
	}

	ToolCallbackResolver guard(ToolCallbackResolver resolver) {
		return (name) -> {
			ToolCallback callback = resolver.resolve(name);
			return (callback != null) ? guard(callback) : null;
		};
	}

	ToolCallingManager guard(ToolCallingManager manager) {
		GuardedToolCallingManager guarded = (manager instanceof GuardedToolCallingManager own) ? own
				: InterfaceAdvice.find(manager, GuardedToolCallingManager.class);
		return (guarded != null && guarded.isBy(this.guard)) ? manager : new GuardedToolCallingManager(manager, this);
	}

	/**
	 * Lets the model read refusals, whatever a processor makes of other failures.
	 */
	static ToolExecutionExceptionProcessor tellingRefusals(ToolExecutionExceptionProcessor processor) {
		return (ex) -> ToolGuard.refusal(ex).map(Throwable::getMessage).orElseGet(() -> processor.process(ex));
	}

	boolean is(ToolGuard other) {
		return this.guard == other;
	}

	ToolTurn turn() {
		return this.guard.turn();
	}

}
