package io.agentotp.spring.tool.springai;

import java.lang.reflect.Field;

import org.jspecify.annotations.Nullable;
import org.springframework.ai.model.tool.DefaultToolCallingManager;
import org.springframework.ai.model.tool.ToolCallingManager;

import org.springframework.util.ReflectionUtils;

/**
 * Tells what managers do that are not known to be guarded.
 */
final class ToolCallingManagers {

	private static final @Nullable Field FALLBACK = field("resolutionFallbackEnabled");

	private static final @Nullable Field RESOLVER = field("toolCallbackResolver");

	private ToolCallingManagers() {
	}

	/**
	 * Return the manager that an advisor calls tools with.
	 */
	static @Nullable ToolCallingManager of(Object advisor) {
		Field field = ReflectionUtils.findField(advisor.getClass(), null, ToolCallingManager.class);
		if (field == null) {
			return null;
		}
		ReflectionUtils.makeAccessible(field);
		return (ToolCallingManager) ReflectionUtils.getField(field, advisor);
	}

	/**
	 * Return whether a manager may call tools that no request has offered, and that it
	 * finds past the guard.
	 */
	static boolean findsMoreTools(ToolCallingManager manager) {
		if (!(manager instanceof DefaultToolCallingManager)) {
			return true;
		}
		// Older versions always do.
		if (FALLBACK != null && Boolean.FALSE.equals(ReflectionUtils.getField(FALLBACK, manager))) {
			return false;
		}
		Object resolver = (RESOLVER != null) ? ReflectionUtils.getField(RESOLVER, manager) : null;
		return resolver == null || !SpringAiToolPostProcessor.isGuarded(resolver);
	}

	static @Nullable Field field(String name) {
		Field field = ReflectionUtils.findField(DefaultToolCallingManager.class, name);
		if (field != null) {
			ReflectionUtils.makeAccessible(field);
		}
		return field;
	}

}
