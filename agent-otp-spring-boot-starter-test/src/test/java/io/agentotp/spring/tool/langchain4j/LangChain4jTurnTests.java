package io.agentotp.spring.tool.langchain4j;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.invocation.InvocationParameters;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.service.AiServices;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.AskedPermission;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Several calls of tools in one answer of the model, made one after another.
 */
class LangChain4jTurnTests {

	private static final String WIPE = "wipe {\"disk\":\"c\"}";

	private final LangChain4jApplication application = new LangChain4jApplication();

	private final ApplicationContextRunner runner = this.application.wiping(MailTools.class);

	@AfterEach
	void signOut() {
		SecurityContextHolder.clearContext();
	}

	@Test
	void callsWhenNobodyHasDecidedThenAllRequestsAreThereAtOnceAndTheOrderStays() {
		this.application.service.leavePending((asked) -> true);
		this.runner.run((context) -> {
			Assistant assistant = assistant(context, UnaryOperator.identity());
			CompletableFuture<List<String>> results = CompletableFuture
				.supplyAsync(() -> this.application.results(assistant, send("a"), WIPE, "read {\"id\":1}", send("b")));
			this.application.service.awaitPending(3);
			assertThat(done(context)).isEmpty();
			assertThat(this.application.done).isEmpty();
			this.application.service.decidePending((asked) -> asked.action().equals("disk.wipe"), false, "No");
			this.application.service.decidePending((asked) -> "email:b".equals(asked.resource()), true, null);
			assertThat(done(context)).isEmpty();
			this.application.service.decidePending(true, null);
			assertThat(results.join()).containsExactly("send: sent to a", "wipe: Permission denied: No (error)",
					"read: mail 1", "send: sent to b");
			assertThat(done(context)).containsExactly("send a email.send", "read 1", "send b email.send");
			assertThat(this.application.done).isEmpty();
			assertThat(this.application.service.asked()).hasSize(3);
		});
	}

	@Test
	void callsWhenOneIsMadeTwiceThenEachHasItsOwnPermission() {
		this.application.service.leavePending("email.send");
		this.runner.run((context) -> {
			Assistant assistant = assistant(context, UnaryOperator.identity());
			CompletableFuture<List<String>> results = CompletableFuture
				.supplyAsync(() -> this.application.results(assistant, send("a"), send("a")));
			this.application.service.awaitPending(2);
			this.application.service.decidePending(true, null);
			assertThat(results.join()).containsExactly("send: sent to a", "send: sent to a");
			assertThat(this.application.service.asked()).hasSize(2)
				.extracting(AskedPermission::status)
				.containsOnly(PermissionStatus.USED);
		});
	}

	@Test
	void callsWhenTheServiceKnowsWhoCallsThenTheApproverIsToldItForEach() {
		this.runner.run((context) -> {
			Assistant.Remembering assistant = AiServices.builder(Assistant.Remembering.class)
				.chatModel(this.application.model)
				.tools(context.getBean(AgentOtpLangChain4jTools.class).from(context.getBean(MailTools.class)))
				.chatMemoryProvider((memory) -> MessageWindowChatMemory.withMaxMessages(10))
				.build();
			this.application.model.thenCall(send("a"), "archive {\"id\":1}").thenSay("ok");
			assistant.chat("c-1", "Do", InvocationParameters.from(Map.of("userId", "ann", "agentName", "Postman")));
			assertThat(this.application.service.asked()).extracting((asked) -> asked.context().get("caller"))
				.containsExactlyInAnyOrder(
						Map.of("conversation", "c-1", "agent", "Postman", "user", "ann", "toolCall", "id-1"),
						Map.of("conversation", "c-1", "agent", "Postman", "user", "ann", "toolCall", "id-2"));
			assertThat(done(context)).containsExactly("send a email.send", "archive 1 ann");
		});
	}

	@Test
	void callsWhenServicesHaveEqualToolsThenEachCallsItsOwn() {
		this.application.service.leavePending("disk.wipe");
		this.runner.run((context) -> {
			AgentOtpLangChain4jTools tools = context.getBean(AgentOtpLangChain4jTools.class);
			LangChain4jApplication other = new LangChain4jApplication();
			Assistant assistant = this.application.assistant(
					(services) -> services.toolProvider(tools.guard(this.application.provider("wipe", "wipe_all"))));
			tools.guard(Map.of(LangChain4jApplication.specification("wipe"), other.tool()));
			CompletableFuture<List<String>> results = CompletableFuture
				.supplyAsync(() -> this.application.results(assistant, "wipe_all {\"disk\":\"d\"}", WIPE));
			this.application.service.awaitPending(2);
			this.application.service.decidePending(true, null);
			assertThat(results.join()).containsExactly("wipe_all: wipe_all done", "wipe: wipe done");
			assertThat(other.done).isEmpty();
			assertThat(this.application.service.asked()).hasSize(2);
		});
	}

	@Test
	void callsWhenTheirResumptionIsForTheModelThenAllAreOpen() {
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("ann", "", "USER"));
		this.application.service.leavePending((asked) -> true);
		this.runner.run((context) -> {
			Assistant assistant = assistant(context, UnaryOperator.identity());
			String[] calls = { "delete {\"id\":1}", "delete {\"id\":2}" };
			assertThat(this.application.results(assistant, calls)).hasSize(2)
				.allMatch((result) -> result.startsWith("delete: Permission pending: approve at "));
			this.application.service.decidePending(true, null);
			assertThat(this.application.results(assistant, calls)).containsExactly("delete: deleted 1",
					"delete: deleted 2");
			assertThat(this.application.service.asked()).hasSize(2);
		});
	}

	/**
	 * LangChain4j ends the invocation where the model calls what does not exist, and
	 * where it has written arguments that cannot be read.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "unknown {}", "read {\"id\":\"none\"}" })
	void callsWhenOneEndsTheInvocationThenTheRequestsOfTheFollowingAreWithdrawn(String ending) {
		this.application.service.leavePending((asked) -> true);
		this.runner.run((context) -> {
			Assistant assistant = assistant(context, UnaryOperator.identity());
			CompletableFuture<Throwable> failure = CompletableFuture.supplyAsync(() -> catchThrowable(
					() -> this.application.results(assistant, send("a"), ending, send("b"), WIPE)));
			this.application.service.awaitPending(3);
			this.application.service.decidePending((asked) -> asked.action().equals("disk.wipe"), true, null);
			this.application.service.decidePending((asked) -> "email:a".equals(asked.resource()), true, null);
			assertThat(failure.join()).isNotNull();
			await().untilAsserted(() -> assertThat(this.application.service.asked())
				.extracting((asked) -> asked.resource() + " " + asked.status())
				.containsExactlyInAnyOrder("email:a USED", "email:b REVOKED", "disk:c REVOKED"));
			assertThat(done(context)).containsExactly("send a email.send");
			assertThat(this.application.done).isEmpty();
		});
	}

	@Test
	void callsWhenAFailureEndsTheInvocationThenTheRequestsOfTheFollowingAreWithdrawn() {
		this.application.service.leavePending("disk.wipe");
		this.runner.run((context) -> {
			Assistant assistant = assistant(context, (services) -> services.toolExecutionErrorHandler((ex, failed) -> {
				throw new IllegalStateException(ex);
			}));
			assertThatExceptionOfType(IllegalStateException.class)
				.isThrownBy(() -> this.application.results(assistant, "forward {\"to\":\"a\"}", WIPE))
				.withStackTraceContaining("no connection");
			await().untilAsserted(() -> assertThat(this.application.service.asked())
				.extracting((asked) -> asked.action() + " " + asked.status())
				.containsExactlyInAnyOrder("email.forward USED", "disk.wipe REVOKED"));
			assertThat(this.application.done).isEmpty();
		});
	}

	@Test
	void callsWhenNoneIsMadeThenNobodyIsAsked() {
		this.runner.run((context) -> {
			Assistant assistant = assistant(context, (services) -> services.maxToolCallingRoundTrips(0));
			assertThatExceptionOfType(RuntimeException.class)
				.isThrownBy(() -> this.application.results(assistant, send("a"), send("b")))
				.withMessageContaining("exceeded 0 tool calling round trips");
			assertThat(this.application.service.asked()).isEmpty();
			assertThat(done(context)).isEmpty();
		});
	}

	@Test
	void callsWhenInterruptedThenAllRequestsAreWithdrawnAndNoToolRuns() {
		this.application.service.leavePending((asked) -> true);
		this.runner.run((context) -> {
			Assistant assistant = assistant(context, UnaryOperator.identity());
			ExecutorService agent = Executors.newSingleThreadExecutor();
			try {
				CompletableFuture<List<String>> results = new CompletableFuture<>();
				agent.execute(() -> results
					.complete(this.application.results(assistant, send("a"), "read {\"id\":1}", WIPE)));
				this.application.service.awaitPending(2);
				agent.shutdownNow();
				assertThat(results.join()).hasSize(3).allMatch((result) -> result.contains("Permission denied: "));
				assertThat(done(context)).isEmpty();
				assertThat(this.application.done).isEmpty();
				await().untilAsserted(
						() -> assertThat(this.application.service.asked()).extracting(AskedPermission::status)
							.containsExactly(PermissionStatus.REVOKED, PermissionStatus.REVOKED));
			}
			finally {
				agent.shutdownNow();
			}
		});
	}

	/** The inner service ends on the same thread, long before the outer one. */
	@Test
	void callsWhenATurnIsPartOfACallOfAnotherThenBothAskAtOnce() {
		this.application.service.leavePending((asked) -> true);
		LangChain4jApplication inner = new LangChain4jApplication();
		this.runner.withBean(Delegating.class).run((context) -> {
			context.getBean(Delegating.class).to(inner.assistant(context, MailTools.class));
			Assistant assistant = assistant(context, (services) -> services
				.tools(context.getBean(AgentOtpLangChain4jTools.class).from(context.getBean(Delegating.class))));
			inner.model.thenCall(send("a"), send("b")).thenSay("inner");
			CompletableFuture<List<String>> results = CompletableFuture
				.supplyAsync(() -> this.application.results(assistant, "delegate {}", WIPE));
			this.application.service.awaitPending(2);
			this.application.service.decidePending((asked) -> asked.action().equals("work.delegate"), true, null);
			this.application.service.awaitPending(3);
			this.application.service.decidePending((asked) -> asked.action().equals("email.send"), true, null);
			this.application.service.decidePending(true, null);
			assertThat(results.join()).containsExactly("delegate: inner", "wipe: wipe done");
			assertThat(done(context)).containsExactly("send a email.send", "send b email.send");
			assertThat(this.application.service.asked()).hasSize(4)
				.extracting(AskedPermission::status)
				.containsOnly(PermissionStatus.USED);
		});
	}

	@Test
	void callsWhenInvocationsAreMadeAtTheSameTimeThenEachHasItsOwn() {
		this.application.service.leavePending((asked) -> true);
		this.runner.run((context) -> {
			LangChain4jApplication other = new LangChain4jApplication();
			Assistant first = assistant(context, UnaryOperator.identity());
			Assistant second = other.assistant(context, MailTools.class);
			CompletableFuture<List<String>> results = CompletableFuture
				.supplyAsync(() -> this.application.results(first, send("a"), send("b")));
			this.application.service.awaitPending(2);
			CompletableFuture<List<String>> others = CompletableFuture
				.supplyAsync(() -> other.results(second, send("a"), send("b")));
			this.application.service.awaitPending(4);
			this.application.service.decidePending(true, null);
			assertThat(results.join()).containsExactly("send: sent to a", "send: sent to b");
			assertThat(others.join()).containsExactly("send: sent to a", "send: sent to b");
			assertThat(this.application.service.asked()).hasSize(4)
				.extracting(AskedPermission::status)
				.containsOnly(PermissionStatus.USED);
		});
	}

	/**
	 * Makes a service with the methods of a bean and a tool that a rule guards.
	 */
	private Assistant assistant(ApplicationContext context, UnaryOperator<AiServices<Assistant>> settings) {
		AgentOtpLangChain4jTools tools = context.getBean(AgentOtpLangChain4jTools.class);
		return this.application
			.assistant((services) -> settings.apply(services.tools(tools.from(context.getBean(MailTools.class)))
				.toolProvider(tools.guard(this.application.provider("wipe")))));
	}

	private static List<String> done(ApplicationContext context) {
		return context.getBean(MailTools.class).done();
	}

	private static String send(String to) {
		return "send {\"to\":\"" + to + "\",\"body\":\"Hi\"}";
	}

	public static class Delegating {

		private @Nullable Assistant assistant;

		public void to(Assistant assistant) {
			this.assistant = assistant;
		}

		@Tool("Lets another agent do it")
		@RequiresPermission(action = "work.delegate")
		public String delegate() {
			return this.assistant.chat("Do");
		}

	}

}
