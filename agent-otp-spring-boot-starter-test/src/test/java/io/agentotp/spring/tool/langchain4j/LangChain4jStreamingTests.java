package io.agentotp.spring.tool.langchain4j;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

import dev.langchain4j.service.AiServices;
import io.agentotp.PermissionStatus;
import io.agentotp.test.AskedPermission;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.scheduler.Schedulers;

import org.springframework.context.ApplicationContext;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Guarded tools of services that stream. The numbers P… are those of the pitfalls in the
 * integration of such frameworks.
 */
class LangChain4jStreamingTests {

	private static final String SEND = "send {\"to\":\"a\",\"body\":\"Hi\"}";

	private static final String OTHER = "send {\"to\":\"b\",\"body\":\"Hi\"}";

	private static final String READ = "read {\"id\":1}";

	private final LangChain4jApplication application = new LangChain4jApplication();

	private final ExecutorService http = Executors.newSingleThreadExecutor();

	@AfterEach
	void stop() {
		this.http.shutdownNow();
	}

	@Test
	void streamWhenOneOfTwoIsDeniedThenTheAnswerGoesOn() {
		this.application.service.deny("email.send", "Not today");
		this.application.runner(MailTools.class).run((context) -> {
			assertThat(stream(context, this.http, UnaryOperator.identity(), SEND, READ).join()).isEqualTo("ok");
			assertThat(this.application.model.results()).containsExactly("send: Permission denied: Not today (error)",
					"read: mail 1");
			assertThat(context.getBean(MailTools.class).done()).containsExactly("read 1");
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void streamWhenNobodyHasDecidedThenAllRequestsAreThereAtOnce(boolean concurrently) {
		this.application.service.leavePending("email.send");
		this.application.runner(MailTools.class).run((context) -> {
			CompletableFuture<String> answer = stream(context, this.http,
					(services) -> concurrently ? services.executeToolsConcurrently() : services, SEND, OTHER);
			this.application.service.awaitPending(2);
			this.application.service.decidePending(true, null);
			assertThat(answer.join()).isEqualTo("ok");
			assertThat(this.application.model.results()).containsExactly("send: sent to a", "send: sent to b");
		});
	}

	@Test
	void streamWhenACallEndsItThenTheRequestsOfTheFollowingAreWithdrawn() {
		this.application.service.leavePending("email.send");
		this.application.runner(MailTools.class).run((context) -> {
			CompletableFuture<String> answer = stream(context, this.http, UnaryOperator.identity(), SEND, "unknown {}",
					OTHER);
			this.application.service.awaitPending(2);
			this.application.service.decidePending((asked) -> "email:a".equals(asked.resource()), true, null);
			assertThat(answer.handle((text, ex) -> (ex != null) ? "ended" : text).join()).isEqualTo("ended");
			assertWithdrawn();
			assertThat(context.getBean(MailTools.class).done()).containsExactly("send a email.send");
		});
	}

	/** LangChain4j tells nobody of the end of such a stream. */
	@Test
	void streamWhenItsErrorsAreIgnoredThenTheRequestsAreWithdrawnWhenItsThreadGoesOn() {
		this.application.service.leavePending((asked) -> "email:b".equals(asked.resource()));
		this.application.runner(MailTools.class).run((context) -> {
			Assistant assistant = assistant(context, this.http, UnaryOperator.identity());
			this.application.model.thenCall(SEND, "unknown {}", OTHER);
			assistant.stream("Do").ignoreErrors().start();
			this.application.service.awaitPending(1);
			assertThat(stream(context, this.http, UnaryOperator.identity(), READ).join()).isEqualTo("ok");
			assertWithdrawn();
			assertThat(context.getBean(MailTools.class).done()).containsExactly("send a email.send", "read 1");
		});
	}

	/** P15: a thread that must not block is not blocked. */
	@Test
	void streamWhenTheThreadMustNotBlockThenRefusedWithoutAsking() {
		this.application.runner(MailTools.class).run((context) -> {
			Executor reactor = (task) -> Schedulers.parallel().schedule(task);
			assertThat(stream(context, reactor, UnaryOperator.identity(), SEND, READ).join()).isEqualTo("ok");
			assertThat(this.application.model.results().get(0)).startsWith("send: Permission denied: ")
				.contains("must not block");
			assertThat(this.application.service.asked()).isEmpty();
			assertThat(context.getBean(MailTools.class).done()).containsExactly("read 1");
			this.application.model.requests().clear();
			assertThat(stream(context, reactor, AiServices::executeToolsConcurrently, SEND).join()).isEqualTo("ok");
			assertThat(this.application.model.results()).containsExactly("send: sent to a");
		});
	}

	@Test
	void streamWhenItsThreadIsInterruptedThenTheRequestIsWithdrawnAndNoFurtherToolRuns() {
		this.application.service.leavePending("email.send");
		this.application.runner(MailTools.class).run((context) -> {
			CompletableFuture<String> answer = stream(context, this.http, UnaryOperator.identity(), SEND, READ);
			this.application.service.awaitPending(1);
			this.http.shutdownNow();
			assertThat(answer.handle((text, ex) -> (ex != null) ? "ended" : text).join()).isEqualTo("ended");
			assertThat(context.getBean(MailTools.class).done()).isEmpty();
			await().untilAsserted(() -> assertThat(this.application.service.asked()).extracting(AskedPermission::status)
				.containsExactly(PermissionStatus.REVOKED));
		});
	}

	private CompletableFuture<String> stream(ApplicationContext context, Executor executor,
			UnaryOperator<AiServices<Assistant>> settings, String... calls) {
		this.application.model.thenCall(calls).thenSay("ok");
		Assistant assistant = assistant(context, executor, settings);
		CompletableFuture<String> answer = new CompletableFuture<>();
		assistant.stream("Do").onPartialResponse((text) -> {
		})
			.onCompleteResponse((response) -> answer.complete(response.aiMessage().text()))
			.onError(answer::completeExceptionally)
			.start();
		return answer;
	}

	private Assistant assistant(ApplicationContext context, Executor executor,
			UnaryOperator<AiServices<Assistant>> settings) {
		return settings
			.apply(AiServices.builder(Assistant.class)
				.streamingChatModel(this.application.model.streaming(executor))
				.tools(context.getBean(AgentOtpLangChain4jTools.class).from(context.getBean(MailTools.class))))
			.build();
	}

	private void assertWithdrawn() {
		await().untilAsserted(() -> assertThat(this.application.service.asked())
			.extracting((asked) -> asked.resource() + " " + asked.status())
			.containsExactlyInAnyOrder("email:a USED", "email:b REVOKED"));
	}

}
