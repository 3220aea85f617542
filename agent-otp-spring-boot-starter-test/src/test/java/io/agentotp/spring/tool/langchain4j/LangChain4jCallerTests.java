package io.agentotp.spring.tool.langchain4j;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.MemoryId;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.tool.ToolProviderResult;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * For whom a tool of a service made by hand is called: what was approved for one
 * conversation runs for no other, however deep the call is.
 */
class LangChain4jCallerTests {

	private static final String ERASE = "erase {\"disk\":\"c\"}";

	private final LangChain4jApplication application = new LangChain4jApplication();

	@Test
	void callWhenAnUnguardedToolCallsAGuardedBeanThenTheApprovalIsForItsConversation() {
		this.application.service.leavePending("disk.erase");
		this.application.runner(Disks.class).run((context) -> {
			Disks disks = context.getBean(Disks.class);
			DiskTools tools = new DiskTools(disks);
			for (UnaryOperator<AiServices<Clerk>> way : List.<UnaryOperator<AiServices<Clerk>>>of(
					(services) -> services.tools(tools),
					(services) -> services.toolProvider((request) -> ToolProviderResult.builder()
						.add(LangChain4jApplication.specification("erase"), (call, memory) -> disks.erase("c"))
						.build()),
					(services) -> services.tools(tools).executeToolsConcurrently())) {
				Clerk clerk = clerk(way);
				assertThat(chat(clerk, "c1")).contains("erase: ").contains("still pending");
				this.application.service.decidePending(true, null);
				assertThat(chat(clerk, "c2")).contains("erase: ").contains("still pending");
				assertThat(disks.erased()).isEmpty();
				assertThat(chat(clerk, "c1")).contains("erase: erased c");
				assertThat(disks.erased()).hasSize(1);
				disks.erased().clear();
				this.application.service.reset();
				this.application.service.leavePending("disk.erase");
			}
		});
	}

	@Test
	void callWhenAnAgentIsAToolThenTheApprovalIsForTheOutermostConversation() {
		this.application.service.leavePending("disk.erase");
		this.application.runner(Disks.class).run((context) -> {
			Disks disks = context.getBean(Disks.class);
			Clerk inner = clerk((services) -> services.tools(new DiskTools(disks)));
			Clerk outer = clerk((services) -> services.tools(new Agent(inner, this.application.model)));
			assertThat(chat(outer, "agent {}", "c1")).contains("still pending");
			this.application.service.decidePending(true, null);
			assertThat(chat(outer, "agent {}", "c2")).contains("still pending");
			assertThat(disks.erased()).isEmpty();
			assertThat(chat(outer, "agent {}", "c1")).contains("erased c");
		});
	}

	private Clerk clerk(UnaryOperator<AiServices<Clerk>> tools) {
		return tools
			.apply(AiServices.builder(Clerk.class)
				.chatModel(this.application.model)
				.chatMemoryProvider((id) -> MessageWindowChatMemory.withMaxMessages(20)))
			.build();
	}

	private String chat(Clerk clerk, String conversation) {
		return chat(clerk, ERASE, conversation);
	}

	private String chat(Clerk clerk, String call, String conversation) {
		this.application.model.thenCall(call).thenSay("ok");
		clerk.chat(conversation, "Do");
		List<String> results = this.application.model.results();
		return results.get(results.size() - 1);
	}

	interface Clerk {

		String chat(@MemoryId String conversation, @UserMessage String message);

	}

	public static class Agent {

		private final Clerk clerk;

		private final ScriptedModel model;

		Agent(Clerk clerk, ScriptedModel model) {
			this.clerk = clerk;
			this.model = model;
		}

		@Tool("An agent")
		public String agent() {
			this.model.thenCallFirst(ERASE, "sub");
			this.clerk.chat("inner", "Erase");
			List<String> results = this.model.results();
			return results.get(results.size() - 1);
		}

	}

	public static class DiskTools {

		private final Disks disks;

		DiskTools(Disks disks) {
			this.disks = disks;
		}

		@Tool("Erases")
		public String erase(String disk) {
			return this.disks.erase(disk);
		}

	}

	public static class Disks {

		private final List<String> erased = new CopyOnWriteArrayList<>();

		@RequiresPermission(action = "disk.erase", onPending = OnPending.THROW)
		public String erase(String disk) {
			this.erased.add(disk);
			return "erased " + disk;
		}

		public List<String> erased() {
			return this.erased;
		}

	}

}
