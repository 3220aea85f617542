package io.agentotp.spring;

import io.agentotp.AgentOtpException;
import org.jspecify.annotations.Nullable;

/**
 * The guard itself refused a call; the body did not run. {@link #code()} tells why:
 * <ul>
 * <li>{@code ATTRIBUTE_INVALID}: an attribute of {@link RequiresPermission} could not be
 * evaluated, or evaluated to null</li>
 * <li>{@code ARGUMENT_NOT_BINDABLE}: an argument has no JSON form, see
 * {@link NotBound}</li>
 * <li>{@code CALL_CHANGED}: an argument has changed since the approver saw it</li>
 * <li>{@code SCOPE_NARROWED}: less was granted than asked for, and the method does not
 * take the grant as a parameter</li>
 * <li>{@code GRANT_MISMATCH}: the service granted another call</li>
 * </ul>
 */
public final class CallRefusedException extends AgentOtpException {

	/**
	 * Creates a refusal.
	 * @param code the error code
	 * @param message what is wrong and what to do
	 * @param cause the cause, or {@code null}
	 */
	public CallRefusedException(String code, String message, @Nullable Throwable cause) {
		super("guard", code, message, cause);
	}

}
