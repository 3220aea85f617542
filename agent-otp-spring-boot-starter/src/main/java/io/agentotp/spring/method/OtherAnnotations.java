package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;

import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.util.ReflectionUtils;

/**
 * Stops the start if an annotation of somebody else calls a guarded method on the bean
 * itself, where no proxy guards it.
 */
final class OtherAnnotations {

	private static final Pattern MEMBER_OF_BEAN = Pattern
		.compile("(?:\\btarget|\\bthis|\\bget(?:Target|This)\\(\\s*\\))\\s*\\??\\.\\s*(\\w+)\\s*(\\(?)");

	private final List<Method> guarded;

	private final boolean interfaceProxy;

	/**
	 * Creates a check.
	 * @param guarded the guarded methods of the bean
	 * @param interfaceProxy whether the bean's proxy has its interfaces only: behind such
	 * a one, Resilience4j calls fallback methods on the bean itself
	 */
	OtherAnnotations(List<Method> guarded, boolean interfaceProxy) {
		this.guarded = guarded;
		this.interfaceProxy = interfaceProxy;
	}

	/**
	 * Looks at the annotations of a class and its methods.
	 * @throws InvalidAnnotationException if one calls a guarded method
	 */
	void verify(Class<?> type) {
		Stream.concat(Stream.of(type), Stream.of(ReflectionUtils.getUniqueDeclaredMethods(type)))
			.flatMap((element) -> MergedAnnotations.from(element, MergedAnnotations.SearchStrategy.TYPE_HIERARCHY)
				.stream())
			.filter((annotation) -> !annotation.getType().getName().startsWith("io.agentotp."))
			.forEach((annotation) -> verify(annotation.getType(),
					annotation.asMap(MergedAnnotation.Adapt.ANNOTATION_TO_MAP)));
	}

	private void verify(Class<?> annotation, Map<?, ?> attributes) {
		attributes.forEach((name, value) -> {
			Object[] values = (value instanceof Object[] several) ? several : new Object[] { value };
			for (Object each : values) {
				if (each instanceof Map<?, ?> nested) {
					verify(annotation, nested);
				}
				else if (each instanceof String text && !text.isEmpty()) {
					verify(annotation, String.valueOf(name), text);
				}
			}
		});
	}

	private void verify(Class<?> annotation, String attribute, String text) {
		for (Method method : this.guarded) {
			if (this.interfaceProxy && attribute.equals("fallbackMethod") && text.equals(method.getName())) {
				throw invalid(annotation, method, "Set spring.aop.proxy-target-class=true.");
			}
			if (calls(text, method)) {
				throw invalid(annotation, method,
						"Call it on a bean, such as @name in an expression, or use the arguments.");
			}
		}
	}

	/**
	 * Whether an expression calls the method on the bean itself, or reads it there as a
	 * property.
	 */
	private static boolean calls(String text, Method method) {
		return MEMBER_OF_BEAN.matcher(text).results().anyMatch((member) -> {
			String name = member.group(1);
			return member.group(2).isEmpty()
					? method.getName().equalsIgnoreCase("get" + name) || method.getName().equalsIgnoreCase("is" + name)
					: method.getName().equals(name);
		});
	}

	private static InvalidAnnotationException invalid(Class<?> annotation, Method method, String remedy) {
		return new InvalidAnnotationException(RequiresPermission.class, method, "the annotation @"
				+ annotation.getSimpleName() + " calls it on the bean itself, where nothing guards it", remedy);
	}

}
