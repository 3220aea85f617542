package io.agentotp.spring.tool.springai;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

import io.agentotp.AgentOtpException;
import io.agentotp.PermissionPendingException;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.ToolCallingAdvisor;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.function.FunctionToolCallback;

import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * For whom a tool is called: what was approved for one conversation or principal runs for
 * no other, however deep the call is.
 */
class SpringAiCallerTests {

	private final SpringAiApplication application = new SpringAiApplication();

	@AfterEach
	void signOut() {
		SecurityContextHolder.clearContext();
	}

	@Test
	void callWhenAnUnguardedToolOfAManagerMadeByHandCallsAGuardedBeanThenNothingIsKeptForOthers() {
		this.application.service.leavePending("disk.erase");
		this.application.runner(Disks.class, DiskTools.class).run((context) -> {
			Disks disks = context.getBean(Disks.class);
			ToolCallingManager manager = ToolCallingManager.builder().build();
			for (ToolCallback tool : List.of(erasing(disks),
					org.springframework.ai.support.ToolCallbacks.from(context.getBean(DiskTools.class))[0])) {
				for (String conversation : List.of("c1", "c2", "c1")) {
					assertThat(call(manager, tool, conversation))
						.contains("a tool calls it of a client or server that the guard does not know");
				}
			}
			assertThat(disks.erased()).isEmpty();
			assertThat(this.application.service.asked()).isEmpty();
		});
	}

	@Test
	void callWhenAnUnguardedToolOfAClientMadeByHandCallsAGuardedBeanThenNothingIsKeptForOthers() {
		this.application.service.leavePending("disk.erase");
		this.application.runner(Disks.class).run((context) -> {
			Disks disks = context.getBean(Disks.class);
			ScriptedChatModel model = context.getBean(ScriptedChatModel.class);
			ChatClient client = ChatClient.builder(model)
				.defaultAdvisors(
						ToolCallingAdvisor.builder().toolCallingManager(ToolCallingManager.builder().build()).build())
				.build();
			model.thenCall("erase {\"disk\":\"c\"}").thenSay("ok");
			client.prompt("Do").tools(erasing(disks)).call().content();
			assertThat(model.results()).singleElement().asString().contains("the guard does not know");
			model.thenCall("erase {\"disk\":\"c\"}").thenSay("ok");
			client.prompt("Do").tools(erasing(disks)).stream().content().blockLast();
			assertThat(model.results()).singleElement().asString().contains("the guard does not know");
			assertThat(disks.erased()).isEmpty();
			assertThat(this.application.service.asked()).isEmpty();
		});
	}

	@Test
	void callWhenAToolOfAManagerMadeByHandCallsAnAsyncBeanThenNothingIsKeptForOthers() {
		this.application.service.leavePending("disk.erase");
		this.application.runner(AsyncDisks.class).withUserConfiguration(WithAsync.class).run((context) -> {
			ToolCallback tool = FunctionToolCallback
				.builder("erase",
						(Input input) -> context.getBean(AsyncDisks.class)
							.erase(input.disk())
							.handle((erased, ex) -> String.valueOf((ex != null) ? ex.getMessage() : erased))
							.join())
				.description("Erases")
				.inputType(Input.class)
				.build();
			assertThat(call(ToolCallingManager.builder().build(), tool, "c1"))
				.contains("a tool calls it of a client or server that the guard does not know");
			assertThat(this.application.service.asked()).isEmpty();
		});
	}

	@Test
	void callWhenTheContextTellsNobodyThenNothingIsKeptForOthers() {
		this.application.service.leavePending("disk.erase");
		this.application.runner(Disks.class).run((context) -> {
			Disks disks = context.getBean(Disks.class);
			ToolCallingManager manager = context.getBean(AgentOtpSpringAiTools.class)
				.guard(ToolCallingManager.builder().build());
			for (Object nobody : List.of("", " ", Optional.of("ann"), new Object(), List.of("ann"))) {
				for (String key : List.of("conversationId", "userId")) {
					assertThat(call(manager, erasing(disks), Map.of(key, nobody))).as("%s is %s", key, nobody)
						.doesNotContain("erased", "Permission pending");
				}
			}
			assertThat(disks.erased()).isEmpty();
			assertThat(this.application.service.asked()).isEmpty();
			UUID user = new UUID(1, 2);
			assertThat(call(manager, erasing(disks), Map.of("userId", user))).contains("Permission pending");
			this.application.service.decidePending(true, null);
			assertThat(call(manager, erasing(disks), Map.of("userId", new UUID(2, 1)))).contains("Permission pending");
			assertThat(call(manager, erasing(disks), Map.of("userId", user))).contains("erased c");
		});
	}

	@Test
	void callWhenTheManagerIsGuardedThenTheApprovalIsForItsConversation() {
		this.application.service.leavePending("disk.erase");
		this.application.runner(Disks.class).run((context) -> {
			Disks disks = context.getBean(Disks.class);
			ToolCallingManager manager = context.getBean(AgentOtpSpringAiTools.class)
				.guard(ToolCallingManager.builder().build());
			assertThat(call(manager, erasing(disks), "c1")).contains("Permission pending");
			this.application.service.decidePending(true, null);
			assertThat(call(manager, erasing(disks), "c2")).contains("Permission pending");
			assertThat(disks.erased()).isEmpty();
			assertThat(call(manager, erasing(disks), "c1")).contains("erased c");
			assertThat(disks.erased()).containsExactly("c");
		});
	}

	@Test
	void callWhenAnAgentMadeByHandIsAToolThenTheApprovalIsForTheOutermostConversation() {
		this.application.service.leavePending("disk.erase");
		this.application.runner(Disks.class).run((context) -> {
			Disks disks = context.getBean(Disks.class);
			ScriptedChatModel model = context.getBean(ScriptedChatModel.class);
			Supplier<String> agent = () -> {
				model.thenCall("erase {\"disk\":\"c\"}").thenSay("sub");
				ChatClient.create(model)
					.prompt("Erase")
					.toolContext(Map.of("conversationId", "sub"))
					.tools(erasing(disks))
					.call()
					.content();
				return model.results().get(0);
			};
			ToolCallback tool = FunctionToolCallback.builder("agent", (Input input) -> agent.get())
				.description("An agent")
				.inputType(Input.class)
				.build();
			ToolCallingManager manager = context.getBean(AgentOtpSpringAiTools.class)
				.guard(ToolCallingManager.builder().build());
			assertThat(call(manager, "agent", tool, "c1")).contains("still pending");
			this.application.service.decidePending(true, null);
			assertThat(call(manager, "agent", tool, "c2")).contains("still pending");
			assertThat(disks.erased()).isEmpty();
			assertThat(call(manager, "agent", tool, "c1")).contains("erased c");
		});
	}

	@Test
	void callWhenTheBodyOfAToolMakesTheSameCallThenThatAsksForItself() {
		this.application.service.approve("disk.wipe");
		this.application.wiping().run((context) -> {
			AgentOtpSpringAiTools tools = context.getBean(AgentOtpSpringAiTools.class);
			ToolCallback[] self = new ToolCallback[1];
			ToolCallback wipe = FunctionToolCallback.builder("wipe", (Input input) -> {
				this.application.done.add("wipe");
				if (this.application.done.size() < 3) {
					self[0].call("{\"disk\":\"c\"}");
				}
				return "done";
			}).description("Wipes").inputType(Input.class).build();
			self[0] = tools.guard(wipe)[0];
			self[0].call("{\"disk\":\"c\"}");
			assertThat(this.application.done).hasSize(3);
			assertThat(this.application.service.asked()).hasSize(3);
		});
	}

	@Test
	void callWhenAnotherPrincipalMakesItThenItsApprovalIsNotPickedUp() {
		this.application.service.leavePending("disk.erase");
		this.application.runner(Disks.class).run((context) -> {
			Disks disks = context.getBean(Disks.class);
			signIn("ann");
			assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> disks.erase("c"));
			this.application.service.decidePending(true, null);
			signIn("bob");
			assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> disks.erase("c"));
			SecurityContextHolder.clearContext();
			assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> disks.erase("c"));
			assertThat(disks.erased()).isEmpty();
			signIn("ann");
			assertThat(disks.erase("c")).isEqualTo("erased c");
		});
	}

	@Test
	void callWhenAnotherPrincipalMakesItThroughAToolThenItsApprovalIsNotPickedUp() {
		this.application.service.leavePending("disk.erase");
		this.application.runner(Disks.class).run((context) -> {
			Disks disks = context.getBean(Disks.class);
			ToolCallingManager manager = context.getBean(AgentOtpSpringAiTools.class)
				.guard(ToolCallingManager.builder().build());
			signIn("ann");
			assertThat(call(manager, erasing(disks), "c1")).contains("Permission pending");
			this.application.service.decidePending(true, null);
			signIn("bob");
			assertThat(call(manager, erasing(disks), "c1")).contains("Permission pending");
			assertThat(disks.erased()).isEmpty();
			signIn("ann");
			assertThat(call(manager, erasing(disks), "c1")).contains("erased c");
		});
	}

	@Test
	void callWhenTheConversationHasSeveralMemoriesThenNoneTakesTheApprovalOfAnother() {
		this.application.service.leavePending("disk.erase");
		this.application.runner(Disks.class).run((context) -> {
			Disks disks = context.getBean(Disks.class);
			assertThat(chat(context, disks, "m1")).contains("pending");
			this.application.service.decidePending(true, null);
			assertThat(chat(context, disks, "m2")).contains("pending");
			assertThat(disks.erased()).isEmpty();
			assertThat(chat(context, disks, "m1")).contains("erased c");
		});
	}

	private static String chat(ApplicationContext context, Disks disks, String memory) {
		ScriptedChatModel model = context.getBean(ScriptedChatModel.class);
		model.thenCall("erase {\"disk\":\"c\"}").thenSay("ok");
		SpringAiApplication.client(context)
			.prompt("Do")
			.advisors((advisors) -> advisors.param(ChatMemory.CONVERSATION_ID, memory))
			.toolContext(Map.of("conversationId", "all"))
			.tools(erasing(disks))
			.call()
			.content();
		return String.join("", model.results());
	}

	private static void signIn(String name) {
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken(name, "", "USER"));
	}

	private static ToolCallback erasing(Disks disks) {
		return FunctionToolCallback.builder("erase", (Input input) -> {
			try {
				return disks.erase(input.disk());
			}
			catch (AgentOtpException ex) {
				throw new org.springframework.ai.tool.execution.ToolExecutionException(
						org.springframework.ai.tool.definition.ToolDefinition.builder()
							.name("erase")
							.inputSchema("{}")
							.build(),
						ex);
			}
		}).description("Erases").inputType(Input.class).build();
	}

	private static String call(ToolCallingManager manager, ToolCallback tool, String conversation) {
		return call(manager, "erase", tool, conversation);
	}

	private static String call(ToolCallingManager manager, String name, ToolCallback tool, String conversation) {
		return call(manager, name, tool, Map.of("conversationId", conversation));
	}

	private static String call(ToolCallingManager manager, ToolCallback tool, Map<String, Object> context) {
		return call(manager, "erase", tool, context);
	}

	private static String call(ToolCallingManager manager, String name, ToolCallback tool,
			Map<String, Object> context) {
		Prompt prompt = new Prompt("Do",
				ToolCallingChatOptions.builder().toolCallbacks(tool).toolContext(context).build());
		ChatResponse answer = new ChatResponse(List.of(new Generation(AssistantMessage.builder()
			.content("")
			.toolCalls(List.of(new AssistantMessage.ToolCall("1", "function", name, "{\"disk\":\"c\"}")))
			.build())));
		return ((ToolResponseMessage) manager.executeToolCalls(prompt, answer).conversationHistory().get(2))
			.getResponses()
			.get(0)
			.responseData();
	}

	record Input(String disk) {
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class WithAsync {

	}

	public static class AsyncDisks {

		@Async
		@RequiresPermission(action = "disk.erase", onPending = OnPending.THROW)
		public CompletableFuture<String> erase(String disk) {
			return CompletableFuture.completedFuture("erased " + disk);
		}

	}

	public static class DiskTools {

		private final Disks disks;

		DiskTools(Disks disks) {
			this.disks = disks;
		}

		@Tool(name = "erase", description = "Erases")
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
