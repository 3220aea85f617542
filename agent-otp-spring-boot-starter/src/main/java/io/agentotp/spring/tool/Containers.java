package io.agentotp.spring.tool;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.scope.ScopedObject;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.ResolvableType;
import org.springframework.util.ReflectionUtils;

/**
 * Guards what a bean holds that is no more than a container, at every depth. What is
 * guarded stays of its type.
 */
public final class Containers {

	private final UnaryOperator<Object> guard;

	private final Set<Object> around = Collections.newSetFromMap(new IdentityHashMap<>());

	private Containers(UnaryOperator<Object> guard) {
		this.guard = guard;
	}

	/**
	 * Guards a bean, what it holds, or what it supplies.
	 * @param bean the bean
	 * @param beanName its name
	 * @param beanFactory where it is defined, or {@code null} if that is not known
	 * @param isTool whether a class is one of those that are guarded
	 * @param guard returns what it does not guard
	 * @return the bean, or one of its class or kind in its place
	 */
	public static Object guarded(Object bean, String beanName, @Nullable ConfigurableListableBeanFactory beanFactory,
			Predicate<Class<?>> isTool, UnaryOperator<Object> guard) {
		if (bean instanceof Supplier<?> supplier && !InterfaceAdvice.isOne(bean)
				&& supplies(beanName, beanFactory, isTool)) {
			Supplier<Object> guarded = () -> guarded(supplier.get(), guard);
			return InterfaceAdvice.of(bean, Supplier.class, guarded);
		}
		return guarded(bean, guard);
	}

	/** What it supplies shows only when it is asked. */
	private static boolean supplies(String beanName, @Nullable ConfigurableListableBeanFactory beanFactory,
			Predicate<Class<?>> isTool) {
		return beanFactory != null && beanFactory.containsBeanDefinition(beanName) && mayHold(
				beanFactory.getMergedBeanDefinition(beanName).getResolvableType().as(Supplier.class).getGeneric(),
				isTool);
	}

	private static boolean mayHold(ResolvableType type, Predicate<Class<?>> isTool) {
		return isTool.test(type.resolve(Object.class)) || (type.isArray() && mayHold(type.getComponentType(), isTool))
				|| Arrays.stream(type.getGenerics()).anyMatch((generic) -> mayHold(generic, isTool));
	}

	/**
	 * Guards an object, or what it holds.
	 * @param bean the object
	 * @param guard returns what it does not guard
	 * @return the object, or one of its class or kind in its place
	 */
	public static Object guarded(Object bean, UnaryOperator<Object> guard) {
		return new Containers(guard).replaced(bean);
	}

	private Object replaced(Object value) {
		// Behind the proxy of a scope is a bean that is looked at when it is made.
		Object contained = (!(value instanceof ScopedObject) && this.around.add(value)) ? contained(value) : value;
		return (contained != value) ? contained : this.guard.apply(value);
	}

	private @Nullable Object element(@Nullable Object value) {
		return (value != null) ? replaced(value) : null;
	}

	@SuppressWarnings("unchecked")
	private Object contained(Object container) {
		if (container instanceof Object[] array) {
			Arrays.setAll(array, (index) -> element(array[index]));
		}
		else if (container instanceof Optional<?> optional && optional.isPresent()) {
			Object value = replaced(optional.get());
			return (value != optional.get()) ? Optional.of(value) : optional;
		}
		else if (container instanceof AtomicReference<?> reference) {
			((AtomicReference<@Nullable Object>) reference).set(element(reference.get()));
		}
		else if (container instanceof Map<?, ?> map) {
			Map<Object, @Nullable Object> copy = new LinkedHashMap<>(map);
			List<@Nullable Object> before = new ArrayList<>(copy.values());
			copy.replaceAll((key, value) -> element(value));
			return isSame(before, new ArrayList<>(copy.values())) ? map
					: inPlace(() -> ((Map<Object, @Nullable Object>) map).putAll(copy), map, copy);
		}
		else if (container instanceof Collection<?> values) {
			List<@Nullable Object> before = new ArrayList<>(values);
			List<@Nullable Object> copy = new ArrayList<>(before);
			copy.replaceAll(this::element);
			return isSame(before, copy) ? values : inPlace(() -> {
				values.clear();
				((Collection<@Nullable Object>) values).addAll(copy);
			}, values, (values instanceof Set<?>) ? new LinkedHashSet<>(copy) : copy);
		}
		else if (container instanceof Record) {
			return containedInRecord(container);
		}
		return container;
	}

	private Object containedInRecord(Object container) {
		RecordComponent[] components = container.getClass().getRecordComponents();
		List<@Nullable Object> before = new ArrayList<>();
		for (RecordComponent component : components) {
			if (!component.getAccessor().trySetAccessible()) {
				return container;
			}
			before.add(ReflectionUtils.invokeMethod(component.getAccessor(), container));
		}
		List<@Nullable Object> copy = new ArrayList<>(before);
		copy.replaceAll(this::element);
		if (isSame(before, copy)) {
			return container;
		}
		Class<?>[] types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
		try {
			Constructor<?> constructor = container.getClass().getDeclaredConstructor(types);
			return BeanUtils.instantiateClass(constructor, copy.toArray());
		}
		catch (NoSuchMethodException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static boolean isSame(List<?> before, List<?> after) {
		for (int index = 0; index < before.size(); index++) {
			if (before.get(index) != after.get(index)) {
				return false;
			}
		}
		return true;
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

}
