package io.agentotp.server.api;

import java.util.regex.Pattern;

import io.agentotp.server.failure.InvalidInputException;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * The key that makes a repeated request the same request.
 */
final class IdempotencyKey {

	private static final String HEADER = "Idempotency-Key";

	private static final Pattern WELL_FORMED = Pattern.compile("[\\x21-\\x7e]{1,255}");

	private IdempotencyKey() {
	}

	static @Nullable String of(HttpServletRequest request) {
		String key = request.getHeader(HEADER);
		if (key != null && !WELL_FORMED.matcher(key).matches()) {
			throw new InvalidInputException(HEADER, "must have 1 to 255 visible ASCII characters");
		}
		return key;
	}

}
