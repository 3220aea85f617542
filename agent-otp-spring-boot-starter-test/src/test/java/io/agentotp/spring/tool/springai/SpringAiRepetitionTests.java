package io.agentotp.spring.tool.springai;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.PermissionStatus;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.guard.PermissionGuardCustomizer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.model.tool.ToolExecutionResult;
import org.springframework.ai.tool.annotation.Tool;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A model that calls again and again: approvers are not asked again and again.
 */
class SpringAiRepetitionTests {

	private static final String WIPE = "wipe {\"disk\":\"c\"}";

	private static final String ERASE = "erase {\"disk\":\"c\"}";

	private final SpringAiApplication application = new SpringAiApplication();

	private ApplicationContextRunner runner() {
		return this.application.wiping(Disks.class)
			.withBean(PermissionGuardCustomizer.class, () -> (builder) -> builder.clock(this.application.service::now));
	}

	@ParameterizedTest
	@ValueSource(strings = { WIPE, ERASE })
	void callWhenDeniedThenTheSameCallIsDeniedForAWhileInItsConversation(String call) {
		this.application.service.deny((asked) -> true, "Never");
		runner().run((context) -> {
			List<String> results = chat(context, "c1", call, call, call);
			assertThat(results.get(0)).endsWith("Permission denied: Never");
			assertThat(results.subList(1, 3)).allMatch((result) -> result
				.contains("Permission denied: the same call was denied before: Never. Nobody is asked"));
			// In the next turn of the conversation, too.
			assertThat(chat(context, "c1", call).get(0)).contains("was denied before");
			assertThat(this.application.service.asked()).hasSize(1);
			assertThat(chat(context, "c2", call).get(0)).endsWith("Permission denied: Never");
			assertThat(chat(context, "c1", call.replace("\"c\"", "\"d\"")).get(0)).doesNotContain("was denied before");
			this.application.service.approve((asked) -> true);
			assertThat(chat(context, "c1", call).get(0)).contains("was denied before");
			assertThat(done(context)).isEmpty();
			this.application.service.advance(Duration.ofMinutes(5));
			assertThat(chat(context, "c1", call).get(0)).doesNotContain("denied");
			assertThat(done(context)).hasSize(1);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { WIPE, ERASE })
	void callWhenDeniedAndTheConversationIsNotKnownThenDeniedInTheTurnOnly(String call) {
		this.application.service.deny((asked) -> true, "Never");
		runner().run((context) -> {
			assertThat(chat(context, null, call, call, call).get(2)).contains("was denied before");
			assertThat(this.application.service.asked()).hasSize(1);
			chat(context, null, call);
			assertThat(this.application.service.asked()).hasSize(2);
		});
	}

	@Test
	void callWhenADenialShallNotLastThenAskedAgain() {
		this.application.service.deny((asked) -> true, "Never");
		runner().withPropertyValues("agentotp.tools.denial-lasts=0").run((context) -> {
			chat(context, "c1", WIPE, WIPE);
			assertThat(this.application.service.asked()).hasSize(2);
		});
	}

	@Test
	void callWhenATurnHasAskedTooManyTimesThenNobodyIsAskedAgain() {
		this.application.service.leavePending((asked) -> true);
		runner()
			.withPropertyValues("agentotp.tools.max-requests-per-turn=3", SpringAiApplication.RULE + "timeout=10ms",
					"agentotp.approval-timeout=10ms")
			.run((context) -> {
				List<String> results = chat(context, "c1", wipe("a"), wipe("b"), ERASE, wipe("c"), wipe("d"));
				assertThat(results.subList(0, 3)).allMatch((result) -> result.contains("nobody decided in time"));
				assertThat(results.subList(3, 5))
					.allMatch((result) -> result.contains("approvers were asked 3 times for this message of the user"));
				assertThat(this.application.service.asked()).hasSize(3);
				// The next message of the user may ask again.
				assertThat(chat(context, "c1", wipe("e")).get(0)).contains("nobody decided in time");
				assertThat(done(context)).isEmpty();
			});
	}

	@Test
	void callWhenOneAnswerHasTooManyCallsThenNobodyIsAskedForTheLast() throws Exception {
		this.application.service.leavePending((asked) -> true);
		runner().withPropertyValues("agentotp.tools.max-requests-per-turn=3").run((context) -> {
			CompletableFuture<List<String>> results = CompletableFuture
				.supplyAsync(() -> answer(context, "c1", wipe("a"), wipe("b"), wipe("c"), wipe("d"), wipe("e")));
			this.application.service.awaitPending(3);
			this.application.service.decidePending(true, null);
			assertThat(results.join()).filteredOn((result) -> result.contains("wipe done")).hasSize(3);
			assertThat(results.join().get(4)).contains("approvers were asked 3 times");
			assertThat(this.application.service.asked()).hasSize(3);
			assertThat(this.application.done).containsExactly("wipe a", "wipe b", "wipe c");
		});
	}

	@Test
	void callWhenNoApproverIsNeededThenItDoesNotCount() {
		runner().withPropertyValues("agentotp.tools.max-requests-per-turn=2").run((context) -> {
			answer(context, "c1", wipe("a"), wipe("b"), wipe("c"), wipe("d"), wipe("e"));
			chat(context, "c1", wipe("f"), wipe("g"), wipe("h"));
			assertThat(this.application.done).hasSize(8);
		});
	}

	@Test
	void callWhenItIsOpenThenItIsPickedUpAlthoughTheTurnHasAskedOftenEnough() {
		this.application.service.leavePending((asked) -> true);
		runner()
			.withPropertyValues("agentotp.tools.max-requests-per-turn=1", SpringAiApplication.RULE + "on-pending=throw")
			.run((context) -> {
				List<String> results = chat(context, "c1", WIPE, WIPE, wipe("d"));
				assertThat(results.subList(0, 2)).allMatch((result) -> result.contains("Permission pending"));
				assertThat(results.get(2)).contains("approvers were asked 1 times");
				assertThat(this.application.service.asked()).hasSize(1);
				this.application.service.decidePending(true, null);
				assertThat(chat(context, "c1", WIPE).get(0)).contains("wipe done");
			});
	}

	@Test
	void callWhenOneAnswerHasEqualCallsAndOneIsDeniedThenTheOtherIsWithdrawn() {
		this.application.service.leavePending((asked) -> true);
		runner().run((context) -> {
			CompletableFuture<List<String>> results = CompletableFuture
				.supplyAsync(() -> answer(context, "c1", WIPE, WIPE));
			this.application.service.awaitPending(2);
			this.application.service.decidePending((asked) -> asked.context().get("caller").toString().contains("id-1"),
					false, "Never");
			assertThat(results.join().get(1)).contains("was denied before");
			assertThat(this.application.done).isEmpty();
			await().until(() -> this.application.service.asked()
				.stream()
				.noneMatch((asked) -> asked.status() == PermissionStatus.PENDING));
		});
	}

	@Test
	void callWhenALoopOfOnesOwnRepeatsThenNobodyIsAskedAgain() {
		this.application.service.deny((asked) -> true, "Never");
		runner().run((context) -> {
			ToolCallingManager manager = context.getBean(AgentOtpSpringAiTools.class)
				.guard(ToolCallingManager.builder().build());
			ToolCallingChatOptions options = ToolCallingChatOptions.builder()
				.toolCallbacks(this.application.tool("wipe"))
				.build();
			Prompt prompt = new Prompt("Do", options);
			for (int round = 0; round < 3; round++) {
				ToolExecutionResult result = manager.executeToolCalls(prompt,
						new ChatResponse(List.of(new Generation(AssistantMessage.builder()
							.content("")
							.toolCalls(
									List.of(new AssistantMessage.ToolCall("1", "function", "wipe", "{\"disk\":\"c\"}")))
							.build()))));
				prompt = new Prompt(result.conversationHistory(), options);
				assertThat(((ToolResponseMessage) result.conversationHistory()
					.get(result.conversationHistory().size() - 1)).getResponses().get(0).responseData())
					.contains((round == 0) ? "Permission denied: Never" : "was denied before");
			}
			assertThat(this.application.service.asked()).hasSize(1);
		});
	}

	private static String wipe(String disk) {
		return "wipe {\"disk\":\"" + disk + "\"}";
	}

	private List<String> done(ApplicationContext context) {
		return this.application.done.isEmpty() ? context.getBean(Disks.class).erased() : this.application.done;
	}

	/**
	 * Lets the model call one tool after the other.
	 */
	private List<String> chat(ApplicationContext context, @Nullable String conversation, String... calls) {
		ScriptedChatModel model = context.getBean(ScriptedChatModel.class);
		for (String call : calls) {
			model.thenCall(call);
		}
		return results(context, conversation);
	}

	/**
	 * Lets the model call all tools in one answer.
	 */
	private List<String> answer(ApplicationContext context, @Nullable String conversation, String... calls) {
		context.getBean(ScriptedChatModel.class).thenCall(calls);
		return results(context, conversation);
	}

	private List<String> results(ApplicationContext context, @Nullable String conversation) {
		ScriptedChatModel model = context.getBean(ScriptedChatModel.class).thenSay("ok");
		SpringAiApplication.client(context)
			.prompt("Do")
			.tools(this.application.tool("wipe"), context.getBean(Disks.class))
			.toolContext((conversation != null) ? Map.of("conversationId", conversation) : Map.of())
			.call()
			.content();
		return model.results();
	}

	public static class Disks {

		private final List<String> erased = new CopyOnWriteArrayList<>();

		@Tool(description = "Erases a disk")
		@RequiresPermission(action = "disk.erase")
		public String erase(String disk) {
			this.erased.add(disk);
			return "erased " + disk;
		}

		public List<String> erased() {
			return this.erased;
		}

	}

}
