package io.agentotp.spring.method;

import java.util.Set;
import java.util.stream.Collectors;

import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.ElementKind;
import jakarta.validation.Path;
import jakarta.validation.Validator;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.validation.annotation.Validated;
import org.springframework.validation.annotation.ValidationAnnotationUtils;
import org.springframework.validation.beanvalidation.MethodValidationAdapter;

/**
 * Validates the arguments of {@link Validated} beans with the application's validator
 * before anybody is asked: Spring's own validation runs inside the guard, so that a human
 * would approve a call that then fails.
 */
public final class ArgumentValidation {

	private final @Nullable MethodValidationAdapter adapter;

	/**
	 * Creates a validation.
	 * @param validator the application's validator, or {@code null} to let all arguments
	 * through
	 */
	public ArgumentValidation(@Nullable Validator validator) {
		this.adapter = (validator != null) ? new MethodValidationAdapter(validator) : null;
	}

	/**
	 * Validates the arguments of a call, as its bean is validated anyway.
	 * @throws ConstraintViolationException if they are invalid
	 */
	void validate(GuardedMethod guarded, @Nullable Object target, @Nullable Object[] arguments) {
		if (this.adapter == null || target == null
				|| !AnnotatedElementUtils.hasAnnotation(AopUtils.getTargetClass(target), Validated.class)) {
			return;
		}
		Class<?>[] groups = ValidationAnnotationUtils.determineValidationGroups(target, guarded.method());
		Set<ConstraintViolation<Object>> violations = this.adapter
			.invokeValidatorForArguments(target, guarded.method(), arguments, groups)
			.stream()
			.filter((violation) -> !isAboutTheGrant(guarded, violation))
			.collect(Collectors.toSet());
		if (!violations.isEmpty()) {
			throw new ConstraintViolationException(violations);
		}
	}

	/** The caller passes null for it; the guard fills it in. */
	private static boolean isAboutTheGrant(GuardedMethod guarded, ConstraintViolation<Object> violation) {
		for (Path.Node node : violation.getPropertyPath()) {
			if (node.getKind() == ElementKind.PARAMETER
					&& guarded.takesPermissionAt(node.as(Path.ParameterNode.class).getParameterIndex())) {
				return true;
			}
		}
		return false;
	}

}
