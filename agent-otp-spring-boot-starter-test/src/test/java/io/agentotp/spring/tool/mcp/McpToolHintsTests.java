package io.agentotp.spring.tool.mcp;

import org.junit.jupiter.api.Test;
import org.springframework.ai.mcp.annotation.method.tool.AbstractMcpToolMethodCallback;
import org.springframework.ai.tool.method.MethodToolCallback;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.core.io.support.SpringFactoriesLoader;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a native image must keep.
 */
class McpToolHintsTests {

	@Test
	void fieldsWhenReadByReflectionThenKept() throws NoSuchFieldException {
		RuntimeHints hints = new RuntimeHints();
		SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories")
			.load(RuntimeHintsRegistrar.class)
			.stream()
			.filter((registrar) -> registrar.getClass().getName().startsWith("io.agentotp."))
			.forEach((registrar) -> registrar.registerHints(hints, getClass().getClassLoader()));
		for (String field : new String[] { "toolMethod", "toolObject" }) {
			assertThat(RuntimeHintsPredicates.reflection()
				.onFieldAccess(AbstractMcpToolMethodCallback.class.getDeclaredField(field))
				.test(hints)).as(field).isTrue();
			assertThat(RuntimeHintsPredicates.reflection()
				.onFieldAccess(MethodToolCallback.class.getDeclaredField(field))
				.test(hints)).as(field).isTrue();
		}
	}

}
