package io.agentotp.spring.tool.langchain4j;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;

import dev.langchain4j.service.tool.ToolProvider;
import io.agentotp.spring.tool.InterfaceAdvice;
import io.agentotp.spring.tool.Tool;
import io.agentotp.spring.tool.ToolGuard;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Guards the tools that beans provide. The beans stay what the application has made of
 * them.
 */
public final class LangChain4jToolPostProcessor implements BeanPostProcessor, DisposableBean {

	private final Supplier<ToolGuard> guard;

	private final AtomicBoolean registering = new AtomicBoolean();

	private volatile @Nullable LangChain4jToolGuard registered;

	/**
	 * Creates a post-processor.
	 * @param guard supplies the guard, when the first provider is made
	 */
	public LangChain4jToolPostProcessor(Supplier<ToolGuard> guard) {
		this.guard = guard;
	}

	/**
	 * Describes the tools that a bean has.
	 * @param bean the bean
	 * @return its methods that are tools
	 */
	public static Stream<Tool> tools(Object bean) {
		return LangChain4jToolMethods.areIn(AopUtils.getTargetClass(bean))
				? LangChain4jToolMethods.find(bean).stream().map(LangChain4jToolMethods::describe) : Stream.empty();
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (!this.registering.getAndSet(true)) {
			// Before any bean can make a service.
			this.registered = new LangChain4jToolGuard(this.guard.get()).registered();
		}
		return (bean instanceof ToolProvider provider && !isGuarded(bean)) ? InterfaceAdvice.of(bean,
				ToolProvider.class, new LangChain4jToolGuard(this.guard.get()).guard(provider)) : bean;
	}

	@Override
	public void destroy() {
		LangChain4jToolGuard guard = this.registered;
		if (guard != null) {
			guard.unregister();
		}
	}

	private static boolean isGuarded(Object bean) {
		return bean instanceof GuardedToolProvider || bean instanceof AiServiceTools || InterfaceAdvice.isOne(bean);
	}

}
