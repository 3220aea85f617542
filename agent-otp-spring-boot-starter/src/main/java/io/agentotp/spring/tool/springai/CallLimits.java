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
	private static final @Nullable Field LIMITS = accessible("toolCallLimits");

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
			Map<String, Integer> counts = (Map<String, Integer>) invoke(limits, "countPriorToolCalls", history);
			return new CallLimits(limits, new HashMap<>((counts != null) ? counts : Map.of()), false);
		}
		catch (IllegalStateException ex) {
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
			if (invoke(this.limits, "check", tool, calls, this.total) == null) {
				return true;
			}
			this.ended = "THROW".equals(String.valueOf(invoke(this.limits, "onLimitExceeded")));
		}
		catch (IllegalStateException ex) {
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

	private static @Nullable Object invoke(@Nullable Object limits, String name, Object... arguments) {
		Method method = (limits == null) ? null
				: List.of(limits.getClass().getDeclaredMethods())
					.stream()
					.filter((candidate) -> candidate.getName().equals(name)
							&& candidate.getParameterCount() == arguments.length)
					.findFirst()
					.orElse(null);
		if (method == null) {
			throw new IllegalStateException("This version of Spring AI has other limits");
		}
		ReflectionUtils.makeAccessible(method);
		return ReflectionUtils.invokeMethod(method, limits, arguments);
	}

	private static @Nullable Field accessible(String name) {
		Field field = ReflectionUtils.findField(DefaultToolCallingManager.class, name);
		if (field != null) {
			ReflectionUtils.makeAccessible(field);
		}
		return field;
	}

}
