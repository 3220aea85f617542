package io.agentotp.spring.guard;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.Spliterator;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.BaseStream;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;
import org.jspecify.annotations.Nullable;

import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.http.HttpEntity;
import org.springframework.util.ClassUtils;

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

	private final Method method;

	/** A type can be a parameter of its own. */
	private final Set<Type> seen = new HashSet<>();

	private LaterResults(Method method) {
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
		Object content = (HTTP && result instanceof HttpEntity<?> entity) ? entity.getBody() : result;
		boolean isOpen = content != result || declared == Object.class || declared.isInterface();
		if (content != null
				&& (ClassUtils.isLambdaClass(content.getClass()) || (isOpen && isLaterClass(content.getClass())))) {
			throw new IllegalStateException(place + " returned a " + content.getClass().getName()
					+ ", whose work is done later, when the permission is used already. Declare that as its return type, "
					+ "or return the values themselves");
		}
	}

	private boolean isLater(Class<?> type) {
		// Those of Spring Data's repositories are lists.
		return isLaterClass(type) || (type == Iterable.class
				&& !this.method.getDeclaringClass().getName().startsWith("org.springframework."));
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
