package io.agentotp.spring.tool.langchain4j;

import java.util.ServiceLoader;

import dev.langchain4j.service.AiServiceContext;
import dev.langchain4j.service.tool.ToolService;
import dev.langchain4j.spi.services.AiServiceContextFactory;

/**
 * Makes every service take its tools through {@link GuardedToolService}, also those that
 * are made by hand. LangChain4j finds it as a Java service. It takes the context of
 * another such factory if there is one.
 */
public final class GuardedServiceContextFactory implements AiServiceContextFactory {

	/**
	 * Creates a factory.
	 */
	public GuardedServiceContextFactory() {
	}

	@Override
	public AiServiceContext create(Class<?> service) {
		AiServiceContext context = ServiceLoader.load(AiServiceContextFactory.class)
			.stream()
			.filter((other) -> other.type() != GuardedServiceContextFactory.class)
			.findFirst()
			.map((other) -> other.get().create(service))
			.orElseGet(() -> new Context(service));
		if (context.toolService.getClass() == ToolService.class) {
			context.toolService = new GuardedToolService();
		}
		return context;
	}

	/**
	 * Only subclasses can be made.
	 */
	private static final class Context extends AiServiceContext {

		Context(Class<?> service) {
			super(service);
		}

	}

}
