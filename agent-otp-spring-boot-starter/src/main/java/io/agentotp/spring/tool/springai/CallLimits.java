package io.agentotp.spring.tool.springai;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.spring.tool.Decorators;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.model.tool.DefaultToolCallingManager;
import org.springframework.ai.model.tool.ToolCallingManager;

import org.springframework.util.ReflectionUtils;

/**
 * Tells which calls of an answer a manager will make: nobody is asked ahead for one that
 * it refuses itself.
 */
final class CallLimits {

	static final String TYPE = "org.springframework.ai.model.tool.ToolCallLimits";

	/** Older versions have none. */
	private static final @Nullable Field LIMITS = ToolCallingManagers.field("toolCallLimits");

	private static final @Nullable Method COUNT = method("countPriorToolCalls", 1);

	private static final @Nullable Method CHECK = method("check", 3);

	private static final @Nullable Method ON_EXCEEDED = method("onLimitExceeded", 0);

	private final @Nullable Object limits;

	private final Map<String, Integer> counts;

	private int total;

	private boolean ended;

	private CallLimits(@Nullable Object limits, Map<String, Integer> counts, boolean ended) {
		this.limits = limits;
		this.counts = counts;
		this.total = counts.values().stream().mapToInt(Integer::intValue).sum();
		this.ended = ended;
	}

	/**
	 * Return the limits of a manager for its next answer.
	 * @param history the messages so far
	 */
	@SuppressWarnings("unchecked")
	static CallLimits of(ToolCallingManager manager, List<Message> history) {
		Object known = Decorators
			.find(manager, ToolCallingManager.class::isInstance, DefaultToolCallingManager.class::isInstance)
			.orElse(null);
		if (known == null) {
			// What another one makes of an answer nobody knows.
			return new CallLimits(null, Map.of(), true);
		}
		if (LIMITS == null) {
			return new CallLimits(null, new HashMap<>(), false);
		}
		try {
			Object limits = ReflectionUtils.getField(LIMITS, known);
			Map<String, Integer> counts = (Map<String, Integer>) invoke(limits, COUNT, history);
			return new CallLimits(limits, new HashMap<>((counts != null) ? counts : Map.of()), false);
		}
		catch (RuntimeException ex) {
			// Another version has other limits.
			return new CallLimits(null, Map.of(), true);
		}
	}

	/**
	 * Return whether the next call of the answer will be made.
	 */
	boolean allows(String tool) {
		if (this.ended || this.limits == null) {
			return !this.ended;
		}
		this.total++;
		int calls = this.counts.merge(tool, 1, Integer::sum);
		try {
			if (invoke(this.limits, CHECK, tool, calls, this.total) == null) {
				return true;
			}
			this.ended = "THROW".equals(String.valueOf(invoke(this.limits, ON_EXCEEDED)));
		}
		catch (RuntimeException ex) {
			this.ended = true;
		}
		return false;
	}

	/**
	 * No further call will be made.
	 */
	void end() {
		this.ended = true;
	}

	private static @Nullable Object invoke(@Nullable Object limits, @Nullable Method method, Object... arguments) {
		if (limits == null || method == null) {
			throw new IllegalStateException("This version of Spring AI has other limits");
		}
		return ReflectionUtils.invokeMethod(method, limits, arguments);
	}

	private static @Nullable Method method(String name, int parameters) {
		if (LIMITS == null) {
			return null;
		}
		for (Method method : LIMITS.getType().getDeclaredMethods()) {
			if (method.getName().equals(name) && method.getParameterCount() == parameters) {
				ReflectionUtils.makeAccessible(method);
				return method;
			}
		}
		return null;
	}

}
