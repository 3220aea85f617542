package io.agentotp.spring.tool;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.AgentOtpClient;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpLangChain4jAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpSpringAiAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpToolAutoConfiguration;
import io.agentotp.spring.tool.springai.AgentOtpSpringAiTools;
import io.agentotp.test.FakeAgentOtp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.support.ToolCallbacks;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.execution.ToolExecutionException;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Guarded methods that return before anybody has decided, as tools.
 */
class AsyncToolTests {

	private static final List<String> DONE = new CopyOnWriteArrayList<>();

	private final FakeAgentOtp service = FakeAgentOtp.approving().deny("disk.erase", "Never");

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, AgentOtpAutoConfiguration.class,
				AgentOtpMethodAutoConfiguration.class, AgentOtpToolAutoConfiguration.class,
				AgentOtpSpringAiAutoConfiguration.class, AgentOtpLangChain4jAutoConfiguration.class,
				TaskExecutionAutoConfiguration.class))
		.withUserConfiguration(Application.class)
		.withBean(AgentOtpClient.class, this.service::client);

	@ParameterizedTest
	@ValueSource(
			classes = { AsyncTool.class, AsyncClass.class, FutureTool.class, MonoTool.class, LangChain4jTool.class })
	void startWhenAGuardedToolReturnsBeforeTheDecisionThenStops(Class<?> bean) {
		this.runner.withBean(bean)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageMatching("The tool erase \\((Spring AI|LangChain4j)\\): its method "
						+ "(is @Async, so that .*|returns (CompletableFuture|Mono), which .* does not wait for)"));
	}

	@ParameterizedTest
	@ValueSource(classes = { AsyncTool.class, FutureTool.class })
	void callWhenAGuardedToolReturnsBeforeTheDecisionThenRefused(Class<?> bean) {
		this.runner
			.withInitializer((context) -> ((GenericApplicationContext) context).registerBean(bean,
					(definition) -> definition.setLazyInit(true)))
			.run((context) -> {
				ToolCallback tool = context.getBean(AgentOtpSpringAiTools.class)
					.guard(ToolCallbacks.from(context.getBean(bean)))[0];
				assertThat(catchThrowableOfType(ToolExecutionException.class, () -> tool.call("{\"disk\":\"c\"}")))
					.hasMessage(
							"Permission denied: the tool erase must not be called: it cannot be guarded as it stands");
				assertThat(DONE).isEmpty();
				assertThat(this.service.asked()).isEmpty();
			});
	}

	@Test
	void startWhenAnAsyncToolIsNotGuardedThenStarts() {
		this.runner.withBean(UnguardedAsync.class).run((context) -> assertThat(context).hasNotFailed());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class Application {

	}

	public static class AsyncTool {

		@Async
		@Tool(description = "Erases")
		@RequiresPermission(action = "disk.erase")
		public void erase(String disk) {
			DONE.add(disk);
		}

	}

	@Async
	public static class AsyncClass {

		@Tool(description = "Erases")
		@RequiresPermission(action = "disk.erase")
		public void erase(String disk) {
			DONE.add(disk);
		}

	}

	public static class FutureTool {

		@Tool(description = "Erases")
		@RequiresPermission(action = "disk.erase")
		public CompletableFuture<String> erase(String disk) {
			DONE.add(disk);
			return CompletableFuture.completedFuture("erased");
		}

	}

	public static class MonoTool {

		@Tool(description = "Erases")
		@RequiresPermission(action = "disk.erase")
		public Mono<String> erase(String disk) {
			return Mono.fromRunnable(() -> DONE.add(disk));
		}

	}

	public static class LangChain4jTool {

		@dev.langchain4j.agent.tool.Tool("Erases")
		@RequiresPermission(action = "disk.erase")
		public CompletableFuture<String> erase(String disk) {
			DONE.add(disk);
			return CompletableFuture.completedFuture("erased");
		}

	}

	public static class UnguardedAsync {

		@Async
		@Tool(description = "Looks")
		public void look(String disk) {
			DONE.add(disk);
		}

	}

}
