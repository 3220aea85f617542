package io.agentotp.spring.method;

import java.util.Set;
import java.util.stream.Collectors;

import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.ElementKind;
import jakarta.validation.Path;
import jakarta.validation.Validator;
import org.jspecify.annotations.Nullable;

import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.validation.annotation.Validated;
import org.springframework.validation.annotation.ValidationAnnotationUtils;
import org.springframework.validation.beanvalidation.MethodValidationAdapter;

/**
 * Validates the arguments of {@link Validated} beans with the application's validator.
 */
public final class BeanArgumentValidation implements ArgumentValidation {

	private final MethodValidationAdapter adapter;

	/**
	 * Creates a validation.
	 * @param validator the application's validator
	 */
	public BeanArgumentValidation(Validator validator) {
		this.adapter = new MethodValidationAdapter(validator);
	}

	@Override
	public void validate(GuardedMethod guarded, @Nullable Object target, @Nullable Object[] arguments) {
		if (target == null || !AnnotatedElementUtils.hasAnnotation(AopUtils.getTargetClass(target), Validated.class)) {
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
