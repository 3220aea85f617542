package io.agentotp.spring.tool.langchain4j;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import dev.langchain4j.model.chat.StreamingChatModel;
import io.agentotp.spring.tool.ToolInventory;
import io.agentotp.spring.tool.ToolProtection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanReference;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Says at start-up what LangChain4j does not let the guard do better.
 */
public final class LangChain4jNotes implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(LangChain4jNotes.class);

	private final ConfigurableListableBeanFactory beanFactory;

	private final ToolInventory inventory;

	/**
	 * Creates the notes.
	 * @param beanFactory knows the services and their tools
	 * @param inventory knows which tools are guarded
	 */
	public LangChain4jNotes(ConfigurableListableBeanFactory beanFactory, ToolInventory inventory) {
		this.beanFactory = beanFactory;
		this.inventory = inventory;
	}

	@Override
	public void afterSingletonsInstantiated() {
		warnOfToolsNotOffered();
		if (this.inventory.list().stream().anyMatch(LangChain4jNotes::isGuarded)) {
			String displacing = TurnListenerRegistrarFactory.displacing();
			if (displacing != null) {
				logger
					.warn("LangChain4j takes {} for its listeners, so that the guard does not see all calls of an answer: "
							+ "their requests are sent one after another, unless a service executes its tools concurrently, "
							+ "see AiServices.executeToolsConcurrently()", displacing);
			}
			if (this.beanFactory.getBeanNamesForType(StreamingChatModel.class, true, false).length > 0) {
				logger
					.warn("A guarded tool of a streaming LangChain4j service waits for its decision on the thread that "
							+ "the model's answer arrives on. Set agentotp.method.on-pending=throw, or see to it that the "
							+ "HTTP client of the model has threads to spare");
			}
		}
	}

	private static boolean isGuarded(ToolProtection protection) {
		return protection.kind() == ToolProtection.Kind.GUARDED
				&& protection.tool().framework().equals(ToolExecutors.FRAMEWORK);
	}

	/**
	 * The starter looks for tools at classes of bean definitions only.
	 */
	private void warnOfToolsNotOffered() {
		List<BeanDefinition> services = Arrays.stream(this.beanFactory.getBeanDefinitionNames())
			.map(this.beanFactory::getBeanDefinition)
			.filter((definition) -> AiServicePostProcessor.FACTORY.equals(definition.getBeanClassName()))
			.toList();
		if (services.isEmpty()) {
			return;
		}
		Set<String> offered = new HashSet<>();
		services.forEach((service) -> offered.addAll(references(service)));
		for (String name : this.beanFactory.getBeanDefinitionNames()) {
			if (!offered.contains(name) && this.beanFactory.getBeanDefinition(name).getFactoryMethodName() != null
					&& hasTools(this.beanFactory.getType(name, false))) {
				logger.warn(
						"The bean {} has methods with @Tool that LangChain4j's starter offers to no @AiService, since "
								+ "it comes from a @Bean method: declare its class with @Component, or name it in "
								+ "@AiService(wiringMode = EXPLICIT, tools = …)",
						name);
			}
		}
	}

	private static List<String> references(BeanDefinition service) {
		return (service.getPropertyValues().get(AiServicePostProcessor.TOOLS) instanceof Collection<?> tools)
				? tools.stream()
					.filter(BeanReference.class::isInstance)
					.map((tool) -> ((BeanReference) tool).getBeanName())
					.toList()
				: List.of();
	}

	private static boolean hasTools(@Nullable Class<?> type) {
		return type != null && LangChain4jToolMethods.areIn(type);
	}

}
