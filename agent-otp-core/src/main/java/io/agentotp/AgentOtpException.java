package io.agentotp;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * Base of everything that can go wrong. Unchecked; no message, detail or cause carries a
 * token, an API key or a body.
 */
public abstract class AgentOtpException extends RuntimeException {

	private final String code;

	private final CallInfo call;

	AgentOtpException(String code, String message, CallInfo call, @Nullable Throwable cause) {
		super(call.describe(code, Answers.printable(message)), cause);
		this.code = code;
		this.call = call;
	}

	/**
	 * Creates an error that no answer of the service stands behind, such as the refusal
	 * of a guard.
	 * @param operation what was refused
	 * @param code the error code
	 * @param message what is wrong and what to do, without secrets
	 * @param cause the cause, or {@code null}
	 */
	protected AgentOtpException(String operation, String code, String message, @Nullable Throwable cause) {
		this(code, message, CallInfo.local(operation), cause);
	}

	/**
	 * Return the error code, such as {@code VALIDATION_ERROR}: the service's own where it
	 * gave one.
	 * @return the code
	 */
	public String code() {
		return this.code;
	}

	/**
	 * Return the operation that failed, such as {@code request} or {@code use}.
	 * @return the operation
	 */
	public String operation() {
		return this.call.operation();
	}

	/**
	 * Return the HTTP status.
	 * @return the status, or 0 if there was no answer
	 */
	public int status() {
		return this.call.status();
	}

	/**
	 * Return the id under which the service has logged the request.
	 * @return the id, or empty
	 */
	public Optional<String> requestId() {
		return Optional.ofNullable(this.call.requestId());
	}

	/**
	 * Return how often the request was sent.
	 * @return the number of attempts, 0 if none was made
	 */
	public int attempts() {
		return this.call.attempts();
	}

	/**
	 * Return what is wrong with each field.
	 * @return field to message, empty if the error names no field
	 */
	public Map<String, String> details() {
		return Map.of();
	}

	/**
	 * Return how long the service asks to wait before the next try.
	 * @return the time, or empty
	 */
	public Optional<Duration> retryAfter() {
		return Optional.empty();
	}

}
