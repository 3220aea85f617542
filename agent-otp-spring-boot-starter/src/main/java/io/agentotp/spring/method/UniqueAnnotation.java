package io.agentotp.spring.method;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import io.agentotp.spring.operation.InvalidAnnotationException;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;
import org.springframework.util.ConcurrentReferenceHashMap;
import org.springframework.util.ReflectionUtils;

/**
 * Looks an annotation up of which one counts: that on the element itself, else what it
 * overrides, implements or inherits. Where two say different things, neither is taken.
 *
 * @param <A> the annotation
 */
public final class UniqueAnnotation<A extends Annotation> {

	private final Class<A> type;

	private final Function<A, String> name;

	private final Map<Class<?>, Boolean> declaring = new ConcurrentReferenceHashMap<>();

	private final Map<Class<?>, List<MergedAnnotation<A>>> classes = new ConcurrentReferenceHashMap<>();

	/**
	 * Creates a search.
	 * @param type the annotation
	 * @param name what a message calls one
	 */
	public UniqueAnnotation(Class<A> type, Function<A, String> name) {
		this.type = type;
		this.name = name;
	}

	/**
	 * Return the method as the application wrote it: that of the bean's class, but that
	 * of the interface where the class is a JDK proxy or a lambda, which knows neither
	 * parameter names nor annotations.
	 */
	static Method specific(Method method, @Nullable Class<?> targetClass) {
		Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
		Class<?> declaring = specific.getDeclaringClass();
		return (Proxy.isProxyClass(declaring) || ClassUtils.isLambdaClass(declaring))
				? ClassUtils.getInterfaceMethodIfPossible(specific, declaring) : specific;
	}

	/**
	 * Return whether the annotation stands anywhere on a class, on what it extends or
	 * implements, or on a method of these. Most classes have none, and each is looked at
	 * once.
	 * @param type the class
	 * @return whether there is anything to look for
	 */
	public boolean isIn(Class<?> type) {
		for (Class<?> declared = type; declared != null; declared = declared.getSuperclass()) {
			if (isDeclaredIn(declared)) {
				return true;
			}
		}
		return Contracts.of(type).stream().anyMatch(this::isDeclaredIn);
	}

	private boolean isDeclaredIn(Class<?> type) {
		if (type.getName().startsWith("java.")) {
			return false;
		}
		Boolean known = this.declaring.get(type);
		if (known == null) {
			AtomicBoolean found = new AtomicBoolean(MergedAnnotations.from(type).isPresent(this.type));
			if (!found.get()) {
				ReflectionUtils.doWithLocalMethods(type,
						(method) -> found.compareAndSet(false, MergedAnnotations.from(method).isPresent(this.type)));
			}
			known = found.get();
			this.declaring.put(type, known);
		}
		return known;
	}

	/**
	 * Return whether the annotation is on the method or on one that it overrides, and not
	 * only on its class.
	 */
	boolean isOnMethod(Method method) {
		return !annotations(method).isEmpty();
	}

	/**
	 * Finds the annotation of a method, also where the implementation is inherited from a
	 * class that does not know the annotated interface.
	 * @param method the method
	 * @param targetClass the class of the bean, or {@code null}
	 * @return the annotation
	 * @throws InvalidAnnotationException if there are two
	 */
	public Optional<A> onMethod(Method method, @Nullable Class<?> targetClass) {
		Method specific = specific(method, targetClass);
		List<MergedAnnotation<A>> found = new ArrayList<>(annotations(specific));
		if (isOwn(found)) {
			return unique(found, specific);
		}
		if (!specific.equals(method)) {
			found.addAll(annotations(method));
		}
		if (targetClass != null && specific.getDeclaringClass() != targetClass) {
			addFromInterfaces(specific, targetClass, found);
		}
		return unique(found, specific);
	}

	/**
	 * Finds the annotation of a class.
	 * @param type the class
	 * @param place what a message names
	 * @return the annotation
	 * @throws InvalidAnnotationException if there are two
	 */
	public Optional<A> onClass(Class<?> type, AnnotatedElement place) {
		List<MergedAnnotation<A>> known = this.classes.get(type);
		if (known == null) {
			known = annotations(MergedAnnotations.from(type, SearchStrategy.TYPE_HIERARCHY));
			this.classes.put(type, known);
		}
		return unique(known, place);
	}

	private List<MergedAnnotation<A>> annotations(Method method) {
		return annotations(MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY));
	}

	private List<MergedAnnotation<A>> annotations(MergedAnnotations annotations) {
		return annotations.stream(this.type).toList();
	}

	private boolean isOwn(List<MergedAnnotation<A>> found) {
		return !found.isEmpty() && found.get(0).getAggregateIndex() == 0;
	}

	/**
	 * Return the one on the element itself, else the only one that it inherits.
	 */
	private Optional<A> unique(List<MergedAnnotation<A>> found, AnnotatedElement place) {
		List<A> distinct = found.stream()
			.filter((annotation) -> !isOwn(found) || annotation.getAggregateIndex() == 0)
			.map(MergedAnnotation::synthesize)
			.distinct()
			.toList();
		if (distinct.size() > 1) {
			throw new InvalidAnnotationException(this.type, place,
					"it has " + distinct.size() + " competing annotations, for "
							+ String.join(" and ", distinct.stream().map(this.name).toList()),
					"Keep one: put the one that counts on the " + ((place instanceof Method) ? "method" : "class")
							+ " itself.");
		}
		return distinct.stream().findFirst();
	}

	private void addFromInterfaces(Method specific, Class<?> targetClass, List<MergedAnnotation<A>> found) {
		for (Class<?> type : ClassUtils.getAllInterfacesForClassAsSet(targetClass)) {
			for (Method candidate : type.getMethods()) {
				if (candidate.getName().equals(specific.getName())
						&& candidate.getParameterCount() == specific.getParameterCount()
						&& isImplementedBy(candidate, specific, targetClass)) {
					found.addAll(annotations(candidate));
				}
			}
		}
	}

	private static boolean isImplementedBy(Method candidate, Method specific, Class<?> targetClass) {
		for (int index = 0; index < candidate.getParameterCount(); index++) {
			Class<?> wanted = ResolvableType.forMethodParameter(candidate, index, targetClass).toClass();
			Class<?> given = ResolvableType.forMethodParameter(specific, index, targetClass).toClass();
			if (wanted != given) {
				return false;
			}
		}
		return true;
	}

}
