package io.agentotp.spring.tool.langchain4j;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.langchain4j.service.tool.ToolExecutionResult;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolMemoryId;
import dev.langchain4j.invocation.InvocationParameters;
import dev.langchain4j.invocation.LangChain4jManaged;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.mcp.McpToolExecutor;
import dev.langchain4j.mcp.client.McpClient;
import dev.langchain4j.service.tool.AiServiceTool;
import dev.langchain4j.service.tool.DefaultToolExecutor;
import dev.langchain4j.service.tool.ToolExecutor;
import dev.langchain4j.service.tool.ToolProvider;
import dev.langchain4j.service.tool.ToolProviderRequest;
import dev.langchain4j.service.tool.ToolProviderResult;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.tool.ToolInventory;
import io.agentotp.test.AskedPermission;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.context.ApplicationContext;
import org.springframework.util.ReflectionUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tools of LangChain4j that are not the application's, guarded by rules: each of the ways
 * on which such a tool gets to its call.
 */
class LangChain4jRuledToolTests {

	private static final String WIPE = "wipe {\"disk\":\"c\"}";

	private static final String REFUSED = "wipe: Permission denied: Never (error)";

	private final LangChain4jApplication application = new LangChain4jApplication();

	@Test
	void callWhenTheToolDeclaresItsArgumentsThenTheSchemaIsBound() {
		this.application.wiping().run((context) -> {
			Assistant assistant = this.application.assistant((services) -> services.toolProvider(
					context.getBean(AgentOtpLangChain4jTools.class).guard(this.application.provider("wipe"))));
			this.application.results(assistant, "wipe {\"disk\":\"c\"}");
			Map<?, ?> target = (Map<?, ?>) this.application.service.asked().get(0).call().get("target");
			assertThat(target.get("tool")).isEqualTo("wipe");
			assertThat(target.get("schema")).asString().matches("sha256:[0-9a-f]{64}");
		});
	}

	@Test
	void callWhenApprovedThenRuns() {
		this.application.wiping().run((context) -> {
			Assistant assistant = this.application.assistant(
					(services) -> services.toolProvider(tools(context).guard(this.application.provider("wipe"))));
			assertThat(this.application.results(assistant, WIPE)).containsExactly("wipe: wipe done");
			AskedPermission asked = this.application.service.asked().get(0);
			assertThat(asked.action()).isEqualTo("disk.wipe");
			assertThat(asked.resource()).isEqualTo("disk:c");
			assertThat(asked.outcome()).isEqualTo("succeeded");
			assertThat(this.application.done).containsExactly(WIPE);
		});
	}

	@Test
	void callWhenTheProviderIsABeanThenGuardedAndStillThatClass() {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping(Wiper.class)
			.withBean("lambda", ToolProvider.class, () -> this.application.provider("wipe_all"))
			.run((context) -> {
				Wiper wiper = context.getBean(Wiper.class);
				assertThat(wiper.isDynamic()).isTrue();
				Assistant assistant = this.application.assistant((services) -> services
					.toolProviders(context.getBean(Wiper.class), context.getBean("lambda", ToolProvider.class)));
				assertThat(this.application.results(assistant, WIPE, "wipe_all {\"disk\":\"d\"}"))
					.containsExactly(REFUSED, "wipe_all: Permission denied: Never (error)");
				assertThat(this.application.done).isEmpty();
				assertThat(wiper.wiped()).isZero();
				this.application.service.approve("disk.wipe");
				assertThat(this.application.results(assistant, WIPE)).containsExactly("wipe: wiped");
				assertThat(wiper.wiped()).isOne();
			});
	}

	@Test
	void callWhenTheServiceIsMadeByHandThenItsToolsAreGuardedByHand() {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping().run((context) -> {
			AgentOtpLangChain4jTools tools = tools(context);
			AiServiceTool tool = AiServiceTool.builder()
				.toolSpecification(LangChain4jApplication.specification("wipe"))
				.toolExecutor(this.application.tool())
				.build();
			assertRefused(this.application.assistant((services) -> services
				.tools(tools.guard(Map.of(LangChain4jApplication.specification("wipe"), this.application.tool())))));
			assertRefused(this.application.assistant((services) -> services.tools(tools.guard(List.of(tool)))));
			assertRefused(this.application
				.assistant((services) -> services.toolProvider(tools.guard(this.application.provider("wipe")))));
			assertThat(this.application.done).isEmpty();
		});
	}

	@Test
	void callWhenNothingMatchesAndUnmatchedIsDenyThenRefusedUnlessARuleAllows() {
		this.application.runner()
			.withPropertyValues("agentotp.tools.unmatched=deny", "agentotp.tools.rules[0].name=read*",
					"agentotp.tools.rules[0].effect=allow")
			.run((context) -> {
				Assistant assistant = this.application.assistant((services) -> services
					.toolProvider(tools(context).guard(this.application.provider("wipe", "read_disk"))));
				assertThat(this.application.results(assistant, WIPE, "read_disk {\"disk\":\"c\"}")).containsExactly(
						"wipe: Permission denied: the tool wipe must not be called: agentotp.tools.unmatched (error)",
						"read_disk: read_disk done");
				assertThat(this.application.service.asked()).isEmpty();
				assertThat(this.application.done).containsExactly("read_disk {\"disk\":\"c\"}");
			});
	}

	@Test
	void callWhenMadeWithoutAContextThenGuardedToo() {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping().run((context) -> {
			ToolExecutor executor = tools(context)
				.guard(Map.of(LangChain4jApplication.specification("wipe"), this.application.tool()))
				.values()
				.iterator()
				.next();
			ToolExecutionRequest request = ToolExecutionRequest.builder()
				.name("wipe")
				.arguments("{\"disk\":\"c\"}")
				.build();
			assertThat(executor.execute(request, "memory-1")).isEqualTo("Permission denied: Never");
			assertThat(executor.executeWithContext(request, null).isError()).isTrue();
			assertThat(this.application.done).isEmpty();
			assertThat(this.application.service.asked().get(0).context().get("caller"))
				.isEqualTo(Map.of("conversation", "memory-1"));
			this.application.service.approve("disk.wipe");
			assertThat(executor.execute(request, null)).isEqualTo("wipe done");
		});
	}

	@Test
	void callWhenItsArgumentsAreNotQuiteJsonThenARuledToolDoesNotRun() {
		this.application.wiping().run((context) -> {
			Assistant assistant = this.application.assistant(
					(services) -> services.toolProvider(tools(context).guard(this.application.provider("wipe"))));
			assertThat(this.application.results(assistant, "wipe {\"disk\":\"c\",}",
					"wipe {\"disk\":\"c\",\"disk\":\"d\"}"))
				.allMatch((result) -> result.startsWith("wipe: Permission denied: ") && result.endsWith("(error)"));
			assertThat(this.application.done).isEmpty();
			assertThat(this.application.service.asked()).isEmpty();
		});
	}

	@Test
	void callWhenTheMethodHasTheAnnotationAndARuleNamesItThenItIsAskedForOnce() {
		this.application.runner(MailTools.class)
			.withPropertyValues(LangChain4jApplication.RULE + "name=*", LangChain4jApplication.RULE + "action=any")
			.run((context) -> {
				Assistant assistant = this.application.assistant(context, MailTools.class);
				this.application.results(assistant, "send {\"to\":\"a\",\"body\":\"b\"}");
				ToolExecutor byHand = new DefaultToolExecutor(context.getBean(MailTools.class),
						MailTools.class.getMethod("send", String.class, String.class));
				Assistant other = this.application.assistant((services) -> services
					.tools(tools(context).guard(Map.of(LangChain4jApplication.specification("send"), byHand))));
				this.application.results(other, "send {\"to\":\"a\",\"body\":\"b\"}");
				assertThat(this.application.service.asked()).extracting(AskedPermission::action)
					.containsExactly("email.send", "email.send");
			});
	}

	@Test
	void callWhenAnExecutorMakesATextOfARefusalThenItIsARefusalAllTheSame() {
		this.application.service.deny("email.send", "Not today");
		this.application.runner(MailTools.class).run((context) -> {
			ToolExecutor quiet = new DefaultToolExecutor(context.getBean(MailTools.class),
					MailTools.class.getMethod("send", String.class, String.class));
			Assistant assistant = this.application.assistant((services) -> services
				.tools(tools(context).guard(Map.of(LangChain4jApplication.specification("send"), quiet))));
			assertThat(this.application.results(assistant, "send {\"to\":\"a\",\"body\":\"b\"}"))
				.containsExactly("send: Permission denied: Not today (error)");
		});
	}

	@Test
	void callWhenTheToolIsOneOfAnMcpServerThenItsOriginalNameCountsToo() {
		McpClient unused = (McpClient) Proxy.newProxyInstance(McpClient.class.getClassLoader(),
				new Class<?>[] { McpClient.class }, (proxy, method, arguments) -> {
					throw new IllegalStateException("called");
				});
		this.application.runner()
			.withPropertyValues(LangChain4jApplication.RULE + "name=danger.wipe",
					LangChain4jApplication.RULE + "effect=deny")
			.withBean(ToolProvider.class,
					() -> (request) -> ToolProviderResult.builder()
						.add(LangChain4jApplication.specification("alt_wipe"),
								new McpToolExecutor(unused, "danger.wipe"))
						.build())
			.run((context) -> {
				Assistant assistant = this.application
					.assistant((services) -> services.toolProvider(context.getBean(ToolProvider.class)));
				assertThat(this.application.results(assistant, "alt_wipe {\"disk\":\"c\"}")).containsExactly(
						"alt_wipe: Permission denied: the tool alt_wipe must not be called: agentotp.tools.rules[0] (error)");
			});
	}

	@Test
	void guardWhenToolsWereSeenThenTheInventoryTellsHowEachIsGuarded() {
		this.application.wiping().run((context) -> {
			tools(context).guard(Map.of(LangChain4jApplication.specification("wipe"), this.application.tool(),
					LangChain4jApplication.specification("read"), this.application.tool()));
			assertThat(context.getBean(ToolInventory.class).list())
				.extracting((tool) -> tool.tool().name() + " " + tool.kind() + " by " + tool.by())
				.containsExactly("read UNGUARDED by agentotp.tools.unmatched",
						"wipe GUARDED by agentotp.tools.rules[0]");
		});
	}

	@Test
	void callWhenASubAgentMakesItOnAnotherThreadThenTheOutermostConversationCounts() {
		this.application.service.leavePending("disk.wipe");
		this.application.wiping().withPropertyValues("agentotp.method.on-pending=throw").run((context) -> {
			Assistant inner = this.application.assistant((services) -> services.executeToolsConcurrently()
				.toolProvider(tools(context).guard(this.application.provider("wipe"))));
			Assistant.Remembering outer = AiServices.builder(Assistant.Remembering.class)
				.chatModel(this.application.model)
				.chatMemoryProvider((memory) -> MessageWindowChatMemory.withMaxMessages(20))
				.tools(tools(context).guard(Map.of(LangChain4jApplication.specification("ask"),
						(ToolExecutor) (request, memory) -> inner.chat("Wipe"))))
				.build();
			for (String conversation : List.of("c1", "c2")) {
				this.application.model.thenCall("ask {\"disk\":\"c\"}")
					.thenCall(WIPE, "wipe {\"disk\":\"d\"}")
					.thenSay("inner")
					.thenSay("outer");
				outer.chat(conversation, "Do", new InvocationParameters());
				this.application.service.decidePending(true, null);
			}
			assertThat(this.application.done).isEmpty();
			assertThat(this.application.service.asked()).hasSize(4)
				.extracting((asked) -> String.valueOf(((Map<?, ?>) asked.context().get("caller")).get("conversation")))
				.containsExactly("c1", "c1", "c2", "c2");
		});
	}

	@Test
	void callWhenItsParametersAreOthersThenItIsAnotherCall() {
		this.application.service.leavePending("disk.wipe");
		this.application.wiping().withPropertyValues("agentotp.method.on-pending=throw").run((context) -> {
			Reading reading = new Reading();
			ToolExecutor executor = new ToolExecutor() {

				@Override
				public String execute(ToolExecutionRequest request, Object memory) {
					throw new IllegalStateException();
				}

				@Override
				public ToolExecutionResult executeWithContext(ToolExecutionRequest request, InvocationContext call) {
					return ToolExecutionResult.builder()
						.resultText(reading.wipe("c", call.invocationParameters()) + call.methodArguments()
								+ call.managedParameters())
						.build();
				}

			};
			Assistant.Remembering method = remembering(tools(context).from(reading));
			Assistant.Remembering other = remembering(tools(context).guard(List.of(AiServiceTool.builder()
				.toolSpecification(LangChain4jApplication.specification("wipe"))
				.toolExecutor(executor)
				.build())));
			ToolExecutor subclass = new DefaultToolExecutor(reading,
					Reading.class.getMethod("wipe", String.class, InvocationParameters.class),
					Reading.class.getMethod("wipe", String.class, InvocationParameters.class)) {

				@Override
				public Method originalMethod() {
					return ReflectionUtils.findMethod(RemembersDisks.class, "wipe", String.class, Object.class);
				}

			};
			Assistant.Remembering third = remembering(tools(context).guard(List.of(AiServiceTool.builder()
				.toolSpecification(LangChain4jApplication.specification("wipe"))
				.toolExecutor(subclass)
				.build())));
			for (Assistant.Remembering assistant : List.of(method, other, third)) {
				assertThat(call(assistant, "test")).startsWith("wipe: Permission pending");
				this.application.service.decidePending(true, null);
				assertThat(call(assistant, "PROD")).startsWith("wipe: Permission pending");
				assertThat(reading.done).isEmpty();
				assertThat(call(assistant, "test")).isIn("wipe: wiped", "wipe: wiped[]{}");
				assertThat(reading.done).containsExactly("test null");
				this.application.service.reset();
				this.application.service.leavePending("disk.wipe");
				reading.done.clear();
			}
		});
	}

	@Test
	void callWhenTheMemoryThatItReadsIsAnotherThenItIsAnotherCall() {
		this.application.service.leavePending("disk.wipe");
		this.application.wiping().withPropertyValues("agentotp.method.on-pending=throw").run((context) -> {
			RemembersDisks reading = new RemembersDisks();
			ToolExecutor executor = (request, memory) -> reading.wipe("c", memory);
			Assistant.Remembering wiping = remembering(tools(context).from(reading));
			Assistant.Remembering erasing = remembering(tools(context).from(new ReadsAllOfIt(reading)));
			Assistant.Remembering other = remembering(tools(context).guard(List.of(AiServiceTool.builder()
				.toolSpecification(LangChain4jApplication.specification("wipe"))
				.toolExecutor(executor)
				.build())));
			for (Assistant.Remembering assistant : List.of(wiping, erasing, other)) {
				assertThat(callOf(assistant, "test")).startsWith("wipe: Permission pending");
				assertThat(this.application.service.asked().get(0).call().toString()).contains("@memoryId=test");
				this.application.service.decidePending(true, null);
				assertThat(callOf(assistant, "PROD")).startsWith("wipe: Permission pending");
				assertThat(reading.done).isEmpty();
				assertThat(callOf(assistant, "test")).isEqualTo("wipe: wiped");
				assertThat(reading.done).containsExactly("c of test");
				this.application.service.reset();
				this.application.service.leavePending("disk.wipe");
				reading.done.clear();
			}
		});
	}

	@Test
	void callWhenItReadsAManagedParameterThenThatIsKeptFromIt() {
		LangChain4jManaged.setCurrent(Map.of(Tenant.class, new Tenant("LIVE")));
		try {
			this.application.wiping().run((context) -> {
				ReadsTenant reading = new ReadsTenant();
				callOf(remembering(tools(context).from(reading)), "m");
				assertThat(reading.done).noneMatch((done) -> done.contains("LIVE"));
				assertThat(this.application.service.asked()).hasSize(1);
			});
		}
		finally {
			LangChain4jManaged.removeCurrent();
		}
	}

	private String callOf(Assistant.Remembering assistant, String memory) {
		this.application.model.thenCall(WIPE).thenSay("ok");
		assistant.chat(memory, "Do", InvocationParameters.from(Map.of("conversationId", "1")));
		List<String> results = this.application.model.results();
		return results.get(results.size() - 1);
	}

	private Assistant.Remembering remembering(List<AiServiceTool> tools) {
		return AiServices.builder(Assistant.Remembering.class)
			.chatModel(this.application.model)
			.chatMemoryProvider((memory) -> MessageWindowChatMemory.withMaxMessages(20))
			.tools(tools)
			.build();
	}

	private String call(Assistant.Remembering assistant, String tenant) {
		this.application.model.thenCall(WIPE).thenSay("ok");
		assistant.chat("c1", "Do",
				InvocationParameters.from(Map.of("tenant", tenant, "thread", Thread.currentThread())));
		List<String> results = this.application.model.results();
		return results.get(results.size() - 1);
	}

	@Test
	void callWhenMoreThanTheMethodMayBeCalledThenTheRuleCounts() {
		this.application.service.deny("disk.wipe", "Never");
		this.application.service.deny("disk.erase", "Never");
		this.application.wiping(Erasing.class).run((context) -> {
			Erasing bean = context.getBean(Erasing.class);
			ToolExecutor annotated = new DefaultToolExecutor(bean, Erasing.class.getMethod("wipe", String.class));
			assertAsked(context, annotated, "disk.erase");
			assertAsked(context, new Falling(annotated, null), "disk.wipe");
			assertAsked(context, new DefaultToolExecutor(bean, Erasing.class.getMethod("wipe", String.class),
					Erasing.class.getMethod("keep", String.class)), "disk.wipe");
			assertAsked(context, new DefaultToolExecutor(bean, Erasing.class.getMethod("wipe", String.class)) {

				@Override
				public ToolExecutionResult executeWithContext(ToolExecutionRequest request,
						InvocationContext invocation) {
					return LangChain4jRuledToolTests.this.application.tool().executeWithContext(request, invocation);
				}

			}, "disk.wipe");
			assertAsked(context, new Falling(annotated, this.application.tool()), "disk.wipe");
			assertAsked(context, new Falling(annotated, List.of(this.application.tool())), "disk.wipe");
			assertThat(this.application.done).isEmpty();
		});
	}

	private void assertAsked(ApplicationContext context, ToolExecutor tool, String action) {
		int before = this.application.service.asked().size();
		assertThat(
				this.application
					.results(
							this.application.assistant((services) -> services.tools(
									tools(context).guard(Map.of(LangChain4jApplication.specification("wipe"), tool)))),
							WIPE)
					.toString())
			.contains("Permission denied");
		assertThat(this.application.service.asked()).hasSizeGreaterThan(before)
			.last()
			.extracting(AskedPermission::action)
			.isEqualTo(action);
	}

	/** Goes on to another tool if the first one fails. */
	record Falling(ToolExecutor tool, @Nullable Object other) implements ToolExecutor {

		@Override
		public String execute(ToolExecutionRequest request, Object memoryId) {
			try {
				return this.tool.execute(request, memoryId);
			}
			catch (RuntimeException ex) {
				Object next = (this.other instanceof List<?> list) ? list.get(0) : this.other;
				if (next == null) {
					throw ex;
				}
				return ((ToolExecutor) next).execute(request, memoryId);
			}
		}

	}

	public static class Erasing {

		@Tool("Wipes")
		@RequiresPermission(action = "disk.erase")
		public String wipe(String disk) {
			return "erased";
		}

		public String keep(String disk) {
			return "kept";
		}

	}

	record Tenant(String name) implements LangChain4jManaged {
	}

	public static class ReadsTenant {

		final List<String> done = new CopyOnWriteArrayList<>();

		@Tool("Wipes a disk")
		public String wipe(String disk, Tenant tenant) {
			this.done.add(disk + " of " + tenant);
			return "wiped";
		}

	}

	public static class RemembersDisks {

		final List<String> done = new CopyOnWriteArrayList<>();

		@Tool("Wipes")
		public String wipe(String disk, @ToolMemoryId Object memory) {
			this.done.add(disk + " of " + memory);
			return "wiped";
		}

	}

	public static class ReadsAllOfIt {

		private final RemembersDisks disks;

		ReadsAllOfIt(RemembersDisks disks) {
			this.disks = disks;
		}

		@Tool("Wipes")
		public String wipe(String disk, InvocationContext invocation) {
			assertThat(invocation.userMessage()).isNull();
			assertThat(invocation.methodArguments()).isEmpty();
			assertThat(invocation.methodName()).isNull();
			return this.disks.wipe(disk, invocation.chatMemoryId());
		}

	}

	public static class Reading {

		final List<String> done = new CopyOnWriteArrayList<>();

		@Tool("Wipes")
		public String wipe(String disk, InvocationParameters parameters) {
			this.done.add(parameters.get("tenant") + " " + parameters.get("thread"));
			return "wiped";
		}

	}

	@Test
	void startWhenNobodySaysWhatHappensWithTheToolsOfABeanThenStops() {
		this.application.runner(MailTools.class)
			.withPropertyValues(LangChain4jApplication.RULE + "name=wipe*", LangChain4jApplication.RULE + "effect=deny")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageEndingWith("these tools: read (LangChain4j), unguarded (LangChain4j)"));
	}

	private void assertRefused(Assistant assistant) {
		assertThat(this.application.results(assistant, WIPE)).containsExactly(REFUSED);
	}

	private static AgentOtpLangChain4jTools tools(ApplicationContext context) {
		return context.getBean(AgentOtpLangChain4jTools.class);
	}

	static class Wiper implements ToolProvider {

		private int wiped;

		@Override
		public ToolProviderResult provideTools(ToolProviderRequest request) {
			return ToolProviderResult.builder().add(LangChain4jApplication.specification("wipe"), (call, memory) -> {
				this.wiped++;
				return "wiped";
			}).build();
		}

		@Override
		public boolean isDynamic() {
			return true;
		}

		int wiped() {
			return this.wiped;
		}

	}

}
