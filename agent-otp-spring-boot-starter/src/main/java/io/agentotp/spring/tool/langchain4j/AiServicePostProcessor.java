package io.agentotp.spring.tool.langchain4j;

import java.util.Collection;
import java.util.function.Supplier;

import io.agentotp.spring.tool.ToolGuard;

import org.springframework.beans.MutablePropertyValues;
import org.springframework.beans.factory.config.ConstructorArgumentValues;
import org.springframework.beans.factory.support.MergedBeanDefinitionPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;

/**
 * Guards the tools of the services that LangChain4j's starter makes of interfaces with
 * {@code @AiService}. It would call their methods past the rules and show the model their
 * parameters that take the grant.
 */
public final class AiServicePostProcessor implements MergedBeanDefinitionPostProcessor {

	static final String FACTORY = "dev.langchain4j.service.spring.AiServiceFactory";

	static final String TOOLS = "tools";

	private static final String PROVIDER = "toolProvider";

	private final Supplier<ToolGuard> guard;

	/**
	 * Creates a post-processor.
	 * @param guard supplies the guard, when the first service is made
	 */
	public AiServicePostProcessor(Supplier<ToolGuard> guard) {
		this.guard = guard;
	}

	@Override
	public void postProcessMergedBeanDefinition(RootBeanDefinition definition, Class<?> type, String name) {
		MutablePropertyValues values = definition.getPropertyValues();
		if (!type.getName().equals(FACTORY) || !(values.get(TOOLS) instanceof Collection<?> tools) || tools.isEmpty()) {
			return;
		}
		RootBeanDefinition guarded = new RootBeanDefinition(AiServiceTools.class);
		ConstructorArgumentValues arguments = guarded.getConstructorArgumentValues();
		arguments.addIndexedArgumentValue(0, this.guard);
		arguments.addIndexedArgumentValue(1, tools);
		arguments.addIndexedArgumentValue(2, values.get(PROVIDER));
		values.removePropertyValue(TOOLS);
		values.add(PROVIDER, guarded);
	}

}
