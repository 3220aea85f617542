package io.agentotp.spring.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.Permission;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.PermissionContext;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpLangChain4jAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpToolAutoConfiguration;
import io.agentotp.spring.event.PermissionEvent;
import io.agentotp.spring.method.GuardReport;
import io.agentotp.spring.method.RequiresPermissionAdvisor;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.agentotp.spring.tool.langchain4j.AgentOtpLangChain4jTools;
import io.agentotp.test.FakeAgentOtp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.method.MethodToolCallbackProvider;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.event.EventListener;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Pitfalls 12 to 15: the grant and its token. Pitfall 16 is in the tests of the
 * connection.
 */
@ExtendWith(OutputCaptureExtension.class)
class PitfallGrantTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@Test
	@DisplayName("P12 a parameter that the model sees: what it forges is overwritten, and Spring AI's clients do not show it")
	void toolWhenTheModelForgesThePermissionThenItIsOverwritten(CapturedOutput output) {
		this.guarded.runner(SpringAiTool.class).run((context) -> {
			ToolCallback tool = MethodToolCallbackProvider.builder()
				.toolObjects(context.getBean(SpringAiTool.class))
				.build()
				.getToolCallbacks()[0];
			assertThat(tool.getToolDefinition().inputSchema()).contains("\"permission\"");
			assertThat(tool.call("{\"to\":\"a@b.c\",\"permission\":null}")).contains("a@b.c granted");
		});
		// Only a client made by hand lets the model see it.
		assertThat(output).doesNotContain("is an AI tool with a parameter of type Permission");
	}

	@Test
	@DisplayName("P12 a parameter that the model sees: the guard hides it from LangChain4j's models, too")
	void startWhenALangChain4jToolTakesThePermissionThenHiddenAndNotWarned(CapturedOutput output) {
		this.guarded.runner(LangChainTool.class)
			.withConfiguration(AutoConfigurations.of(AgentOtpToolAutoConfiguration.class,
					AgentOtpLangChain4jAutoConfiguration.class))
			.run((context) -> {
				AgentOtpLangChain4jTools tools = context.getBean(AgentOtpLangChain4jTools.class);
				assertThat(tools.from(context.getBean(LangChainTool.class))).singleElement()
					.satisfies((tool) -> assertThat(tool.toolSpecification().parameters().properties())
						.containsOnlyKeys("to"));
			});
		assertThat(output).doesNotContain("is an AI tool with a parameter of type Permission");
	}

	@Test
	@DisplayName("P12 a parameter that the model sees: of other frameworks it is warned")
	void startWhenAToolOfAnotherFrameworkTakesThePermissionThenWarned(CapturedOutput output) {
		this.guarded.runner(OtherTool.class).run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).contains("OtherTool.send() is an AI tool with a parameter of type Permission");
	}

	@Test
	@DisplayName("P12 a parameter that the model sees: no warning about other parameters")
	void startWhenAToolTakesNoPermissionThenNotWarned(CapturedOutput output) {
		this.guarded.runner(GoodTool.class).run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain("is an AI tool");
	}

	@ParameterizedTest
	@ValueSource(classes = { HiddenSpringAiTool.class, HiddenLangChainTool.class })
	@DisplayName("P12 tools: one in a class that is not public does not start")
	void startWhenAToolClassIsNotPublicThenFails(Class<?> bean) {
		this.guarded.runner(bean)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOfSatisfying(InvalidAnnotationException.class, (ex) -> {
					assertThat(ex.problem()).contains(bean.getName()).contains("not public");
					assertThat(ex.remedy()).contains("Make the class public");
				}));
	}

	@Test
	@DisplayName("P13 reporting after success: its failure is not the caller's, a future is used when complete")
	void callWhenReportingFailsThenTheResultIsReturnedAndTheBodyRunsOnce() {
		this.guarded.run(Desk.class, (desk) -> {
			desk.beforeReturn(this.service::unreachable);
			assertThat(desk.send(new ArrayList<>(List.of("a@b.c")))).isEqualTo("sent");
			assertThat(desk.ran()).hasSize(1);
			this.service.reachable();
			await().until(() -> this.service.asked().get(0).status() == PermissionStatus.USED);
			desk.beforeReturn(() -> {
			});
			CompletableFuture<String> later = desk.sendLater();
			await().until(() -> desk.ran().size() == 2);
			assertThat(this.service.asked().get(1).status()).isEqualTo(PermissionStatus.APPROVED);
			desk.end().completeExceptionally(new IllegalStateException("late"));
			assertThatExceptionOfType(CompletionException.class).isThrownBy(later::join);
			assertThat(this.service.asked().get(1).outcome()).isEqualTo("failed");
		});
	}

	@Test
	@DisplayName("P14 drift: an argument that changes while the human thinks refuses the call")
	void callWhenAnArgumentChangesDuringTheWaitThenRefused() {
		this.service.leavePending("send");
		this.guarded.run(Desk.class, (desk) -> {
			List<String> recipients = new CopyOnWriteArrayList<>(List.of("a@b.c"));
			List<Throwable> ended = new CopyOnWriteArrayList<>();
			Thread caller = Guarded.start(() -> {
				try {
					desk.send(recipients);
				}
				catch (CallRefusedException ex) {
					ended.add(ex);
				}
			});
			awaitPending();
			recipients.add("evil@example.com");
			this.service.decidePending(true, null);
			join(caller);
			assertThat(ended).singleElement()
				.isInstanceOfSatisfying(CallRefusedException.class,
						(ex) -> assertThat(ex.code()).isEqualTo("CALL_CHANGED"));
			assertThat(desk.ran()).isEmpty();
		});
	}

	@Test
	@DisplayName("P15 secrets: the token is in no event, text, log or report")
	void callWhenItRunsThenTheTokenShowsNowhere(CapturedOutput output) {
		List<String> shown = new ArrayList<>();
		this.guarded.runner(Desk.class, Events.class).run((context) -> {
			Desk desk = context.getBean(Desk.class);
			desk.send(List.of("a@b.c"));
			assertThatIllegalStateException().isThrownBy(desk::fail);
			shown.add(desk.permissions().toString());
			shown.addAll(context.getBean(Events.class).seen);
			GuardReport report = new GuardReport(context.getBeanFactory(),
					context.getBean(RequiresPermissionAdvisor.class), context.getBean(PermissionGuard.class));
			shown.add(report.methods() + " " + report.waits());
			String token = desk.permissions().get(0).token().orElseThrow().value();
			assertThat(token).isNotBlank();
			assertThat(shown).hasSizeGreaterThan(5).noneMatch((text) -> text.contains(token));
			assertThat(output).doesNotContain(token);
		});
	}

	private void awaitPending() {
		try {
			this.service.awaitPending(1);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void join(Thread thread) {
		try {
			thread.join();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	public static class SpringAiTool {

		@Tool
		@RequiresPermission(action = "send")
		public String send(String to, @Nullable Permission permission) {
			return to + ((permission != null && permission.isGranted()) ? " granted" : " forged");
		}

	}

	public static class LangChainTool {

		@dev.langchain4j.agent.tool.Tool
		@RequiresPermission(action = "send")
		public String send(String to, @Nullable Permission permission) {
			return to;
		}

	}

	public static class OtherTool {

		@org.springaicommunity.mcp.annotation.McpTool
		@RequiresPermission(action = "send")
		public String send(String to, @Nullable Permission permission) {
			return to;
		}

	}

	public static class GoodTool {

		@Tool
		@dev.langchain4j.agent.tool.Tool
		@RequiresPermission(action = "send")
		public String send(String to) {
			return to;
		}

	}

	static class HiddenSpringAiTool {

		@Tool
		@RequiresPermission(action = "send")
		public String send(String to) {
			return to;
		}

	}

	static class HiddenLangChainTool {

		@dev.langchain4j.agent.tool.Tool
		@RequiresPermission(action = "send")
		public String send(String to) {
			return to;
		}

	}

	public static class Desk {

		private final List<String> ran = new CopyOnWriteArrayList<>();

		private final List<Permission> permissions = new CopyOnWriteArrayList<>();

		private final CompletableFuture<String> end = new CompletableFuture<>();

		private Runnable beforeReturn = () -> {
		};

		public List<String> ran() {
			return this.ran;
		}

		public List<Permission> permissions() {
			return this.permissions;
		}

		public CompletableFuture<String> end() {
			return this.end;
		}

		public void beforeReturn(Runnable beforeReturn) {
			this.beforeReturn = beforeReturn;
		}

		@RequiresPermission(action = "send")
		public String send(List<String> recipients) {
			this.ran.add("send " + recipients);
			this.permissions.add(PermissionContext.current());
			this.beforeReturn.run();
			return "sent";
		}

		@RequiresPermission(action = "later")
		public CompletableFuture<String> sendLater() {
			this.ran.add("later");
			return this.end;
		}

		@RequiresPermission(action = "fail")
		public void fail() {
			throw new IllegalStateException("with " + PermissionContext.current());
		}

	}

	static class Events {

		final List<String> seen = new CopyOnWriteArrayList<>();

		@EventListener
		void on(PermissionEvent event) {
			this.seen.add(event.toString());
		}

	}

}
