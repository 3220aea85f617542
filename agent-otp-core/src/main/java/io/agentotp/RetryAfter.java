package io.agentotp;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

import io.agentotp.transport.TransportResponse;
import org.jspecify.annotations.Nullable;

/**
 * Reads when the service wants to be asked again: {@code Retry-After} in seconds or as a
 * date, or {@code X-RateLimit-Reset} in epoch milliseconds, which is all that the
 * original service sends. Nonsense counts as absent.
 */
final class RetryAfter {

	private RetryAfter() {
	}

	static @Nullable Duration of(TransportResponse response, Instant now) {
		Duration header = response.header("Retry-After").map((value) -> parse(value.strip(), now)).orElse(null);
		if (header == null && response.status() == 429) {
			return response.header("X-RateLimit-Reset").map((value) -> untilMillis(value.strip(), now)).orElse(null);
		}
		return header;
	}

	private static @Nullable Duration parse(String value, Instant now) {
		try {
			long seconds = Long.parseLong(value);
			return (seconds >= 0) ? Duration.ofSeconds(seconds) : null;
		}
		catch (NumberFormatException notSeconds) {
			try {
				Instant date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
				return date.isAfter(now) ? Duration.between(now, date) : Duration.ZERO;
			}
			catch (DateTimeException notDate) {
				return null;
			}
		}
	}

	private static @Nullable Duration untilMillis(String value, Instant now) {
		try {
			Instant reset = Instant.ofEpochMilli(Long.parseLong(value));
			return reset.isAfter(now) ? Duration.between(now, reset) : Duration.ZERO;
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

}
