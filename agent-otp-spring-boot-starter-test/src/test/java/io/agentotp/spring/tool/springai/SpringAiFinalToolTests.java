package io.agentotp.spring.tool.springai;

import java.lang.reflect.Proxy;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpSpringAiAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpToolAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.method.MethodToolCallbackProvider;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Beans that offer tools and whose class is final: the guard stands before them as their
 * interface only.
 */
@ExtendWith(OutputCaptureExtension.class)
class SpringAiFinalToolTests {

	@Test
	void startWhenNothingGuardsThemThenTheyAreInjectedByTheirClass() {
		for (String property : new String[] { "a=b", "agentotp.tools.unmatched=allow" }) {
			try (ConfigurableApplicationContext context = run(Plain.class, property)) {
				assertThat(context.getBean(Users.class)).isNotNull();
				assertThat(context.getBean(MethodToolCallbackProvider.class)).isNotNull();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "unmatched=deny", "rules[0].name=other" })
	void startWhenTheyAreGuardedThenSaysWhatToInject(String property, CapturedOutput output) {
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> run(Plain.class, "agentotp.tools." + property,
				"agentotp.tools.rules[0].effect=allow", "agentotp.tools.rules[0].name=other",
				"agentotp.tools.unmatched=" + (property.contains("deny") ? "deny" : "allow"))
			.close());
		assertThat(output).contains("APPLICATION FAILED TO START",
				"is injected by its class, but the guard of agents' tools stands before it as ToolCallback",
				"Inject it as ToolCallback");
	}

	@Test
	void startWhenAToolIsAnAnnotatedMethodThenItsProviderIsGuarded(CapturedOutput output) {
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> run(Annotated.class).close());
		assertThat(output).contains("Inject it as ToolCallbackProvider");
	}

	@Test
	void startWhenTheyAreInjectedByTheirInterfaceThenGuarded() {
		try (ConfigurableApplicationContext context = run(ByInterface.class, "agentotp.tools.unmatched=deny")) {
			assertThat(Proxy.isProxyClass(context.getBean("finalTool").getClass())).isTrue();
			assertThat(context.getBean("user")).isEqualTo("final");
		}
	}

	@Test
	void startWhenThereIsNoSuchBeanThenTheMessageIsSprings(CapturedOutput output) {
		assertThatExceptionOfType(Exception.class)
			.isThrownBy(() -> run(Missing.class, "agentotp.tools.unmatched=deny").close());
		assertThat(output).contains("APPLICATION FAILED TO START", "could not be found")
			.doesNotContain("stands before it");
	}

	private static ConfigurableApplicationContext run(Class<?> beans, String... properties) {
		return new SpringApplicationBuilder(Application.class, beans).web(WebApplicationType.NONE)
			.properties("agentotp.api-key=ak_test_0123456789", "agentotp.base-url=http://localhost:1")
			.properties(properties)
			.run();
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class,
			AgentOtpToolAutoConfiguration.class, AgentOtpSpringAiAutoConfiguration.class })
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	static class Plain {

		@Bean
		FinalTool finalTool() {
			return new FinalTool();
		}

		@Bean
		MethodToolCallbackProvider provider() {
			return MethodToolCallbackProvider.builder().toolObjects(new Harmless()).build();
		}

		@Bean
		Users users(FinalTool tool, MethodToolCallbackProvider provider) {
			return new Users();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Annotated {

		@Bean
		Guarded guarded() {
			return new Guarded();
		}

		@Bean
		MethodToolCallbackProvider provider(Guarded guarded) {
			return MethodToolCallbackProvider.builder().toolObjects(guarded).build();
		}

		@Bean
		Users users(MethodToolCallbackProvider provider) {
			return new Users();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByInterface {

		@Bean
		ToolCallback finalTool() {
			return new FinalTool();
		}

		@Bean
		ToolCallbackProvider provider() {
			return MethodToolCallbackProvider.builder().toolObjects(new Harmless()).build();
		}

		@Bean
		String user(ToolCallback finalTool) {
			return finalTool.getToolDefinition().name();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Missing {

		@Bean
		Users users(FinalTool tool) {
			return new Users();
		}

	}

	static class Users {

	}

	static class Harmless {

		@Tool
		String read() {
			return "read";
		}

	}

	public static class Guarded {

		@Tool
		@RequiresPermission(action = "wipe")
		public String wipe() {
			return "wiped";
		}

	}

	static final class FinalTool implements ToolCallback {

		@Override
		public ToolDefinition getToolDefinition() {
			return ToolDefinition.builder().name("final").inputSchema("{}").build();
		}

		@Override
		public String call(String toolInput) {
			return "called";
		}

	}

}
