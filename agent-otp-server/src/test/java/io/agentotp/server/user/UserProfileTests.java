package io.agentotp.server.user;

import java.time.Instant;
import java.time.ZoneId;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * When people are not to be told what can wait.
 */
class UserProfileTests {

	@ParameterizedTest
	@CsvSource({ "22:00, 06:00, 2026-11-29T20:59:59Z,", "22:00, 06:00, 2026-11-29T21:00:00Z, 2026-11-30T05:00:00Z",
			"22:00, 06:00, 2026-11-30T04:59:59Z, 2026-11-30T05:00:00Z", "22:00, 06:00, 2026-11-30T05:00:00Z,",
			"12:00, 13:00, 2026-11-30T11:30:00Z, 2026-11-30T12:00:00Z", "12:00, 13:00, 2026-11-30T12:00:00Z,",
			// The hour from 2 to 3 comes twice, and on another day not at all.
			"22:00, 02:30, 2026-10-25T00:10:00Z, 2026-10-25T00:30:00Z",
			"22:00, 02:30, 2026-10-25T01:10:00Z, 2026-10-25T01:30:00Z", "22:00, 02:30, 2026-10-25T01:30:00Z,",
			"22:00, 02:30, 2026-03-29T00:30:00Z, 2026-03-29T01:30:00Z" })
	void quietUntilWhenAskedThenTheEndOfTheQuietTime(String from, String until, Instant now, Instant end) {
		UserProfile profile = UserProfile.NONE.withPreferences(null, "Europe/Berlin", from, until, false);
		assertThat(profile.quietUntil(now, ZoneId.of("UTC")).orElse(null)).isEqualTo(end);
	}

}
