package io.agentotp.server.problem;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A refusal with the status, code and details that the caller gets.
 */
public final class Problem extends RuntimeException {

	private final int status;

	private final String code;

	private final transient Map<String, ?> details;

	private final @Nullable Duration retryAfter;

	private Problem(int status, String code, String message, Map<String, ?> details, @Nullable Duration retryAfter) {
		super(message, null, false, false);
		this.status = status;
		this.code = code;
		this.details = details;
		this.retryAfter = retryAfter;
	}

	public static Problem of(int status, String code, String message) {
		return new Problem(status, code, message, Map.of(), null);
	}

	/**
	 * Input that cannot be used.
	 * @param fields what is wrong, by field
	 * @return the problem
	 */
	public static Problem invalid(Map<String, String> fields) {
		String message = "The request is not valid: " + String.join("; ",
				fields.entrySet().stream().map((field) -> field.getKey() + " " + field.getValue()).toList());
		return new Problem(400, "VALIDATION_ERROR", message, Collections.unmodifiableMap(new LinkedHashMap<>(fields)),
				null);
	}

	public static Problem invalid(String field, String message) {
		return invalid(Map.of(field, message));
	}

	public static Problem notFound(String message) {
		return of(404, "NOT_FOUND", message);
	}

	public static Problem forbidden(String message) {
		return of(403, "FORBIDDEN", message);
	}

	public static Problem conflict(String message, Map<String, ?> details) {
		return new Problem(409, "CONFLICT", message, details, null);
	}

	public static Problem retryLater(int status, String code, String message, Duration retryAfter) {
		return new Problem(status, code, message, Map.of(), retryAfter);
	}

	public int status() {
		return this.status;
	}

	public String code() {
		return this.code;
	}

	public Map<String, ?> details() {
		return this.details;
	}

	public @Nullable Duration retryAfter() {
		return this.retryAfter;
	}

	public String text() {
		String message = getMessage();
		return (message != null) ? message : this.code;
	}

}
