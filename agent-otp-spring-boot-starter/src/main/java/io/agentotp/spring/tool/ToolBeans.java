package io.agentotp.spring.tool;

import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Stream;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Tells the guard at start-up which methods of beans are tools, before anything offers
 * them to a model: so that the start shows what is wrong with one.
 */
public final class ToolBeans implements SmartInitializingSingleton {

	private final ConfigurableListableBeanFactory beanFactory;

	private final ToolGuard guard;

	private final Function<Object, Stream<Tool>> tools;

	/**
	 * Creates one.
	 * @param beanFactory has the beans
	 * @param guard is told their tools
	 * @param tools describes the tools that a bean has
	 */
	public ToolBeans(ConfigurableListableBeanFactory beanFactory, ToolGuard guard,
			Function<Object, Stream<Tool>> tools) {
		this.beanFactory = beanFactory;
		this.guard = guard;
		this.tools = tools;
	}

	@Override
	public void afterSingletonsInstantiated() {
		Arrays.stream(this.beanFactory.getSingletonNames())
			.map((name) -> this.beanFactory.getSingleton(name))
			.filter((bean) -> bean != null && !isFrameworks(AopUtils.getTargetClass(bean)))
			.flatMap(this.tools)
			.forEach(this.guard::protect);
	}

	private static boolean isFrameworks(Class<?> type) {
		String name = type.getName();
		return name.startsWith("java.")
				|| (name.startsWith("org.springframework.") && !name.startsWith("org.springframework.ai."));
	}

}
