package io.agentotp.spring.tool.springai;

import java.util.function.Supplier;
import java.util.stream.Stream;

import io.agentotp.spring.tool.Containers;
import io.agentotp.spring.tool.InterfaceAdvice;
import io.agentotp.spring.tool.Tool;
import io.agentotp.spring.tool.ToolGuard;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.execution.ToolExecutionExceptionProcessor;
import org.springframework.ai.tool.resolution.ToolCallbackResolver;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Guards the beans of Spring AI that offer or call tools: none of them sees all tools.
 * The beans stay what the application has made of them.
 */
public final class SpringAiToolPostProcessor implements BeanPostProcessor, BeanFactoryAware {

	private final Supplier<ToolGuard> guard;

	private @Nullable ConfigurableListableBeanFactory beanFactory;

	/**
	 * Creates a post-processor.
	 * @param guard supplies the guard, when the first of those beans is made
	 */
	public SpringAiToolPostProcessor(Supplier<ToolGuard> guard) {
		this.guard = guard;
	}

	/**
	 * Describes the tools that a bean has.
	 * @param bean the bean
	 * @return its methods that are tools
	 */
	public static Stream<Tool> tools(Object bean) {
		return ToolCallbacks.in(bean);
	}

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		this.beanFactory = (beanFactory instanceof ConfigurableListableBeanFactory known) ? known : null;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		return Containers.guarded(bean, beanName, this.beanFactory, (type) -> ToolCallback.class.isAssignableFrom(type)
				|| ToolCallbackProvider.class.isAssignableFrom(type), this::guarded);
	}

	private Object guarded(Object bean) {
		Object guarded = bean;
		if (bean instanceof ToolCallback callback && !isGuarded(bean)
				&& (InterfaceAdvice.canBeSubclassed(bean, ToolCallback.class) || !guard().leavesAlone(callback))) {
			guarded = InterfaceAdvice.of(guarded, ToolCallback.class, guard().guard(callback));
		}
		if (bean instanceof ToolCallbackProvider provider && !isGuarded(bean)
				&& (InterfaceAdvice.canBeSubclassed(bean, ToolCallbackProvider.class)
						|| !guard().leavesAlone(provider))) {
			guarded = InterfaceAdvice.of(guarded, ToolCallbackProvider.class, guard().guard(provider));
		}
		if (bean instanceof ToolCallbackResolver resolver && !isGuarded(bean)) {
			guarded = InterfaceAdvice.of(guarded, ToolCallbackResolver.class, guard().guard(resolver));
		}
		if (bean instanceof ToolCallingManager manager && !isGuarded(bean)) {
			guarded = InterfaceAdvice.of(guarded, ToolCallingManager.class, guard().guard(manager));
		}
		if (bean instanceof ToolExecutionExceptionProcessor processor && !isGuarded(bean)) {
			guarded = InterfaceAdvice.of(guarded, ToolExecutionExceptionProcessor.class,
					SpringAiToolGuard.tellingRefusals(processor));
		}
		return guarded;
	}

	static boolean isGuarded(Object bean) {
		return bean instanceof GuardedToolCallback || bean instanceof GuardedToolCallingManager
				|| InterfaceAdvice.isOne(bean);
	}

	private SpringAiToolGuard guard() {
		return new SpringAiToolGuard(this.guard.get());
	}

}
