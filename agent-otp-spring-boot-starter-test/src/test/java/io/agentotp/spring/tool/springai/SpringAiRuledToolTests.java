package io.agentotp.spring.tool.springai;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.tool.ToolInventory;
import io.agentotp.test.AskedPermission;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.spec.McpSchema;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.ToolCallingAdvisor;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.mcp.SyncMcpToolCallback;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.support.ToolCallbacks;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.augment.AugmentedToolCallback;
import org.springframework.ai.tool.function.FunctionToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.execution.ToolExecutionException;
import org.springframework.ai.tool.method.MethodToolCallbackProvider;
import org.springframework.ai.tool.resolution.ToolCallbackResolver;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ApplicationContext;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tools of Spring AI that are not the application's, guarded by rules: each of the ways
 * on which such a tool gets to its call. The numbers P… are those of the pitfalls in the
 * integration of such frameworks.
 */
class SpringAiRuledToolTests {

	private static final ObjectProvider<ToolCallingManager> NONE = new ObjectProvider<>() {

		@Override
		public ToolCallingManager getIfAvailable(Supplier<ToolCallingManager> otherwise) {
			return otherwise.get();
		}

	};

	private static final String WIPE = "wipe {\"disk\":\"c\"}";

	private static final String REFUSED = "wipe: Permission denied: Never";

	private final SpringAiApplication application = new SpringAiApplication();

	@AfterEach
	void signOut() {
		SecurityContextHolder.clearContext();
	}

	@ParameterizedTest
	@ValueSource(strings = { "fields", "list", "map", "array", "function" })
	void callWhenADecoratorHasAnotherToolBesideAnAnnotatedOneThenTheRuleCounts(String way) {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping(ErasingDisks.class).run((context) -> {
			ToolCallback annotated = ToolCallbacks.from(context.getBean(ErasingDisks.class))[0];
			ToolCallback other = this.application.tool("wipe");
			ToolCallback fallback = switch (way) {
				case "fields" -> new Falling(annotated, other);
				case "list" -> new Falling(annotated, List.of(other));
				case "map" -> new Falling(annotated, Map.of("other", other));
				case "array" -> new Falling(annotated, new ToolCallback[] { other });
				default -> new Falling(annotated, (UnaryOperator<String>) other::call);
			};
			for (ToolCallback tool : List.of(fallback, new Falling(fallback, null))) {
				assertThat(asked(context, tool)).containsExactly("disk.wipe");
			}
			assertThat(this.application.done).isEmpty();
		});
	}

	@Test
	void callWhenADecoratorIsTheApplicationsThenTheRuleCountsWhateverItHolds() {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping(ErasingDisks.class).run((context) -> {
			ToolCallback annotated = ToolCallbacks.from(context.getBean(ErasingDisks.class))[0];
			ToolCallback other = this.application.tool("wipe");
			UnaryOperator<String> holder = new UnaryOperator<>() {

				@Override
				public String apply(String input) {
					return other.call(input);
				}

			};
			ProxyFactory proxy = new ProxyFactory(annotated);
			proxy.addAdvice((MethodInterceptor) (call) -> call.getMethod().getName().equals("call")
					? other.call((String) call.getArguments()[0]) : call.proceed());
			for (ToolCallback tool : List.of(new Falling(annotated, null), new Falling(annotated, holder),
					new Falling(annotated, new AtomicReference<>(other)), new Falling(annotated, Optional.of(other)),
					new Falling(annotated, new Holder(other)), (ToolCallback) proxy.getProxy())) {
				assertThat(asked(context, tool)).containsExactly("disk.wipe");
			}
			assertThat(this.application.done).isEmpty();
		});
	}

	@Test
	void callWhenADecoratorIsTheFrameworksThenTheAnnotationCounts() {
		this.application.wiping(ErasingDisks.class).run((context) -> {
			ToolCallback annotated = ToolCallbacks.from(context.getBean(ErasingDisks.class))[0];
			ToolCallback augmented = augmented(annotated);
			for (ToolCallback tool : List.of(annotated, augmented, augmented(augmented))) {
				assertThat(asked(context, tool)).containsExactly("disk.erase");
			}
			assertThat(asked(context, new Falling(annotated, null))).containsExactly("disk.wipe", "disk.erase");
		});
	}

	private static ToolCallback augmented(ToolCallback tool) {
		return new AugmentedToolCallback<>(tool, Why.class, null, true);
	}

	private record Why(String why) {
	}

	private record Holder(ToolCallback held) {
	}

	private List<String> asked(ApplicationContext context, ToolCallback tool) {
		int before = this.application.service.asked().size();
		context.getBean(ScriptedChatModel.class).thenCall(WIPE).thenSay("ok");
		SpringAiApplication.client(context).prompt("Do").tools(tool).call().content();
		return this.application.service.asked().stream().skip(before).map(AskedPermission::action).toList();
	}

	@Test
	void callWhenTheToolDeclaresItsArgumentsThenTheSchemaIsBound() {
		this.application.wiping().run((context) -> {
			ToolCallback tool = this.application.tool("wipe");
			context.getBean(AgentOtpSpringAiTools.class).guard(tool)[0].call("{\"disk\":\"c\"}");
			Map<?, ?> target = (Map<?, ?>) this.application.service.asked().get(0).call().get("target");
			assertThat(target.get("tool")).isEqualTo("wipe");
			assertThat(target.get("schema")).asString().matches("sha256:[0-9a-f]{64}");
		});
	}

	@Test
	void callWhenApprovedThenRuns() {
		this.application.wiping().run((context) -> {
			assertThat(call(context, SpringAiApplication.client(context), this.application.tool("wipe")))
				.isEqualTo("wipe: \"wipe done\"");
			AskedPermission asked = this.application.service.asked().get(0);
			assertThat(asked.action()).isEqualTo("disk.wipe");
			assertThat(asked.resource()).isEqualTo("disk:c");
			assertThat(asked.outcome()).isEqualTo("succeeded");
			assertThat(asked.context().get("caller")).isEqualTo(Map.of("toolCall", "id-1"));
			assertThat(this.application.done).containsExactly("wipe c");
		});
	}

	@Test
	void callWhenDeniedThenTheModelReadsTheReason() {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping().run((context) -> {
			assertThat(call(context, SpringAiApplication.client(context), this.application.tool("wipe")))
				.isEqualTo(REFUSED);
			assertThat(this.application.done).isEmpty();
		});
	}

	@Test
	void callWhenDeniedAndErrorsAreThrownThenTheModelReadsTheReasonAllTheSame() {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping()
			.withPropertyValues("spring.ai.tools.throw-exception-on-error=true")
			.run((context) -> assertThat(
					call(context, SpringAiApplication.client(context), this.application.tool("wipe")))
				.isEqualTo(REFUSED));
	}

	@Test
	void callWhenNothingMatchesAndUnmatchedIsDenyThenRefusedUnlessARuleAllows() {
		this.application.runner()
			.withPropertyValues("agentotp.tools.unmatched=deny", "agentotp.tools.rules[0].name=read*",
					"agentotp.tools.rules[0].effect=allow")
			.run((context) -> {
				assertThat(call(context, SpringAiApplication.client(context), this.application.tool("wipe")))
					.isEqualTo("wipe: Permission denied: the tool wipe must not be called: agentotp.tools.unmatched");
				ScriptedChatModel model = context.getBean(ScriptedChatModel.class)
					.thenCall("read_disk {\"disk\":\"c\"}")
					.thenSay("ok");
				SpringAiApplication.client(context)
					.prompt("Read")
					.tools(this.application.tool("read_disk"))
					.call()
					.content();
				assertThat(model.results()).containsExactly("read_disk: \"read_disk done\"");
				assertThat(this.application.service.asked()).isEmpty();
				assertThat(this.application.done).containsExactly("read_disk c");
			});
	}

	@Test
	void callWhenTheToolIsABeanThenGuardedEvenWithoutAnyClient() {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping().withBean(ToolCallback.class, () -> this.application.tool("wipe")).run((context) -> {
			ToolCallback tool = context.getBean(ToolCallback.class);
			assertRefused(tool);
			assertThat(this.application.done).isEmpty();
		});
	}

	/** P6. */
	@Test
	void callWhenTheToolIsAClassOfItsOwnThenGuardedAndStillThatClass() {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping(Wiper.class).run((context) -> {
			Wiper wiper = context.getBean(Wiper.class);
			assertRefused(wiper);
			// Not a raw exception, which would end the chat.
			assertThat(call(context, SpringAiApplication.client(context), wiper)).isEqualTo(REFUSED);
			assertThat(wiper.wiped()).isZero();
			this.application.service.approve("disk.wipe");
			assertThat(wiper.call("{\"disk\":\"c\"}")).isEqualTo("wiped");
			assertThat(wiper.wiped()).isOne();
		});
	}

	@Test
	void callWhenTheToolComesFromAProviderThenGuardedEvenInAClientMadeByHand() {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping()
			.withBean(ToolCallbackProvider.class, () -> () -> new ToolCallback[] { this.application.tool("wipe") })
			.withBean("methods", MethodToolCallbackProvider.class,
					() -> MethodToolCallbackProvider.builder().toolObjects(new Wipes()).build())
			.run((context) -> context.getBeansOfType(ToolCallbackProvider.class).values().forEach((provider) -> {
				ChatClient client = ChatClient.create(context.getBean(ScriptedChatModel.class));
				ScriptedChatModel model = context.getBean(ScriptedChatModel.class).thenCall(WIPE).thenSay("ok");
				client.prompt("Wipe").tools(provider).call().content();
				assertThat(model.results()).containsExactly(REFUSED);
				assertThat(this.application.done).isEmpty();
			}));
	}

	/** P4. */
	@Test
	void callWhenTheClientIsMadeByHandAndIsABeanThenGuarded() {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping()
			.withBean("byHand", ChatClient.class,
					() -> ChatClient.create(new ScriptedChatModel(NONE).thenCall(WIPE).thenSay("ok")))
			.run((context) -> {
				context.getBean("byHand", ChatClient.class)
					.prompt("Wipe")
					.tools(this.application.tool("wipe"))
					.call()
					.content();
				assertThat(this.application.service.asked()).hasSize(1);
				assertThat(this.application.done).isEmpty();
			});
	}

	/** P4: a client that is no bean sees nothing of the application, which this shows. */
	@Test
	void callWhenTheClientIsMadeByHandThenItsToolsAreGuardedByHand() {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping().run((context) -> {
			ScriptedChatModel model = context.getBean(ScriptedChatModel.class);
			AgentOtpSpringAiTools tools = context.getBean(AgentOtpSpringAiTools.class);
			ChatClient client = ChatClient.create(model);
			assertThat(call(context, client, this.application.tool("wipe"))).isEqualTo("wipe: \"wipe done\"");
			this.application.done.clear();
			assertThat(call(context, client, (Object[]) tools.guard(this.application.tool("wipe")))).isEqualTo(REFUSED);
			ToolCallbackProvider provider = tools
				.guard((ToolCallbackProvider) () -> new ToolCallback[] { this.application.tool("wipe") });
			assertThat(call(context, client, provider)).isEqualTo(REFUSED);
			assertThat(call(context, client, tools.guardObjects(new Wipes()))).isEqualTo(REFUSED);
			ChatClient withManager = ChatClient.builder(model)
				.defaultAdvisors(ToolCallingAdvisor.builder()
					.toolCallingManager(tools.guard(ToolCallingManager.builder().build()))
					.build())
				.build();
			assertThat(call(context, withManager, this.application.tool("wipe"))).isEqualTo(REFUSED);
			assertThat(this.application.done).isEmpty();
		});
	}

	/** P5. */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void callWhenTheToolIsResolvedByItsNameThenGuarded(boolean fallback) {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping()
			.withPropertyValues("spring.ai.tools.resolution.fallback.enabled=" + fallback)
			.withBean(ToolCallbackResolver.class, () -> (name) -> this.application.tool(name))
			.run((context) -> {
				assertRefused(context.getBean(ToolCallbackResolver.class).resolve("wipe"));
				if (fallback) {
					assertThat(call(context, SpringAiApplication.client(context), this.application.tool("other")))
						.isEqualTo(REFUSED);
				}
				assertThat(this.application.done).isEmpty();
			});
	}

	@Test
	void callWhenTheToolIsGuardedOnSeveralWaysThenItIsAskedForOnce() {
		this.application.wiping()
			.withBean(ToolCallback.class, () -> this.application.tool("wipe"))
			.withBean(ToolCallbackProvider.class, () -> () -> new ToolCallback[] { this.application.tool("wipe2") })
			.run((context) -> {
				AgentOtpSpringAiTools tools = context.getBean(AgentOtpSpringAiTools.class);
				call(context, SpringAiApplication.client(context),
						(Object[]) tools.guard(context.getBean(ToolCallback.class)));
				assertThat(this.application.service.asked()).hasSize(1);
			});
	}

	@Test
	void callWhenAGuardedToolIsDecoratedThenItIsAskedForOnce() {
		this.application.wiping().withBean(ToolCallback.class, () -> this.application.tool("wipe")).run((context) -> {
			ToolCallback guarded = context.getBean(ToolCallback.class);
			ToolCallback decorated = new ToolCallback() {

				@Override
				public ToolDefinition getToolDefinition() {
					return guarded.getToolDefinition();
				}

				@Override
				public String call(String input) {
					return "decorated " + guarded.call(input);
				}

			};
			assertThat(call(context, SpringAiApplication.client(context), decorated)).startsWith("wipe: decorated");
			assertThat(this.application.service.asked()).hasSize(1);
			assertThat(this.application.done).hasSize(1);
		});
	}

	@Test
	void callWhenTheMethodHasTheAnnotationAndARuleNamesItThenItIsAskedForOnce() {
		this.application.runner(MailTools.class)
			.withPropertyValues(SpringAiApplication.RULE + "name=*", SpringAiApplication.RULE + "action=any")
			.run((context) -> {
				SpringAiAnnotatedToolTests.result(context.getBean(ScriptedChatModel.class),
						SpringAiApplication.client(context), context.getBean(MailTools.class),
						"send {\"to\":\"a\",\"body\":\"b\"}");
				assertThat(this.application.service.asked()).extracting(AskedPermission::action)
					.containsExactly("email.send");
			});
	}

	@Test
	void callWhenTheConversationIsKnownToTheMemoryThenTheApproverIsToldIt() {
		this.application.wiping().run((context) -> {
			context.getBean(ScriptedChatModel.class).thenCall(WIPE).thenSay("ok");
			SpringAiApplication.client(context)
				.prompt("Wipe")
				.advisors((advisors) -> advisors.param(ChatMemory.CONVERSATION_ID, "memory-1"))
				.tools(this.application.tool("wipe"))
				.call()
				.content();
			assertThat(this.application.service.asked().get(0).context().get("caller"))
				.isEqualTo(Map.of("conversation", "memory-1", "toolCall", "id-1"));
		});
	}

	@Test
	void callWhenTheToolIsOneOfAnMcpServerThenItsOriginalNameCountsToo() {
		this.application.runner()
			.withPropertyValues(SpringAiApplication.RULE + "name=danger.wipe", SpringAiApplication.RULE + "effect=deny")
			.run((context) -> {
				ToolCallback tool = mcpTool("danger.wipe", "alt_1_dangerwipe");
				ScriptedChatModel model = context.getBean(ScriptedChatModel.class)
					.thenCall("alt_1_dangerwipe {}")
					.thenSay("ok");
				SpringAiApplication.client(context).prompt("Wipe").tools(tool).call().content();
				assertThat(model.results()).containsExactly("alt_1_dangerwipe: Permission denied: "
						+ "the tool alt_1_dangerwipe must not be called: agentotp.tools.rules[0]");
			});
	}

	@Test
	void startWhenThereAreToolsThenTheInventoryTellsHowEachIsGuarded() {
		this.application.wiping(Wiper.class)
			.withBean("read", ToolCallback.class, () -> this.application.tool("read"))
			.run((context) -> {
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
			ScriptedChatModel model = context.getBean(ScriptedChatModel.class);
			ToolCallback ask = FunctionToolCallback.builder("ask",
					(SpringAiApplication.Disk disk) -> String.valueOf(SpringAiApplication.client(context)
						.prompt("Wipe")
						.tools(this.application.tool("wipe"))
						.stream()
						.content()
						.blockLast()))
				.description("Asks")
				.inputType(SpringAiApplication.Disk.class)
				.build();
			for (String conversation : List.of("c1", "c2")) {
				model.thenCall("ask {\"disk\":\"c\"}").thenCall(WIPE).thenSay("inner").thenSay("outer");
				SpringAiApplication.client(context)
					.prompt("Do")
					.toolContext(Map.of("conversationId", conversation))
					.tools(ask)
					.call()
					.content();
				this.application.service.decidePending(true, null);
			}
			assertThat(this.application.done).isEmpty();
			assertThat(this.application.service.asked()).hasSize(2)
				.extracting((asked) -> String.valueOf(((Map<?, ?>) asked.context().get("caller")).get("conversation")))
				.containsExactly("c1", "c2");
		});
	}

	@Test
	void callWhenItsContextIsAnotherThenItIsAnotherCall() {
		this.application.service.leavePending("disk.wipe");
		this.application.wiping().withPropertyValues("agentotp.method.on-pending=throw").run((context) -> {
			ToolCallback tool = reading("wipe");
			SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("ann", "", "USER"));
			assertThat(call(context, tool, Map.of("tenant", "test"))).startsWith("wipe: Permission pending");
			assertThat(this.application.service.asked().get(0).arguments())
				.isEqualTo(Map.of("disk", "c", "@context", Map.of("tenant", "test")));
			this.application.service.decidePending(true, null);
			assertThat(call(context, tool, Map.of("tenant", "PROD"))).startsWith("wipe: Permission pending");
			assertThat(call(context, tool, Map.of("tenant", "test", "more", 1))).startsWith("wipe: Permission pending");
			assertThat(this.application.done).isEmpty();
			assertThat(call(context, tool, Map.of("tenant", "test"))).isEqualTo("wipe: \"wiped\"");
			assertThat(this.application.done).containsExactly("{tenant=test}");
		});
	}

	@Test
	void callWhenTheApplicationPutsAnObjectOfMcpIntoItsContextThenItIsPartOfTheCall() {
		this.application.service.leavePending("disk.wipe");
		this.application.wiping().withPropertyValues("agentotp.method.on-pending=throw").run((context) -> {
			ToolCallback tool = reading("wipe");
			SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("ann", "", "USER"));
			assertThat(call(context, tool, of("test"))).startsWith("wipe: Permission pending");
			this.application.service.decidePending(true, null);
			assertThat(call(context, tool, of("PROD"))).startsWith("wipe: Permission pending");
			assertThat(this.application.done).isEmpty();
			assertThat(call(context, tool, of("test"))).isEqualTo("wipe: \"wiped\"");
			assertThat(this.application.done).hasSize(1);
		});
	}

	private static Map<String, Object> of(String tenant) {
		return Map.of("transport", McpTransportContext.create(Map.of("tenant", tenant)), "root",
				new McpSchema.Root("file:///" + tenant, tenant));
	}

	@Test
	void callWhenAPartOfItsContextCannotBeBoundThenTheToolDoesNotGetIt() {
		this.application.wiping().run((context) -> {
			assertThat(call(context, reading("wipe"), Map.of("tenant", "test", "thread", Thread.currentThread())))
				.isEqualTo("wipe: \"wiped\"");
			assertThat(call(context, reading("other"), Map.of("thread", "t"))).isEqualTo("other: \"wiped\"");
			assertThat(this.application.done).containsExactly("{tenant=test}", "{thread=t}");
		});
	}

	@Test
	void callWhenItsContextChangesWhileItWaitsThenRefused() {
		this.application.service.leavePending("disk.wipe");
		this.application.wiping().run((context) -> {
			Map<String, Object> where = new ConcurrentHashMap<>(Map.of("tenant", "test"));
			CompletableFuture<String> result = CompletableFuture
				.supplyAsync(() -> call(context, reading("wipe"), Map.of("where", where)));
			this.application.service.awaitPending(1);
			where.put("tenant", "PROD");
			this.application.service.decidePending(true, null);
			assertThat(result.join()).startsWith("wipe: Permission denied: The argument '@context'");
			assertThat(this.application.done).isEmpty();
		});
	}

	/** Only the exchange is the framework's, under its own name. */
	@ParameterizedTest
	@MethodSource
	void callWhenWhatIsReadIsOfAnotherClientsLibraryThenBoundOrKeptFromTheTool(String name,
			Function<String, Object> value) {
		this.application.service.leavePending((asked) -> true);
		this.application.wiping().withPropertyValues(SpringAiApplication.RULE + "on-pending=throw").run((context) -> {
			ToolCallback tool = reading("wipe");
			Function<String, String> call = (tenant) -> call(context, tool,
					Map.of("conversationId", "1", name, value.apply(tenant)));
			assertThat(call.apply("test")).contains("Permission pending");
			this.application.service.decidePending(true, null);
			call.apply("PROD");
			assertThat(this.application.done).noneMatch((read) -> read.contains("PROD"));
		});
	}

	static Stream<Arguments> callWhenWhatIsReadIsOfAnotherClientsLibraryThenBoundOrKeptFromTheTool() {
		Function<String, Object> transport = (tenant) -> McpTransportContext.create(Map.of("tenant", tenant));
		Function<String, Object> request = (
				tenant) -> McpSchema.CallToolRequest.builder("x").arguments(Map.of("tenant", tenant)).build();
		Function<String, Object> info = (tenant) -> new McpSchema.Implementation(tenant, "1");
		return Stream.of(Arguments.of("ctx", transport), Arguments.of("exchange", transport),
				Arguments.of("rq", request), Arguments.of("exchange", request), Arguments.of("info", info));
	}

	@Test
	void callWhenTheModelWritesTheContextItselfThenRefused() {
		this.application.wiping().run((context) -> {
			ScriptedChatModel model = context.getBean(ScriptedChatModel.class)
				.thenCall("wipe {\"disk\":\"c\",\"@context\":{\"tenant\":\"test\"}}")
				.thenSay("ok");
			SpringAiApplication.client(context)
				.prompt("Wipe")
				.toolContext(Map.of("tenant", "PROD"))
				.tools(reading("wipe"))
				.call()
				.content();
			assertThat(model.results().get(0)).contains("reserved name @context");
			assertThat(this.application.done).isEmpty();
		});
	}

	private ToolCallback reading(String name) {
		return FunctionToolCallback.builder(name, (SpringAiApplication.Disk input, ToolContext read) -> {
			this.application.done.add(read.getContext().toString());
			return "wiped";
		}).description("Wipes").inputType(SpringAiApplication.Disk.class).build();
	}

	private static String call(ApplicationContext context, ToolCallback tool, Map<String, Object> toolContext) {
		String name = tool.getToolDefinition().name();
		ScriptedChatModel model = context.getBean(ScriptedChatModel.class)
			.thenCall(name + " {\"disk\":\"c\"}")
			.thenSay("ok");
		SpringAiApplication.client(context).prompt("Wipe").toolContext(toolContext).tools(tool).call().content();
		return model.results().get(0);
	}

	@Test
	void startWhenNobodySaysWhatHappensWithAToolThatIsKnownThenStops() {
		this.application.runner(MailTools.class)
			.withPropertyValues(SpringAiApplication.RULE + "name=delete_*", SpringAiApplication.RULE + "effect=deny")
			.withBean("provider", ToolCallbackProvider.class,
					() -> ToolCallbackProvider.from(this.application.tool("look"), this.application.tool("delete-it")))
			.withBean("tool", ToolCallback.class, () -> this.application.tool("find"))
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageEndingWith("none of them matches these tools: find (Spring AI), look (Spring AI), "
						+ "read (Spring AI), unguarded (Spring AI)"));
	}

	@Test
	void startWhenARuleNamesNoArgumentOfTheToolThenStops() {
		this.application.wiping()
			.withPropertyValues(SpringAiApplication.RULE + "sensitive=disc")
			.withBean("tool", ToolCallback.class, () -> this.application.tool("wipe"))
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessage(
						"The tool wipe (Spring AI): agentotp.tools.rules[0] names 'disc', but its arguments are 'disk'"));
		this.application.runner(MailTools.class)
			.withPropertyValues("agentotp.tools.unmatched=allow", SpringAiApplication.RULE + "name=unguarded",
					SpringAiApplication.RULE + "action=a", SpringAiApplication.RULE + "sensitive=none")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageStartingWith("The tool unguarded (Spring AI): agentotp.tools.rules[0] names 'none'"));
	}

	/** The model and people read the same name. */
	@ParameterizedTest
	@ValueSource(strings = { "wi\u034Fpe", "wi\uFE0Fpe", "wi\u17B4pe", "wi\u3164pe", "wi\u115Fpe", "wi\uFFA0pe",
			"wi\u200Bpe", "wi\u180Bpe", "wi\uDB40\uDD00pe" })
	void callWhenTheNameHasInvisibleLettersThenGuarded(String name) {
		this.application.runner()
			.withPropertyValues("agentotp.tools.unmatched=allow", SpringAiApplication.RULE + "name=wipe*",
					SpringAiApplication.RULE + "effect=deny")
			.run((context) -> {
				assertThat(call(context, this.application.tool(name), Map.of())).contains("must not be called");
				assertThat(this.application.done).isEmpty();
			});
	}

	@Test
	void startWhenARuleMisspellsAToolThatNothingGuardsThenStopsUnlessAnotherAllowsIt() {
		ApplicationContextRunner runner = this.application.runner()
			.withBean(ToolCallback.class, () -> this.application.tool("read_disk"))
			.withPropertyValues("agentotp.tools.unmatched=allow", SpringAiApplication.RULE + "name=read_dsik",
					SpringAiApplication.RULE + "effect=deny");
		runner.run((context) -> assertThat(context).getFailure()
			.hasStackTraceContaining("agentotp.tools.rules[0]: it names 'read_dsik', no tool is called so, and nothing "
					+ "guards read_disk"));
		runner.withPropertyValues("agentotp.tools.rules[1].name=read_disk", "agentotp.tools.rules[1].effect=allow")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void callWhenTheToolHasANameLikeThatOfARuleThenGuarded() {
		this.application.runner()
			.withPropertyValues(SpringAiApplication.RULE + "name=delete_*", SpringAiApplication.RULE + "effect=deny")
			.run((context) -> {
				ScriptedChatModel model = context.getBean(ScriptedChatModel.class);
				for (String name : List.of("Delete_file", "delete-file", "deleteFile", "other")) {
					model.thenCall(name + " {\"disk\":\"c\"}").thenSay("ok");
					SpringAiApplication.client(context)
						.prompt("Delete")
						.tools(this.application.tool(name))
						.call()
						.content();
					assertThat(model.results()).containsExactly(name + ": Permission denied: the tool " + name
							+ " must not be called: " + (name.equals("other") ? "agentotp.tools.unmatched is not set"
									: "agentotp.tools.rules[0]"));
				}
				assertThat(this.application.done).isEmpty();
			});
	}

	private static ToolCallback mcpTool(String original, String name) {
		McpSyncClient client = McpClient.sync(new UnusedTransport()).build();
		McpSchema.Tool tool = McpSchema.Tool.builder()
			.name(original)
			.description("Wipes")
			.inputSchema(McpJsonDefaults.getMapper(), "{\"type\":\"object\"}")
			.build();
		return SyncMcpToolCallback.builder().mcpClient(client).tool(tool).prefixedToolName(name).build();
	}

	private static void assertRefused(ToolCallback tool) {
		assertThat(catchThrowableOfType(ToolExecutionException.class, () -> tool.call("{\"disk\":\"c\"}")))
			.hasMessage("Permission denied: Never");
		assertThat(catchThrowableOfType(ToolExecutionException.class,
				() -> tool.call("{\"disk\":\"c\"}", new ToolContext(Map.of()))))
			.hasMessage("Permission denied: Never");
	}

	private static String call(ApplicationContext context, ChatClient client, Object... tools) {
		ScriptedChatModel model = context.getBean(ScriptedChatModel.class).thenCall(WIPE).thenSay("ok");
		client.prompt("Wipe").tools(tools).call().content();
		List<String> results = model.results();
		return results.get(results.size() - 1);
	}

	public static class ErasingDisks {

		@Tool(name = "wipe", description = "Erases")
		@RequiresPermission(action = "disk.erase")
		public String erase(String disk) {
			throw new IllegalStateException("Out of order");
		}

	}

	/**
	 * Calls something else where the first one fails.
	 */
	private record Falling(ToolCallback first, @Nullable Object second) implements ToolCallback {

		@Override
		public ToolDefinition getToolDefinition() {
			return this.first.getToolDefinition();
		}

		@Override
		public String call(String input) {
			return call(input, null);
		}

		@Override
		public String call(String input, @Nullable ToolContext context) {
			try {
				return this.first.call(input, context);
			}
			catch (RuntimeException ex) {
				Object next = this.second;
				next = (next instanceof List<?> several && !several.isEmpty()) ? several.get(0) : next;
				next = (next instanceof Map<?, ?> several) ? several.get("other") : next;
				next = (next instanceof ToolCallback[] several) ? several[0] : next;
				if (next instanceof ToolCallback other) {
					return other.call(input, context);
				}
				if (next instanceof UnaryOperator<?>) {
					@SuppressWarnings("unchecked")
					UnaryOperator<String> other = (UnaryOperator<String>) next;
					return other.apply(input);
				}
				throw ex;
			}
		}

	}

	static class Wiper implements ToolCallback {

		private int wiped;

		@Override
		public ToolDefinition getToolDefinition() {
			return ToolDefinition.builder().name("wipe").description("Wipes").inputSchema("{}").build();
		}

		@Override
		public String call(String input) {
			this.wiped++;
			return "wiped";
		}

		int wiped() {
			return this.wiped;
		}

	}

	public static class Wipes {

		@Tool(description = "Wipes")
		public String wipe(String disk) {
			throw new IllegalStateException("wiped " + disk);
		}

	}

}
