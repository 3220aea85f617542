package io.agentotp.spring.tool.springai;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.ToolCallingAdvisor;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.model.tool.ToolExecutionResult;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.support.ToolCallbacks;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.augment.AugmentedToolCallbackProvider;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.metadata.ToolMetadata;

import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Ways past the guard that Spring AI leaves open.
 */
class SpringAiBypassTests {

	private static final String WIPE = "wipe {\"disk\":\"c\"}";

	private static final String NOT_OFFERED = "wipe: Permission denied: the tool wipe must not be called: "
			+ "it was not offered to the model";

	private final SpringAiApplication application = new SpringAiApplication();

	@ParameterizedTest
	@ValueSource(strings = { "agentotp.tools.rules[0].effect=deny", "agentotp.tools.rules[0].action=disk.wipe",
			"agentotp.tools.unmatched=deny" })
	void callWhenAManagerMadeByHandFindsAToolThatWasNotOfferedThenRefused(String property) {
		this.application.runner()
			.withPropertyValues(property, "agentotp.tools.rules[0].name=wip*", "agentotp.tools.rules[1].name=other",
					"agentotp.tools.rules[1].effect=allow")
			.withPropertyValues(property.contains("unmatched") ? "agentotp.tools.rules[0].effect=allow" : "a=b")
			.run((context) -> {
				ToolCallingManager manager = context.getBean(AgentOtpSpringAiTools.class).guard(finding());
				ChatClient client = ChatClient.builder(context.getBean(ScriptedChatModel.class))
					.defaultAdvisors(ToolCallingAdvisor.builder().toolCallingManager(manager).build())
					.build();
				assertThat(results(context, client, this.application.tool("other"))).containsExactly(NOT_OFFERED);
				assertThat(results(context, client)).containsExactly(NOT_OFFERED);
				// In a loop of one's own, with options of any kind.
				ToolExecutionResult result = manager.executeToolCalls(new Prompt("Do", ChatOptions.builder().build()),
						new ChatResponse(List.of(new Generation(AssistantMessage.builder()
							.content("")
							.toolCalls(List.of(new AssistantMessage.ToolCall("1", "function", "wipe", "{}")))
							.build()))));
				assertThat(((ToolResponseMessage) result.conversationHistory().get(2)).getResponses()
					.get(0)
					.responseData()).contains("it was not offered to the model");
				assertThat(this.application.done).isEmpty();
			});
	}

	@Test
	void callWhenAnotherApplicationHasGuardedTheToolThenItsRulesAreNotEnough() {
		new SpringAiApplication().runner()
			.withPropertyValues("agentotp.tools.unmatched=allow")
			.run((other) -> this.application.runner()
				.withPropertyValues("agentotp.tools.unmatched=deny", "agentotp.tools.rules[0].name=other",
						"agentotp.tools.rules[0].effect=allow")
				.run((context) -> {
					ToolCallback guarded = other.getBean(AgentOtpSpringAiTools.class)
						.guard(this.application.tool("wipe"))[0];
					ToolCallback own = context.getBean(AgentOtpSpringAiTools.class).guard(guarded)[0];
					assertThatException().isThrownBy(() -> own.call("{\"disk\":\"c\"}"))
						.withMessageContaining("Permission denied");
					assertThat(this.application.done).isEmpty();
				}));
	}

	@ParameterizedTest
	@ValueSource(strings = { "one", "several" })
	void callWhenABeanSuppliesTheToolThenGuarded(String name) {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping()
			.withBean(SpringAiApplication.class, () -> this.application)
			.withUserConfiguration(Suppliers.class)
			.run((context) -> {
				Object supplied = ((Supplier<?>) context.getBean(name)).get();
				ToolCallback tool = (supplied instanceof List<?> several) ? (ToolCallback) several.get(0)
						: (ToolCallback) supplied;
				assertThatException().isThrownBy(() -> tool.call("{\"disk\":\"c\"}")).withMessageContaining("Never");
				assertThat(this.application.done).isEmpty();
			});
	}

	@Configuration(proxyBeanMethods = false)
	static class Suppliers {

		@Bean
		Supplier<ToolCallback> one(SpringAiApplication application) {
			return () -> application.tool("wipe");
		}

		@Bean
		Supplier<List<ToolCallback>> several(SpringAiApplication application) {
			return () -> List.of(application.tool("wipe"));
		}

	}

	@Test
	void callWhenAManagerOfAClientIsNotGuardedAndFindsToolsThenRefused() {
		this.application.wiping().run((context) -> {
			ChatClient client = context.getBean(ChatClient.Builder.class)
				.defaultAdvisors(ToolCallingAdvisor.builder().toolCallingManager(finding()).build())
				.build();
			assertThatExceptionOfType(CallRefusedException.class)
				.isThrownBy(() -> results(context, client, this.application.tool("other")))
				.withMessageContaining("AgentOtpSpringAiTools.guard(manager)");
			assertThatExceptionOfType(CallRefusedException.class)
				.isThrownBy(() -> client.prompt("Do").stream().content().blockLast());
			assertThat(this.application.done).isEmpty();
		});
	}

	@Test
	void callWhenAManagerOfAClientFindsNoToolsOfItsOwnThenItsToolsAreGuarded() {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping().run((context) -> {
			ChatClient client = context.getBean(ChatClient.Builder.class)
				.defaultAdvisors(
						ToolCallingAdvisor.builder().toolCallingManager(ToolCallingManager.builder().build()).build())
				.build();
			assertThat(results(context, client, this.application.tool("wipe")))
				.containsExactly("wipe: Permission denied: Never");
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "list", "fixed", "array", "set", "map", "optional", "providers", "mapOfLists",
			"listOfLists", "reference", "record" })
	void callWhenABeanHoldsToolsForAClientMadeByHandThenGuarded(String bean) {
		this.application.service.deny("disk.wipe", "Never");
		ToolCallback tool = this.application.tool("wipe");
		Map<String, Object> beans = Map.of("list", new ArrayList<>(List.of(tool)), "fixed", List.of(tool), "array",
				new ToolCallback[] { tool }, "set", new HashSet<>(Set.of(tool)), "map", Map.of("a", tool), "optional",
				Optional.of(tool), "providers", List.of(ToolCallbackProvider.from(tool)), "mapOfLists",
				Map.of("a", List.of(tool)), "listOfLists", List.of(new ArrayList<>(List.of(tool))), "reference",
				List.of(new AtomicReference<>(tool)));
		this.application.wiping()
			.withInitializer((context) -> ((GenericApplicationContext) context).registerBean("several", Object.class,
					() -> bean.equals("record") ? new Holder<>(1, List.of(tool)) : beans.get(bean)))
			.run((context) -> {
				ToolCallback guarded = (ToolCallback) held(context.getBean("several"));
				assertThatException().isThrownBy(() -> guarded.call("{\"disk\":\"c\"}"))
					.withMessageContaining("Permission denied: Never");
				assertThat(this.application.done).isEmpty();
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "map", "list", "record", "builders" })
	void callWhenABeanHoldsClientsThenTheirToolsAreGuarded(String bean) {
		this.application.service.deny("disk.wipe", "Never");
		this.application.wiping()
			.withInitializer((context) -> ((GenericApplicationContext) context).registerBean("several", Object.class,
					() -> clients(bean, ChatClient.builder(context.getBean(ScriptedChatModel.class)))))
			.run((context) -> {
				Object held = held(context.getBean("several"));
				ChatClient client = (held instanceof ChatClient.Builder builder) ? builder.build() : (ChatClient) held;
				assertThat(results(context, client, this.application.tool("wipe")))
					.containsExactly("wipe: Permission denied: Never");
				assertThat(this.application.done).isEmpty();
			});
	}

	private static Object clients(String bean, ChatClient.Builder builder) {
		return switch (bean) {
			case "map" -> Map.of("a", builder.build());
			case "list" -> List.of(List.of(builder.build()));
			case "record" -> new Holder<>(1, builder.build());
			default -> Set.of(builder);
		};
	}

	private static Object held(Object bean) {
		Object held = (bean instanceof Optional<?> optional) ? optional.get()
				: (bean instanceof Map<?, ?> map) ? map.get("a")
						: (bean instanceof Collection<?> several) ? several.iterator().next()
								: (bean instanceof Object[] array) ? array[0]
										: (bean instanceof AtomicReference<?> reference) ? reference.get()
												: (bean instanceof Holder<?> holder) ? holder.value() : bean;
		return (held instanceof ToolCallbackProvider provider) ? provider.getToolCallbacks()[0]
				: (held != bean) ? held(held) : held;
	}

	record Holder<T>(int number, T value) {
	}

	@Test
	void startWhenABeanHoldsAToolThatNothingMatchesThenStops() {
		this.application.runner()
			.withPropertyValues(SpringAiApplication.RULE + "name=other", SpringAiApplication.RULE + "effect=deny")
			.withInitializer((context) -> ((GenericApplicationContext) context).registerBean("several", Object.class,
					() -> List.of(this.application.tool("wipe"))))
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("none of them matches these tools: wipe (Spring AI)"));
	}

	@Test
	void callWhenABeanOffersItselfToAClientMadeByHandThenRefused() {
		this.application.runner(Offering.class).run((context) -> {
			ScriptedChatModel model = context.getBean(ScriptedChatModel.class);
			Offering bean = context.getBean(Offering.class);
			List<Runnable> ways = List.of(() -> bean.offerThis(model), () -> bean.offerCallbacks(model),
					() -> bean.offerDecorated(model), () -> bean.offerNew(model), () -> bean.stream(model));
			for (Runnable way : ways) {
				model.thenCall("erase {\"disk\":\"c\"}").thenSay("ok");
				assertThatExceptionOfType(CallRefusedException.class).isThrownBy(way::run)
					.withMessageContaining(
							"The tool erase must not be offered to a model: its object is no Spring bean");
			}
			assertThat(bean.erased()).isEmpty();
			assertThat(this.application.service.asked()).isEmpty();
		});
	}

	@Test
	void callWhenABeanIsOfferedToAClientMadeByHandThenGuarded() {
		this.application.service.deny("disk.erase", "Never");
		this.application.runner(Offering.class).run((context) -> {
			ScriptedChatModel model = context.getBean(ScriptedChatModel.class)
				.thenCall("erase {\"disk\":\"c\"}")
				.thenSay("ok");
			ChatClient.create(model).prompt("Do").tools(context.getBean(Offering.class)).call().content();
			assertThat(model.results()).singleElement().asString().contains("Permission denied", "Never");
			assertThat(context.getBean(Offering.class).erased()).isEmpty();
		});
	}

	/**
	 * The limit that the page names: nothing of the application is on the way.
	 */
	@Test
	void callWhenClientAndModelAreMadeByHandThenBeansAreGuardedAndOtherObjectsAreNotSeen() {
		this.application.service.deny("disk.erase", "Never");
		this.application.runner(Offering.class).run((context) -> {
			Offering bean = context.getBean(Offering.class);
			ScriptedChatModel model = new ScriptedChatModel(
					new StaticListableBeanFactory().getBeanProvider(ToolCallingManager.class));
			model.thenCall("erase {\"disk\":\"c\"}").thenSay("ok");
			ChatClient.create(model).prompt("Do").tools(bean).call().content();
			assertThat(model.results()).singleElement().asString().contains("Permission denied", "Never");
			assertThat(bean.erased()).isEmpty();
			model.thenCall("erase {\"disk\":\"d\"}").thenSay("ok");
			bean.offerThis(model);
			assertThat(bean.erased()).containsExactly("d");
			assertThat(this.application.service.asked()).hasSize(1);
		});
	}

	@Test
	void callWhenACallbackDecoratesTheMethodOfAnObjectThatIsNoBeanThenRefused() {
		this.application.runner().run((context) -> {
			Offering object = new Offering();
			ScriptedChatModel model = context.getBean(ScriptedChatModel.class);
			ToolCallback method = ToolCallbacks.from(object)[0];
			ToolCallback lambda = decorated(method);
			for (Object tools : List.of(augmented(object), decorated(method), decorated(lambda),
					ToolCallbackProvider.from(decorated(decorated(method))))) {
				model.thenCall("erase {\"disk\":\"c\",\"why\":\"x\"}").thenSay("ok");
				SpringAiApplication.client(context).prompt("Do").tools(tools).call().content();
				assertThat(model.results()).containsExactly("erase: Permission denied: the tool erase must not be "
						+ "called: its object is no Spring bean");
			}
			assertThat(object.erased()).isEmpty();
		});
	}

	@Test
	void callWhenACallbackDecoratesTheMethodOfABeanThenAskedOnce() {
		this.application.runner(Offering.class)
			.withPropertyValues(SpringAiApplication.RULE + "name=*", SpringAiApplication.RULE + "action=any")
			.run((context) -> {
				Offering bean = context.getBean(Offering.class);
				ScriptedChatModel model = context.getBean(ScriptedChatModel.class)
					.thenCall("erase {\"disk\":\"c\",\"why\":\"x\"}")
					.thenSay("ok");
				SpringAiApplication.client(context).prompt("Do").tools(augmented(bean)).call().content();
				assertThat(model.results()).containsExactly("erase: \"erased c\"");
				assertThat(this.application.service.asked()).extracting((asked) -> asked.action())
					.containsExactly("disk.erase");
			});
	}

	private static ToolCallbackProvider augmented(Object object) {
		return AugmentedToolCallbackProvider.<Reason>builder()
			.toolObject(object)
			.argumentType(Reason.class)
			.argumentConsumer((event) -> {
			})
			.build();
	}

	private static ToolCallback decorated(ToolCallback callback) {
		return new ToolCallback() {

			@Override
			public ToolDefinition getToolDefinition() {
				return callback.getToolDefinition();
			}

			@Override
			public ToolMetadata getToolMetadata() {
				return callback.getToolMetadata();
			}

			@Override
			public String call(String input) {
				return callback.call(input);
			}

		};
	}

	private ToolCallingManager finding() {
		return org.springframework.ai.model.tool.DefaultToolCallingManager.builder()
			.toolCallbackResolver(this.application::tool)
			.resolutionFallbackEnabled(true)
			.build();
	}

	private static List<String> results(ApplicationContext context, ChatClient client, Object... tools) {
		ScriptedChatModel model = context.getBean(ScriptedChatModel.class).thenCall(WIPE).thenSay("ok");
		client.prompt("Do").tools(tools).call().content();
		return model.results();
	}

	record Reason(String why) {
	}

	public static class Offering {

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

		void offerThis(ScriptedChatModel model) {
			ChatClient.create(model).prompt("Do").tools(this).call().content();
		}

		void offerCallbacks(ScriptedChatModel model) {
			Object self = this;
			ChatClient.builder(model)
				.defaultTools((Object[]) ToolCallbacks.from(self))
				.build()
				.prompt("Do")
				.call()
				.content();
		}

		void offerDecorated(ScriptedChatModel model) {
			ChatClient.create(model).prompt("Do").tools(augmented(this)).call().content();
		}

		void offerNew(ScriptedChatModel model) {
			ChatClient.create(model).prompt("Do").tools(new Offering()).call().content();
		}

		void stream(ScriptedChatModel model) {
			ChatClient.create(model).prompt("Do").tools(this).stream().content().blockLast();
		}

	}

}
