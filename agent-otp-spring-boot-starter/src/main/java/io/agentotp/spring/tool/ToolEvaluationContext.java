package io.agentotp.spring.tool;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import io.agentotp.spring.operation.RequiredValues;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.expression.spel.support.StandardEvaluationContext;

/**
 * Lets expressions read the arguments of a tool.
 */
final class ToolEvaluationContext extends StandardEvaluationContext {

	private static final String OWNER = "the call";

	private final RequiredValues arguments;

	/**
	 * Creates a context.
	 * @param arguments all arguments, as JSON values
	 * @param sensitive those that are not in {@code #args}; where they must not be read
	 * by their name has been checked before
	 */
	ToolEvaluationContext(String tool, Map<String, @Nullable Object> arguments, Set<String> sensitive,
			ConfigurableBeanFactory beanFactory) {
		this.arguments = new RequiredValues(arguments, OWNER);
		Map<String, @Nullable Object> shown = new LinkedHashMap<>(arguments);
		shown.keySet().removeAll(sensitive);
		setVariable("args", new RequiredValues(shown, OWNER));
		setVariable("tool", tool);
		setBeanResolver(new BeanFactoryResolver(beanFactory));
	}

	@Override
	public @Nullable Object lookupVariable(String name) {
		Object value = super.lookupVariable(name);
		return (value != null) ? value : this.arguments.get(name);
	}

}
