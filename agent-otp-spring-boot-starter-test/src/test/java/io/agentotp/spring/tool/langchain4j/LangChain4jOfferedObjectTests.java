package io.agentotp.spring.tool.langchain4j;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.service.AiServiceContext;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.IllegalConfigurationException;
import dev.langchain4j.service.tool.AiServiceTool;
import dev.langchain4j.service.tool.DefaultToolExecutor;
import dev.langchain4j.service.tool.ToolExecutor;
import dev.langchain4j.service.tool.ToolProviderResult;
import dev.langchain4j.service.tool.ToolService;
import io.agentotp.Permission;
import io.agentotp.spring.RequiresPermission;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.aop.framework.ProxyFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Objects that services are given as tools, past every bean of the guard.
 */
class LangChain4jOfferedObjectTests {

	private static final String ERASE = "erase {\"disk\":\"c\"}";

	private final LangChain4jApplication application = new LangChain4jApplication();

	@Test
	void toolsWhenABeanPassesItselfThenRefused() {
		this.application.runner(Offering.class).run((context) -> {
			Offering bean = context.getBean(Offering.class);
			for (Way way : List.<Way>of(Offering::passThis, Offering::passNew, Offering::passFound, Offering::passMap,
					Offering::passDecorated, Offering::passOwnProxy, Offering::passToContext)) {
				assertThatExceptionOfType(IllegalConfigurationException.class)
					.isThrownBy(() -> way.assistant(bean, this.application))
					.withMessageContaining("The tool 'erase' of class")
					.withMessageContaining("its object is no Spring bean");
			}
			Assistant provided = bean.passProvider(this.application);
			assertThatExceptionOfType(IllegalConfigurationException.class)
				.isThrownBy(() -> this.application.results(provided, ERASE));
			assertThat(bean.erased()).isEmpty();
		});
	}

	@Test
	void toolsWhenABeanIsPassedThenItsToolsAreFoundAndGuarded() {
		this.application.service.deny("disk.erase", "Never");
		this.application.runner(Offering.class)
			.withPropertyValues(LangChain4jApplication.RULE + "name=look", LangChain4jApplication.RULE + "effect=deny")
			.run((context) -> {
				Offering bean = context.getBean(Offering.class);
				for (Assistant assistant : List.of(this.application.assistant((services) -> services.tools(bean)),
						context.getBean(Offering.class).passBean(this.application, bean),
						AiServices.<Assistant>builder(AiServiceContext.create(Assistant.class))
							.chatModel(this.application.model)
							.tools(bean)
							.build())) {
					assertThat(this.application.results(assistant, ERASE, "look {\"disk\":\"c\"}")).containsExactly(
							"erase: Permission denied: Never (error)",
							"look: Permission denied: the tool look must not be called: agentotp.tools.rules[0] (error)");
				}
				assertThat(this.application.model.shown()).filteredOn((tool) -> tool.name().equals("erase"))
					.isNotEmpty()
					.allSatisfy((tool) -> assertThat(tool.parameters().properties()).containsOnlyKeys("disk"));
				assertThat(bean.erased()).isEmpty();
				this.application.service.approve("disk.erase");
				assertThat(
						this.application.results(this.application.assistant((services) -> services.tools(bean)), ERASE))
					.containsExactly("erase: erased c");
			});
	}

	@Test
	void toolsWhenThereAreOtherApplicationsThenOnlyTheBeansOwnLooksAtIt() {
		this.application.service.deny("disk.erase", "Never");
		LangChain4jApplication other = new LangChain4jApplication();
		// What the annotation refers to is there in one application only.
		other.runner()
			.run((first) -> other.runner()
				.run((second) -> this.application.runner(Naming.class)
					.withBean("names", Names.class)
					.run((context) -> assertThat(this.application.results(
							this.application.assistant((services) -> services.tools(context.getBean(Naming.class))),
							ERASE))
						.containsExactly("erase: Permission denied: Never (error)"))));
		assertThat(this.application.service.asked()).hasSize(1);
		assertThat(other.service.asked()).isEmpty();
	}

	@Test
	void toolsWhenABeanMakesItsServiceBeforeTheGuardIsNeededThenItsToolsAreGuardedToo() {
		this.application.service.deny("disk.erase", "Never");
		this.application.runner(Offering.class, EarlyService.class)
			.withBean(LangChain4jApplication.class, () -> this.application)
			.run((context) -> {
				assertThat(this.application.results(context.getBean(EarlyService.class).assistant(), ERASE))
					.containsExactly("erase: Permission denied: Never (error)");
				assertThat(context.getBean(Offering.class).erased()).isEmpty();
			});
	}

	@Test
	void toolsWhenAnObjectHasNoAnnotationThenAsLangChain4jFindsThem() {
		Assistant assistant = this.application.assistant((services) -> services.tools(new Plain()));
		assertThat(this.application.results(assistant, "greet {\"name\":\"Ann\"}")).containsExactly("greet: Hello Ann");
		assertThatExceptionOfType(IllegalConfigurationException.class)
			.isThrownBy(() -> this.application.assistant((services) -> services.tools("no tools")))
			.withMessageContaining("does not have any methods annotated with @Tool");
	}

	@FunctionalInterface
	interface Way {

		Assistant assistant(Offering bean, LangChain4jApplication application);

	}

	public static class EarlyService {

		private final Assistant assistant;

		EarlyService(LangChain4jApplication application, Offering tools) {
			this.assistant = application.assistant((services) -> services.tools(tools));
		}

		Assistant assistant() {
			return this.assistant;
		}

	}

	public static class Names {

		public String of(String disk) {
			return "disk:" + disk;
		}

	}

	public static class Naming {

		@Tool("Erases a disk")
		@RequiresPermission(action = "disk.erase", resource = "#{@names.of(#disk)}")
		public String erase(String disk) {
			throw new IllegalStateException("ran");
		}

	}

	public static class Plain {

		@Tool("Greets")
		public String greet(String name) {
			return "Hello " + name;
		}

	}

	public static class Offering {

		private final List<String> erased = new CopyOnWriteArrayList<>();

		@Tool("Erases a disk")
		@RequiresPermission(action = "disk.erase")
		public String erase(String disk, @Nullable Permission permission) {
			this.erased.add(disk);
			return "erased " + disk;
		}

		@Tool("Looks at a disk")
		public String look(String disk) {
			return "looked at " + disk;
		}

		public List<String> erased() {
			return this.erased;
		}

		Assistant passThis(LangChain4jApplication application) {
			return application.assistant((services) -> services.tools(this));
		}

		Assistant passNew(LangChain4jApplication application) {
			return application.assistant((services) -> services.tools(List.of(new Offering())));
		}

		Assistant passFound(LangChain4jApplication application) {
			List<AiServiceTool> tools = ToolService.findTools(this);
			return application.assistant((services) -> services.tools(tools));
		}

		Assistant passMap(LangChain4jApplication application) {
			return application.assistant(
					(services) -> services.tools(Map.of(LangChain4jApplication.specification("erase"), executor())));
		}

		Assistant passDecorated(LangChain4jApplication application) {
			ToolExecutor executor = executor();
			return application
				.assistant((services) -> services.tools(Map.of(LangChain4jApplication.specification("erase"),
						(ToolExecutor) (request, memory) -> executor.execute(request, memory))));
		}

		Assistant passOwnProxy(LangChain4jApplication application) {
			ProxyFactory factory = new ProxyFactory(this);
			factory.setProxyTargetClass(true);
			return application.assistant((services) -> services.tools(factory.getProxy()));
		}

		Assistant passToContext(LangChain4jApplication application) {
			return AiServices.<Assistant>builder(AiServiceContext.create(Assistant.class))
				.chatModel(application.model)
				.tools(this)
				.build();
		}

		Assistant passProvider(LangChain4jApplication application) {
			return application.assistant((services) -> services.toolProvider((request) -> ToolProviderResult.builder()
				.add(LangChain4jApplication.specification("erase"), executor())
				.build()));
		}

		Assistant passBean(LangChain4jApplication application, Offering self) {
			return application.assistant((services) -> services.tools(self));
		}

		private ToolExecutor executor() {
			try {
				return new DefaultToolExecutor(this, Offering.class.getMethod("erase", String.class, Permission.class));
			}
			catch (NoSuchMethodException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

}
