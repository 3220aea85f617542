package io.agentotp.spring.guard;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.ConcurrentModificationException;
import java.util.Deque;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.BaseStream;
import java.util.stream.Stream;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;
import org.jspecify.annotations.Nullable;

import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.http.HttpEntity;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Return types whose work is done when somebody uses the result, after the permission was
 * used. A future or a publisher is waited for, but not one inside another type.
 */
final class LaterResults {

	/** What Spring MVC ends on another thread, and what Kotlin computes on demand. */
	private static final Set<String> TYPES = Set.of("org.springframework.web.context.request.async.DeferredResult",
			"org.springframework.web.context.request.async.WebAsyncTask",
			"org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter", "kotlin.Lazy",
			"kotlin.sequences.Sequence", "kotlin.Function", "kotlinx.coroutines.flow.Flow", "kotlinx.coroutines.Job",
			"kotlinx.coroutines.channels.ReceiveChannel");

	/** Suppliers of what they hold, such as a page of Spring Data's. */
	private static final Set<String> VALUES = Set.of("org.springframework.data.util.Streamable");

	private static final boolean HTTP = ClassUtils.isPresent("org.springframework.http.HttpEntity",
			LaterResults.class.getClassLoader());

	/** Spring MVC writes them, or waits for them, when the method has returned. */
	private static final Set<String> RESPONSES = Set.of("org.springframework.web.servlet.function.AsyncServerResponse",
			"org.springframework.web.servlet.function.SseServerResponse",
			"org.springframework.web.servlet.function.StreamingServerResponse",
			"org.springframework.web.servlet.function.DefaultServerResponseBuilder$WriteFunctionResponse");

	private static final ClassValue<Boolean> LATER = new ClassValue<>() {

		@Override
		protected Boolean computeValue(Class<?> type) {
			return isLaterValue(type);
		}

	};

	/** An accessor may answer something else. */
	private static final ClassValue<List<Field>> COMPONENTS = new ClassValue<>() {

		@Override
		protected List<Field> computeValue(Class<?> type) {
			List<Field> components = Arrays.stream(type.getDeclaredFields())
				.filter((field) -> !Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive())
				.toList();
			if (!components.stream().allMatch(Field::trySetAccessible)) {
				throw new IllegalStateException(type.getName()
						+ " is in a package that is not open, so that nobody sees whether its work is done later");
			}
			return components;
		}

	};

	private final @Nullable Method method;

	/** A type can be a parameter of its own. */
	private final Set<Type> seen = new HashSet<>();

	private LaterResults(@Nullable Method method) {
		this.method = method;
	}

	/**
	 * Refuses such a method.
	 * @throws InvalidAnnotationException if the guard could not tell when it has ended
	 */
	static void refuse(Method method, Class<?> owner, ReturnKind kind) {
		boolean isSuspending = KotlinDetector.isSuspendingFunction(method);
		ResolvableType type = isSuspending
				? ResolvableType.forMethodParameter(method, method.getParameterCount() - 1, owner).getGeneric(0)
				: ResolvableType.forMethodReturnType(method, owner);
		LaterResults results = new LaterResults(method);
		Class<?> later = (kind == ReturnKind.VALUE || isSuspending) ? results.find(type) : results.findInside(type);
		if (later != null) {
			throw new InvalidAnnotationException(RequiresPermission.class, method,
					"its return type " + type + " lets work be done later (" + later.getName()
							+ "), when the permission is used already",
					"Return the values themselves, such as a List, or a CompletableFuture of them.");
		}
	}

	private @Nullable Class<?> find(ResolvableType type) {
		Class<?> resolved = type.resolve();
		if (resolved == null || resolved == Class.class || !this.seen.add(type.getType())) {
			return null;
		}
		if (resolved.isArray()) {
			return find(type.getComponentType());
		}
		if (isLater(resolved)) {
			return resolved;
		}
		Class<?> component = resolved.isRecord() ? findInComponents(resolved, type) : null;
		return (component != null) ? component : findInside(type);
	}

	private @Nullable Class<?> findInComponents(Class<?> type, ResolvableType owner) {
		for (RecordComponent component : type.getRecordComponents()) {
			Class<?> found = find(ResolvableType.forType(component.getGenericType(), owner));
			if (found != null) {
				return found;
			}
		}
		return null;
	}

	private @Nullable Class<?> findInside(ResolvableType type) {
		for (ResolvableType part : type.getGenerics()) {
			Class<?> found = find(part);
			if (found != null) {
				return found;
			}
		}
		return null;
	}

	/**
	 * Makes sure that a body has ended with what it returned, which its declared type did
	 * not tell.
	 * @param place what the method is called
	 * @param declared the class of its result
	 * @throws IllegalStateException if work would be done later, without its permission
	 */
	static void refuse(String place, Class<?> declared, Object result) {
		Class<?> later = later(result, declared);
		if (later != null) {
			throw new IllegalStateException(place + " returned a " + later.getName()
					+ ", whose work is done later, when the permission is used already. Declare that as its return type, "
					+ "or return the values themselves");
		}
	}

	private static @Nullable Class<?> later(Object result, Class<?> declared) {
		Set<Object> containers = Collections.newSetFromMap(new IdentityHashMap<>());
		Deque<Object> left = new ArrayDeque<>(List.of(result));
		while (!left.isEmpty()) {
			Object value = left.pop();
			Class<?> type = value.getClass();
			if (ClassUtils.isLambdaClass(type) || ((value != result || type != declared) && LATER.get(type))) {
				return type;
			}
			List<?> parts = parts(value);
			if (!parts.isEmpty() && containers.add(value)) {
				parts.stream().filter(Objects::nonNull).forEach(left::push);
			}
		}
		return null;
	}

	/** Of records and the JDK's containers only: reading others may do work. */
	private static List<? extends @Nullable Object> parts(Object container) {
		if (HTTP && container instanceof HttpEntity<?> entity) {
			return Collections.singletonList(entity.getBody());
		}
		if (container instanceof Object[] array) {
			return Arrays.asList(array);
		}
		if (container instanceof Record) {
			return COMPONENTS.get(container.getClass())
				.stream()
				.<@Nullable Object>map((field) -> ReflectionUtils.getField(field, container))
				.toList();
		}
		if (!container.getClass().getName().startsWith("java.util.")) {
			return List.of();
		}
		if (container instanceof Optional<?> optional) {
			return Collections.singletonList(optional.orElse(null));
		}
		if (container instanceof AtomicReference<?> reference) {
			return Collections.singletonList(reference.get());
		}
		if (container instanceof Map.Entry<?, ?> entry) {
			return Arrays.asList(entry.getKey(), entry.getValue());
		}
		try {
			if (container instanceof Map<?, ?> map) {
				return Stream.<@Nullable Object>concat(map.keySet().stream(), map.values().stream()).toList();
			}
			return (container instanceof Collection<?> collection) ? Arrays.asList(collection.toArray()) : List.of();
		}
		catch (ConcurrentModificationException ex) {
			// Others fill it, and the body has ended.
			return List.of();
		}
	}

	private boolean isLater(Class<?> type) {
		// Those of Spring Data's repositories are lists.
		return isLaterClass(type) || (type == Iterable.class && this.method != null
				&& !this.method.getDeclaringClass().getName().startsWith("org.springframework."));
	}

	private static boolean isLaterValue(Class<?> type) {
		return isLaterClass(type) || isNamed(RESPONSES, type) || (type.isRecord()
				&& new LaterResults(null).findInComponents(type, ResolvableType.forClass(type)) != null);
	}

	private static boolean isLaterClass(Class<?> type) {
		if (type.isPrimitive() || type == Object.class || type == String.class) {
			return false;
		}
		return type.isAnnotationPresent(FunctionalInterface.class) || Callable.class.isAssignableFrom(type)
				|| Runnable.class.isAssignableFrom(type)
				|| (Supplier.class.isAssignableFrom(type) && !isNamed(VALUES, type))
				|| Iterator.class.isAssignableFrom(type) || BaseStream.class.isAssignableFrom(type)
				|| Spliterator.class.isAssignableFrom(type) || Enumeration.class.isAssignableFrom(type)
				|| Future.class.isAssignableFrom(type) || CompletionStage.class.isAssignableFrom(type)
				|| isNamed(TYPES, type) || (!type.getName().startsWith("java.lang.")
						&& ReactiveAdapterRegistry.getSharedInstance().getAdapter(type) != null);
	}

	private static boolean isNamed(Set<String> names, @Nullable Class<?> type) {
		if (type == null) {
			return false;
		}
		if (names.contains(type.getName()) || isNamed(names, type.getSuperclass())) {
			return true;
		}
		for (Class<?> contract : type.getInterfaces()) {
			if (isNamed(names, contract)) {
				return true;
			}
		}
		return false;
	}

}
