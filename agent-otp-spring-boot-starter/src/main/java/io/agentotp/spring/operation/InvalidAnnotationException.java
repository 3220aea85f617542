package io.agentotp.spring.operation;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * An annotation of the guard, or a rule for a tool, cannot be honoured as it stands.
 * Stops the start of the application.
 */
public final class InvalidAnnotationException extends RuntimeException {

	private final String problem;

	private final String remedy;

	/**
	 * Creates an exception.
	 * @param annotation the annotation
	 * @param element the method or class that it counts for
	 * @param problem what is wrong
	 * @param remedy what to change
	 */
	public InvalidAnnotationException(Class<? extends Annotation> annotation, AnnotatedElement element, String problem,
			String remedy) {
		this(place(annotation, element), problem, remedy, null);
	}

	/**
	 * Creates an exception.
	 * @param place where the mistake stands
	 * @param problem what is wrong
	 * @param remedy what to change
	 * @param cause the cause, or {@code null}
	 */
	public InvalidAnnotationException(String place, String problem, String remedy, @Nullable Throwable cause) {
		super(place + ": " + problem, cause);
		this.problem = place + ": " + problem;
		this.remedy = remedy;
	}

	/**
	 * Return what is not guarded and why.
	 * @return the problem
	 */
	public String problem() {
		return this.problem;
	}

	/**
	 * Return what to change.
	 * @return the remedy
	 */
	public String remedy() {
		return this.remedy;
	}

	/**
	 * Return how messages name the place of an annotation: a class, or a method with its
	 * class and the types of its parameters.
	 * @param annotation the annotation
	 * @param element the method or class that it counts for
	 * @return the place
	 */
	public static String place(Class<? extends Annotation> annotation, AnnotatedElement element) {
		return "@" + annotation.getSimpleName() + " on "
				+ ((element instanceof Method method)
						? method.getDeclaringClass().getName() + "." + method.getName()
								+ Arrays.stream(method.getParameterTypes())
									.map(Class::getSimpleName)
									.collect(Collectors.joining(", ", "(", ")"))
						: (element instanceof Class<?> type) ? type.getName() : element.toString());
	}

}
