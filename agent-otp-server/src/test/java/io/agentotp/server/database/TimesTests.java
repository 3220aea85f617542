package io.agentotp.server.database;

import java.time.Instant;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Moments on their way to columns of microseconds.
 */
class TimesTests {

	@ParameterizedTest
	@ValueSource(strings = { "2026-11-30T17:05:58.087302999Z", "2026-11-30T17:05:58.999999999Z",
			"2026-11-30T17:05:58.087302Z" })
	void toDatabaseWhenFinerThanColumnsThenInWholeMicrosecondsAndNotLater(Instant instant) {
		Instant stored = Times.toDatabase(instant).toInstant();
		assertThat(stored.getNano() % 1000).isZero();
		assertThat(stored).isBeforeOrEqualTo(instant).isAfter(instant.minusNanos(1000));
	}

}
