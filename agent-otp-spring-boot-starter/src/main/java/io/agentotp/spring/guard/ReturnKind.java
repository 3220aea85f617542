package io.agentotp.spring.guard;

import java.lang.reflect.Method;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;

import org.springframework.core.GenericTypeResolver;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodParameter;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.util.ClassUtils;

/**
 * When the result of a guarded method is there, and so when its permission is used.
 */
public enum ReturnKind {

	/** When the method returns. */
	VALUE,

	/** When the future completes. */
	STAGE,

	/** When the publisher of one value completes. */
	SINGLE,

	/** When the publisher of many values completes. */
	STREAM;

	private static final boolean REACTOR = ClassUtils.isPresent("reactor.core.publisher.Mono",
			ReturnKind.class.getClassLoader());

	/**
	 * Finds out how a method returns.
	 * @param method the method
	 * @param owner the class of the bean, which may say what a type parameter is
	 * @return when its result is there
	 * @throws InvalidAnnotationException if the guard could not tell when it has ended
	 */
	public static ReturnKind of(Method method, Class<?> owner) {
		ReturnKind kind = kind(method, returned(method, owner));
		LaterResults.refuse(method, owner, kind);
		return kind;
	}

	private static Class<?> returned(Method method, Class<?> owner) {
		try {
			return GenericTypeResolver.resolveReturnType(method, owner);
		}
		catch (NoSuchElementException ex) {
			// Kotlin's reflection fails at Nothing, and so would Spring's proxy.
			throw new InvalidAnnotationException(RequiresPermission.class, method,
					"no proxy can tell the return type Nothing of a suspending function",
					"Declare Unit as its return type.");
		}
	}

	/**
	 * Makes sure that a body has ended with what it returned: a declared type such as
	 * {@code Object}, {@code ResponseEntity<?>} or an interface does not tell.
	 * @param place what the method is called
	 * @param declared the class of its result
	 * @param result what it returned
	 * @throws IllegalStateException if work would be done later, without its permission
	 */
	public static void requireEnded(String place, Class<?> declared, Object result) {
		LaterResults.refuse(place, declared, result);
	}

	private static ReturnKind kind(Method method, Class<?> type) {
		if (KotlinDetector.isSuspendingFunction(method)) {
			return requireReactor(method, isFlow(method) ? STREAM : SINGLE);
		}
		if (CompletionStage.class.isAssignableFrom(type) && type.isAssignableFrom(CompletableFuture.class)) {
			return STAGE;
		}
		if (CompletionStage.class.isAssignableFrom(type) || Future.class.isAssignableFrom(type)) {
			throw new InvalidAnnotationException(RequiresPermission.class, method,
					"its return type " + type.getName() + " does not tell the guard when it is complete",
					"Return a CompletableFuture or a CompletionStage.");
		}
		if (type.isPrimitive() || type.getName().startsWith("java.lang.")) {
			// Spares the start the registry, which looks for all reactive libraries.
			return VALUE;
		}
		ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(type);
		if (adapter != null) {
			if (!type.isAssignableFrom(adapter.getReactiveType())) {
				throw new InvalidAnnotationException(RequiresPermission.class, method,
						"its return type " + type.getName() + " cannot be made of what asks first",
						"Return a " + adapter.getReactiveType().getName() + ".");
			}
			return requireReactor(method, adapter.isMultiValue() ? STREAM : SINGLE);
		}
		return VALUE;
	}

	/** As Spring's own proxies tell it. */
	private static boolean isFlow(Method method) {
		return "kotlinx.coroutines.flow.Flow".equals(new MethodParameter(method, -1).getParameterType().getName());
	}

	private static ReturnKind requireReactor(Method method, ReturnKind kind) {
		if (!REACTOR) {
			throw new InvalidAnnotationException(RequiresPermission.class, method,
					"its return type is reactive, but Reactor is not there",
					"Add io.projectreactor:reactor-core to the dependencies.");
		}
		return kind;
	}

}
