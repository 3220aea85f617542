package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.PropertyValue;
import org.springframework.beans.factory.support.MergedBeanDefinitionPostProcessor;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.config.SmartInstantiationAwareBeanPostProcessor;
import org.springframework.beans.factory.config.InstantiationAwareBeanPostProcessor;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.Aware;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;

/**
 * The methods of a bean that the container calls on the object itself while it makes or
 * ends it: no proxy stands before them.
 */
final class ContainerCalls {

	private static final Set<String> ANNOTATIONS = Set.of("jakarta.annotation.PostConstruct",
			"jakarta.annotation.PreDestroy", "jakarta.annotation.Resource", "jakarta.inject.Inject",
			"jakarta.persistence.PersistenceContext", "jakarta.persistence.PersistenceUnit",
			"org.springframework.beans.factory.annotation.Autowired",
			"org.springframework.beans.factory.annotation.Value");

	private static final Set<Class<?>> CALLBACKS = Set.of(InitializingBean.class, DisposableBean.class,
			BeanFactoryPostProcessor.class, BeanDefinitionRegistryPostProcessor.class, BeanPostProcessor.class,
			InstantiationAwareBeanPostProcessor.class, SmartInstantiationAwareBeanPostProcessor.class,
			MergedBeanDefinitionPostProcessor.class, DestructionAwareBeanPostProcessor.class);

	/**
	 * Boot binds such a bean: it calls its setters, and the getters of what is nested.
	 */
	private static final String PROPERTIES = "org.springframework.boot.context.properties.ConfigurationProperties";

	/** Ends the name of a property that the container reads, to set what is inside. */
	private static final Pattern PATH = Pattern.compile("[.\\[]");

	private final Class<?> type;

	private final @Nullable RootBeanDefinition definition;

	/**
	 * Creates one.
	 * @param type the class of the bean
	 * @param definition how the container makes it, or {@code null} if it does not
	 */
	ContainerCalls(Class<?> type, @Nullable RootBeanDefinition definition) {
		this.type = type;
		this.definition = definition;
	}

	boolean contain(Method method) {
		return isAnnotated(method) || isOfContract(method) || isBound(method)
				|| (this.definition != null && (isInit(method, this.definition) || isDestroy(method, this.definition)
						|| isProperty(method, this.definition) || isManaged(method, this.definition)));
	}

	private static boolean isAnnotated(Method method) {
		MergedAnnotations annotations = MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY);
		return ANNOTATIONS.stream().anyMatch(annotations::isPresent);
	}

	private boolean isOfContract(Method method) {
		return Contracts.of(this.type)
			.stream()
			.filter((contract) -> CALLBACKS.contains(contract) || Aware.class.isAssignableFrom(contract)
					|| (FactoryBean.class.isAssignableFrom(contract)
							// What it makes is fetched through its proxy.
							&& !method.getName().equals("getObject")))
			.anyMatch((contract) -> ClassUtils.hasMethod(contract, method.getName(), method.getParameterTypes()));
	}

	private static boolean isInit(Method method, RootBeanDefinition definition) {
		return method.getParameterCount() == 0 && names(definition.getInitMethodNames()).contains(method.getName());
	}

	private boolean isDestroy(Method method, RootBeanDefinition definition) {
		return method.getParameterCount() <= 1 && !definition.isPrototype()
				&& destroyMethods(names(definition.getDestroyMethodNames())).anyMatch(method.getName()::equals);
	}

	private Stream<String> destroyMethods(List<String> names) {
		boolean closeable = AutoCloseable.class.isAssignableFrom(this.type)
				|| ExecutorService.class.isAssignableFrom(this.type);
		if (!names.contains(AbstractBeanDefinition.INFER_METHOD) && !(names.isEmpty() && closeable)) {
			return names.stream();
		}
		if (DisposableBean.class.isAssignableFrom(this.type)) {
			return Stream.empty();
		}
		if (ExecutorService.class.isAssignableFrom(this.type)) {
			return Stream.of("close", "shutdown");
		}
		return Stream.of(ClassUtils.hasMethod(this.type, "close") ? "close" : "shutdown");
	}

	/** What post-processors have found by annotations of whatever name. */
	private static boolean isManaged(Method method, RootBeanDefinition definition) {
		return definition.isExternallyManagedConfigMember(method)
				|| definition.isExternallyManagedInitMethod(method.getName())
				|| definition.isExternallyManagedDestroyMethod(method.getName());
	}

	private static boolean isProperty(Method method, RootBeanDefinition definition) {
		String name = method.getName();
		if (method.getParameterCount() == 0) {
			return definition.getPropertyValues()
				.stream()
				.map(PropertyValue::getName)
				.filter((path) -> PATH.matcher(path).find())
				.map((path) -> PATH.split(path, 2)[0])
				.anyMatch((first) -> name.equalsIgnoreCase("get" + first) || name.equalsIgnoreCase("is" + first));
		}
		if (!name.startsWith("set") || method.getParameterCount() != 1) {
			return false;
		}
		return definition.getPropertyValues()
			.stream()
			.anyMatch((property) -> property.getName().equalsIgnoreCase(name.substring(3)))
				|| definition.getResolvedAutowireMode() == AutowireCapableBeanFactory.AUTOWIRE_BY_NAME
				|| definition.getResolvedAutowireMode() == AutowireCapableBeanFactory.AUTOWIRE_BY_TYPE;
	}

	private boolean isBound(Method method) {
		String name = method.getName();
		boolean isAccessor = (method.getParameterCount() == 1) ? name.startsWith("set")
				: method.getParameterCount() == 0 && (name.startsWith("get") || name.startsWith("is"));
		Method factory = (this.definition != null) ? this.definition.getResolvedFactoryMethod() : null;
		return isAccessor && (MergedAnnotations.from(this.type, SearchStrategy.TYPE_HIERARCHY).isPresent(PROPERTIES)
				|| (factory != null && MergedAnnotations.from(factory).isPresent(PROPERTIES)));
	}

	private static List<String> names(String @Nullable [] names) {
		return (names != null) ? Arrays.asList(names) : List.of();
	}

}
