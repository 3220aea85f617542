package io.agentotp.spring.tool.springai;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * What the guard reads of Spring AI's callbacks by reflection.
 */
final class SpringAiToolHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		hints.reflection()
			.registerTypeIfPresent(classLoader, "org.springframework.ai.tool.method.MethodToolCallback",
					MemberCategory.ACCESS_DECLARED_FIELDS)
			.registerTypeIfPresent(classLoader, CallLimits.TYPE, MemberCategory.INVOKE_DECLARED_METHODS);
	}

}
