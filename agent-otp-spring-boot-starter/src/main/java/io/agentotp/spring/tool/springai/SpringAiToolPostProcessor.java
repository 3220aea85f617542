package io.agentotp.spring.tool.springai;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

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
import org.springframework.core.ResolvableType;

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
		if (bean instanceof Supplier<?> supplier && !InterfaceAdvice.isOne(bean) && suppliesTools(beanName)) {
			Supplier<Object> guarded = () -> allGuarded(supplier.get());
			return InterfaceAdvice.of(bean, Supplier.class, guarded);
		}
		return allGuarded(bean);
	}

	private Object allGuarded(Object bean) {
		Object several = severalGuarded(bean);
		return (several != null) ? several : guarded(bean);
	}

	/** What it supplies shows only when it is asked. */
	private boolean suppliesTools(String beanName) {
		if (this.beanFactory == null || !this.beanFactory.containsBeanDefinition(beanName)) {
			return false;
		}
		ResolvableType supplied = this.beanFactory.getMergedBeanDefinition(beanName)
			.getResolvableType()
			.as(Supplier.class)
			.getGeneric();
		return Stream.concat(Stream.of(supplied, supplied.getComponentType()), Arrays.stream(supplied.getGenerics()))
			.map((type) -> type.resolve(Object.class))
			.anyMatch((type) -> ToolCallback.class.isAssignableFrom(type)
					|| ToolCallbackProvider.class.isAssignableFrom(type));
	}

	/**
	 * Guards what a bean holds that is no more than a container of tools.
	 * @return {@code null} for other beans
	 */
	@SuppressWarnings("unchecked") // what is guarded stays of its type
	private @Nullable Object severalGuarded(Object bean) {
		if (bean instanceof Object[] array && Arrays.stream(array).anyMatch(SpringAiToolPostProcessor::isTool)) {
			Arrays.setAll(array, (index) -> guardedElement(array[index]));
			return array;
		}
		if (bean instanceof Optional<?> optional && optional.filter(SpringAiToolPostProcessor::isTool).isPresent()) {
			return optional.map(this::guardedElement);
		}
		if (bean instanceof Map<?, ?> map && map.values().stream().anyMatch(SpringAiToolPostProcessor::isTool)) {
			Map<Object, Object> guarded = new LinkedHashMap<>((Map<Object, Object>) map);
			guarded.replaceAll((name, tool) -> guardedElement(tool));
			return inPlace(() -> ((Map<Object, Object>) map).putAll(guarded), map, guarded);
		}
		if (bean instanceof Collection<?> tools && tools.stream().anyMatch(SpringAiToolPostProcessor::isTool)) {
			List<Object> guarded = tools.stream().<Object>map(this::guardedElement).toList();
			return inPlace(() -> {
				tools.clear();
				((Collection<Object>) tools).addAll(guarded);
			}, tools, (tools instanceof Set<?>) ? new LinkedHashSet<>(guarded) : new ArrayList<>(guarded));
		}
		return null;
	}

	/** What cannot be changed is of a class that nobody can ask for. */
	private static Object inPlace(Runnable change, Object container, Object copy) {
		try {
			change.run();
			return container;
		}
		catch (UnsupportedOperationException ex) {
			return copy;
		}
	}

	private Object guardedElement(Object element) {
		return isTool(element) ? guarded(element) : element;
	}

	private static boolean isTool(@Nullable Object element) {
		return element instanceof ToolCallback || element instanceof ToolCallbackProvider;
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
