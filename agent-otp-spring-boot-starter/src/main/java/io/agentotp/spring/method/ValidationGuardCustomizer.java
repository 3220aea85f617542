package io.agentotp.spring.method;

import jakarta.validation.Validator;

/**
 * Lets bean validation see the arguments before anybody is asked.
 */
public final class ValidationGuardCustomizer implements PermissionGuardCustomizer {

	private final Validator validator;

	/**
	 * Creates a customizer.
	 * @param validator the application's validator
	 */
	public ValidationGuardCustomizer(Validator validator) {
		this.validator = validator;
	}

	@Override
	public void customize(PermissionGuard.Builder builder) {
		builder.validation(new BeanArgumentValidation(this.validator));
	}

}
