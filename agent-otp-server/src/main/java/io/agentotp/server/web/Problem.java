package io.agentotp.server.web;

import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * How a failure is answered.
 *
 * @param status the status
 * @param code the code, for programs
 * @param text the text, for people
 * @param details what else is known, by name
 * @param retryAfter when to try again, {@code null} if that would not help
 */
public record Problem(int status, String code, String text, Map<String, ?> details, @Nullable Duration retryAfter) {

	public static Problem of(int status, String code, String text) {
		return new Problem(status, code, text, Map.of(), null);
	}

}
