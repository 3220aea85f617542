package io.agentotp.spring.tool.springai;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.agentotp.AgentOtpClient;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.boot.autoconfigure.AgentOtpObservationAutoConfiguration;
import io.agentotp.test.AskedPermission;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.ai.chat.client.ChatClient;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.ai.model.tool.ToolExecutionResult;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.model.tool.ToolCallLimitBehavior;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.aopalliance.intercept.MethodInterceptor;
import org.springframework.ai.support.ToolCallbacks;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.Ordered;
import org.springframework.aop.support.NameMatchMethodPointcut;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.boot.autoconfigure.AutoConfigurations;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Several calls of tools in one answer of the model, streams, threads, and what of it all
 * must never show. The numbers P… are those of the pitfalls in the integration of such
 * frameworks.
 */
class SpringAiTurnTests {

	private final SpringAiApplication application = new SpringAiApplication();

	@Test
	void batchWhenOneIsDeniedThenTheOthersRunInTheirOrder() {
		this.application.service.deny("email.send", "Not to strangers");
		this.application.wiping(MailTools.class).run((context) -> {
			MailTools mail = context.getBean(MailTools.class);
			ScriptedChatModel model = context.getBean(ScriptedChatModel.class)
				.thenCall("wipe {\"disk\":\"c\"}", "send {\"to\":\"x\",\"body\":\"b\"}", "report {\"to\":\"y\"}",
						"read {\"id\":1}")
				.thenSay("ok");
			SpringAiApplication.client(context)
				.prompt("Go")
				.tools(mail, this.application.tool("wipe"))
				.call()
				.content();
			assertThat(model.results()).hasSize(4);
			assertThat(model.results().get(0)).isEqualTo("wipe: \"wipe done\"");
			assertThat(model.results().get(1)).isEqualTo("send: Permission denied: Not to strangers");
			assertThat(model.results().get(2)).startsWith("report: ");
			assertThat(model.results().get(3)).isEqualTo("read: \"mail 1\"");
			assertThat(mail.done()).containsExactly("report y {max=5} true", "read 1");
			assertThat(this.application.service.asked()).extracting(AskedPermission::action)
				.containsExactlyInAnyOrder("disk.wipe", "email.send", "email.report");
			assertThat(this.application.service.asked()).extracting((asked) -> asked.context().get("caller").toString())
				.containsExactlyInAnyOrder("{toolCall=id-1}", "{toolCall=id-2}", "{toolCall=id-3}");
		});
	}

	@Test
	void batchWhenNobodyHasDecidedThenAllRequestsAreThereAtOnce() {
		this.application.service.leavePending((asked) -> true);
		this.application.wiping(MailTools.class).run((context) -> {
			MailTools mail = context.getBean(MailTools.class);
			ScriptedChatModel model = context.getBean(ScriptedChatModel.class)
				.thenCall("wipe {\"disk\":\"c\"}", "send {\"to\":\"x\",\"body\":\"b\"}", "wipe {\"disk\":\"d\"}")
				.thenSay("ok");
			ChatClient client = SpringAiApplication.client(context);
			CompletableFuture<String> answer = CompletableFuture
				.supplyAsync(() -> client.prompt("Go").tools(mail, this.application.tool("wipe")).call().content());
			this.application.service.awaitPending(3);
			assertThat(this.application.done).isEmpty();
			this.application.service.decidePending((asked) -> asked.action().equals("email.send"), false, "No");
			this.application.service.decidePending(true, null);
			assertThat(answer.join()).isEqualTo("ok");
			assertThat(model.results()).containsExactly("wipe: \"wipe done\"", "send: Permission denied: No",
					"wipe: \"wipe done\"");
			assertThat(this.application.done).containsExactly("wipe c", "wipe d");
			assertThat(this.application.service.asked()).hasSize(3);
		});
	}

	@ParameterizedTest
	@EnumSource(ToolCallLimitBehavior.class)
	void batchWhenTheFrameworkLimitsCallsThenNobodyIsAskedForWhatWillNotRun(ToolCallLimitBehavior behavior) {
		this.application.service.leavePending((asked) -> true);
		this.application.wiping(MailTools.class)
			.withBean(ToolCallingManager.class,
					() -> ToolCallingManager.builder().maxCallsPerTool("wipe", 2).onLimitExceeded(behavior).build())
			.run((context) -> {
				ScriptedChatModel model = context.getBean(ScriptedChatModel.class)
					.thenCall("wipe {\"disk\":\"a\"}")
					.thenCall("wipe {\"disk\":\"b\"}", "wipe {\"disk\":\"c\"}", "wipe {\"disk\":\"d\"}",
							"send {\"to\":\"x\",\"body\":\"b\"}")
					.thenSay("ok");
				CompletableFuture<String> answer = CompletableFuture
					.supplyAsync(() -> SpringAiApplication.client(context)
						.prompt("Go")
						.tools(this.application.tool("wipe"), context.getBean(MailTools.class))
						.call()
						.content());
				this.application.service.awaitPending(1);
				this.application.service.decidePending(true, null);
				boolean goesOn = behavior == ToolCallLimitBehavior.RETURN_ERROR_RESPONSE;
				this.application.service.awaitPending(goesOn ? 2 : 1);
				this.application.service.decidePending(true, null);
				answer.join();
				assertThat(this.application.done).containsExactly("wipe a", "wipe b");
				assertThat(this.application.service.asked()).extracting(AskedPermission::action)
					.containsExactlyInAnyOrder(goesOn ? new String[] { "disk.wipe", "disk.wipe", "email.send" }
							: new String[] { "disk.wipe", "disk.wipe" });
				assertThat(model.prompts()).hasSize(goesOn ? 3 : 2);
			});
	}

	@Test
	void batchWhenTheManagerIsOneOfTheApplicationsThenEachRequestIsPutWhenItsTurnHasCome() {
		this.application.service.deny((asked) -> true, "No");
		this.application.wiping().run((context) -> {
			ToolCallingManager refusing = new ToolCallingManager() {

				@Override
				public List<ToolDefinition> resolveToolDefinitions(ToolCallingChatOptions options) {
					return List.of();
				}

				@Override
				public ToolExecutionResult executeToolCalls(Prompt prompt, ChatResponse response) {
					throw new IllegalStateException("too many");
				}

			};
			ChatResponse response = new ChatResponse(List.of(new Generation(AssistantMessage.builder()
				.content("")
				.toolCalls(List.of(new AssistantMessage.ToolCall("1", "function", "wipe", "{\"disk\":\"a\"}"),
						new AssistantMessage.ToolCall("2", "function", "wipe", "{\"disk\":\"b\"}")))
				.build())));
			Prompt prompt = new Prompt("Go",
					ToolCallingChatOptions.builder().toolCallbacks(this.application.tool("wipe")).build());
			assertThatExceptionOfType(IllegalStateException.class)
				.isThrownBy(() -> context.getBean(AgentOtpSpringAiTools.class)
					.guard(refusing)
					.executeToolCalls(prompt, response));
			assertThat(this.application.service.asked()).isEmpty();
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void batchWhenSomethingStandsAroundTheGuardThenItSeesNoCallThatOnlyAsks(boolean decorated) {
		List<Object> seen = new CopyOnWriteArrayList<>();
		this.application.service.deny("email.send", "No");
		this.application.runner(MailTools.class)
			.withBean(DefaultPointcutAdvisor.class,
					() -> breaker(decorated ? List.of("none") : List.of("send", "report"), seen))
			.run((context) -> {
				ScriptedChatModel model = context.getBean(ScriptedChatModel.class)
					.thenCall("send {\"to\":\"x\",\"body\":\"b\"}", "report {\"to\":\"y\"}")
					.thenSay("ok");
				Object[] tools = Arrays.stream(ToolCallbacks.from(context.getBean(MailTools.class)))
					.map((tool) -> decorated ? breaker(tool, seen) : tool)
					.toArray();
				SpringAiApplication.client(context).prompt("Go").tools(tools).call().content();
				assertThat(model.results().get(0)).isEqualTo("send: Permission denied: No");
				assertThat(model.results().get(1)).startsWith("report: ");
				assertThat(seen).hasSize(2)
					.satisfiesExactly((first) -> assertThat(first).asString().contains("denied"),
							(second) -> assertThat(second).asString().contains("reported"));
				assertThat(this.application.service.asked()).hasSize(2);
			});
	}

	private static DefaultPointcutAdvisor breaker(List<String> methods, List<Object> seen) {
		NameMatchMethodPointcut pointcut = new NameMatchMethodPointcut();
		pointcut.setMappedNames(methods.toArray(String[]::new));
		pointcut.setClassFilter((type) -> type == MailTools.class);
		DefaultPointcutAdvisor advisor = new DefaultPointcutAdvisor(pointcut, (MethodInterceptor) (invocation) -> {
			try {
				Object result = invocation.proceed();
				seen.add(String.valueOf(result));
				return result;
			}
			catch (RuntimeException ex) {
				seen.add(ex);
				throw ex;
			}
		});
		advisor.setOrder(Ordered.HIGHEST_PRECEDENCE);
		return advisor;
	}

	private static ToolCallback breaker(ToolCallback tool, List<Object> seen) {
		return new ToolCallback() {

			@Override
			public ToolDefinition getToolDefinition() {
				return tool.getToolDefinition();
			}

			@Override
			public String call(String input) {
				try {
					String result = tool.call(input);
					seen.add(result);
					return result;
				}
				catch (RuntimeException ex) {
					seen.add(ex);
					throw ex;
				}
			}

		};
	}

	@Test
	void streamWhenApprovedThenGuardedAndAnswered() {
		this.application.wiping(MailTools.class).run((context) -> {
			ScriptedChatModel model = context.getBean(ScriptedChatModel.class)
				.thenCall("wipe {\"disk\":\"c\"}", "send {\"to\":\"x\",\"body\":\"b\"}")
				.thenSay("ok");
			List<String> answer = SpringAiApplication.client(context)
				.prompt("Go")
				.tools(context.getBean(MailTools.class), this.application.tool("wipe"))
				.stream()
				.content()
				.collectList()
				.block();
			assertThat(String.join("", answer)).isEqualTo("ok");
			assertThat(model.results()).containsExactly("wipe: \"wipe done\"", "send: \"sent to x\"");
			assertThat(this.application.service.asked()).hasSize(2);
		});
	}

	/** P12. */
	@Test
	void streamWhenCancelledThenNoFollowingToolRunsAndAllRequestsAreWithdrawn() {
		this.application.service.leavePending((asked) -> true);
		this.application.wiping(MailTools.class).run((context) -> {
			MailTools mail = context.getBean(MailTools.class);
			context.getBean(ScriptedChatModel.class)
				.thenCall("wipe {\"disk\":\"c\"}", "read {\"id\":1}", "send {\"to\":\"x\",\"body\":\"b\"}")
				.thenSay("never");
			Disposable stream = SpringAiApplication.client(context)
				.prompt("Go")
				.tools(mail, this.application.tool("wipe"))
				.stream()
				.content()
				.subscribe((text) -> {
				}, (ex) -> {
				});
			this.application.service.awaitPending(2);
			stream.dispose();
			await().until(() -> this.application.service.asked()
				.stream()
				.allMatch((asked) -> asked.status() == PermissionStatus.REVOKED));
			assertThat(this.application.done).isEmpty();
			assertThat(mail.done()).isEmpty();
		});
	}

	@Test
	void callWhenTheThreadMustNotBlockThenRefused() {
		this.application.wiping(MailTools.class).run((context) -> {
			ScriptedChatModel model = context.getBean(ScriptedChatModel.class)
				.thenCall("wipe {\"disk\":\"c\"}")
				.thenSay("ok");
			ChatClient client = SpringAiApplication.client(context);
			String answer = Mono
				.fromCallable(() -> client.prompt("Go").tools(this.application.tool("wipe")).call().content())
				.subscribeOn(Schedulers.parallel())
				.block();
			assertThat(answer).isEqualTo("ok");
			assertThat(model.results().get(0)).startsWith("wipe: Permission denied: ").contains("must not block");
			assertThat(this.application.service.asked()).isEmpty();
			assertThat(this.application.done).isEmpty();
		});
	}

	@Test
	void runWhenWatchedOnAllWaysThenThereIsNoTokenAndNoKey() {
		Recorder recorder = new Recorder();
		LoggerContext logging = (LoggerContext) LoggerFactory.getILoggerFactory();
		Logger root = logging.getLogger(Logger.ROOT_LOGGER_NAME);
		Level level = root.getLevel();
		recorder.setContext(logging);
		recorder.start();
		ObservationRegistry observations = ObservationRegistry.create();
		observations.observationConfig().observationHandler(recorder.observations());
		this.application.wiping(MailTools.class)
			.withConfiguration(AutoConfigurations.of(AgentOtpObservationAutoConfiguration.class))
			.withBean(ObservationRegistry.class, () -> observations)
			.withPropertyValues("spring.ai.tools.observations.include-content=true")
			.run((context) -> {
				root.addAppender(recorder);
				root.setLevel(Level.TRACE);
				try {
					run(context.getBean(ScriptedChatModel.class), SpringAiApplication.client(context),
							context.getBean(MailTools.class), recorder);
				}
				finally {
					root.setLevel(level);
					root.detachAppender(recorder);
				}
				assertThat(context.getBean(MailTools.class).done()).contains("leak true", "report y {max=5} true");
				assertThat(context.getBean(AgentOtpClient.class)).isNotNull();
			});
		assertThat(recorder.lines).hasSizeGreaterThan(50)
			.anyMatch((line) -> line.contains("email.leak"))
			.noneMatch((line) -> line.contains("otp_"))
			.noneMatch((line) -> line.contains("ak_"));
	}

	private void run(ScriptedChatModel model, ChatClient client, MailTools mail, Recorder recorder) {
		this.application.service.deny("email.send", "No");
		model.thenCall("wipe {\"disk\":\"c\"}", "report {\"to\":\"y\"}", "send {\"to\":\"x\",\"body\":\"b\"}")
			.thenCall("leak {}")
			.thenSay("ok");
		try {
			client.prompt("Go").tools(mail, this.application.tool("wipe")).call().content();
		}
		catch (RuntimeException ex) {
			recorder.lines.add(ex.toString());
		}
		model.prompts().forEach((prompt) -> recorder.lines.add(prompt.toString()));
		model.shown().forEach((tool) -> recorder.lines.add(tool.toString()));
	}

	private static final class Recorder extends AppenderBase<ILoggingEvent> {

		private final List<String> lines = new CopyOnWriteArrayList<>();

		@Override
		protected void append(ILoggingEvent event) {
			this.lines.add(event.getLoggerName() + " " + event.getFormattedMessage() + " "
					+ ((event.getThrowableProxy() != null) ? ThrowableProxyUtil.asString(event.getThrowableProxy())
							: ""));
		}

		ObservationHandler<Observation.Context> observations() {
			return new ObservationHandler<>() {

				@Override
				public void onStop(Observation.Context context) {
					Recorder.this.lines.add(context + " " + context.getAllKeyValues() + " " + context.getError());
				}

				@Override
				public boolean supportsContext(Observation.Context context) {
					return true;
				}

			};
		}

	}

}
