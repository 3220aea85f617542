package io.agentotp.spring.tool.langchain4j;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.UserMessage;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.guard.PermissionGuardCustomizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A model that calls again and again: approvers are not asked again and again.
 */
class LangChain4jRepetitionTests {

	private static final String WIPE = "wipe {\"disk\":\"c\"}";

	private static final String ERASE = "erase {\"disk\":\"c\"}";

	private static final String CALL = "call {\"disk\":\"c\"}";

	private final LangChain4jApplication application = new LangChain4jApplication();

	private ApplicationContextRunner runner() {
		return this.application.wiping(Disks.class)
			.withBean(PermissionGuardCustomizer.class, () -> (builder) -> builder.clock(this.application.service::now));
	}

	@ParameterizedTest
	@ValueSource(strings = { WIPE, ERASE, CALL })
	void callWhenDeniedThenTheSameCallIsDeniedForAWhileInItsConversation(String call) {
		this.application.service.deny((asked) -> true, "Never");
		runner().run((context) -> {
			assertThat(chat(context, "c1", call, call, call)).contains("the same call was denied before: Never");
			assertThat(chat(context, "c1", call)).contains("the same call was denied before: Never");
			assertThat(this.application.service.asked()).hasSize(1);
			assertThat(chat(context, "c2", call)).doesNotContain("before");
			this.application.service.approve((asked) -> true);
			assertThat(chat(context, "c1", call)).contains("was denied before");
			this.application.service.advance(Duration.ofMinutes(5));
			assertThat(chat(context, "c1", call)).doesNotContain("denied");
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { WIPE, ERASE, CALL })
	void callWhenDeniedAndTheConversationIsNotKnownThenDeniedInTheTurnOnly(String call) {
		this.application.service.deny((asked) -> true, "Never");
		runner().run((context) -> {
			assertThat(chat(context, "default", call, call)).contains("was denied before");
			assertThat(this.application.service.asked()).hasSize(1);
			chat(context, "default", call);
			assertThat(this.application.service.asked()).hasSize(2);
		});
	}

	@Test
	void callWhenATurnHasAskedTooManyTimesThenNobodyIsAskedAgain() {
		this.application.service.leavePending((asked) -> true);
		runner().withPropertyValues("agentotp.tools.max-requests-per-turn=3", "agentotp.approval-timeout=10ms")
			.run((context) -> {
				assertThat(chat(context, "c1", wipe("a"), ERASE, CALL, wipe("d"), wipe("e")))
					.contains("approvers were asked 3 times for this message of the user");
				assertThat(this.application.service.asked()).hasSize(3);
				assertThat(chat(context, "c1", wipe("e"))).contains("nobody decided in time");
				assertThat(this.application.done).isEmpty();
			});
	}

	private static String wipe(String disk) {
		return "wipe {\"disk\":\"" + disk + "\"}";
	}

	/**
	 * Lets the model call one tool after the other.
	 * @return the result of the last one
	 */
	private String chat(ApplicationContext context, String conversation, String... calls) {
		for (String call : calls) {
			this.application.model.thenCall(call);
		}
		this.application.model.thenSay("ok");
		Disks disks = context.getBean(Disks.class);
		AiServices.builder(Clerk.class)
			.chatModel(this.application.model)
			.chatMemoryProvider((id) -> MessageWindowChatMemory.withMaxMessages(50))
			.tools(disks)
			.tools(Map.of(LangChain4jApplication.specification("call"), (request, memory) -> disks.erase("c")))
			.toolProvider(context.getBean(AgentOtpLangChain4jTools.class).guard(this.application.provider("wipe")))
			.build()
			.chat(conversation, "Do");
		List<String> results = this.application.model.results();
		return results.get(results.size() - 1);
	}

	interface Clerk {

		String chat(@MemoryId String conversation, @UserMessage String message);

	}

	public static class Disks {

		private final List<String> erased = new CopyOnWriteArrayList<>();

		@Tool("Erases a disk")
		@RequiresPermission(action = "disk.erase")
		public String erase(String disk) {
			this.erased.add(disk);
			return "erased " + disk;
		}

	}

}
