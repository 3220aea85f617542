package io.agentotp.server.permission;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/**
 * The present moment, as precise as databases and answers keep it.
 */
final class Now {

	private Now() {
	}

	static Instant of(InstantSource clock) {
		return clock.instant().truncatedTo(ChronoUnit.MILLIS);
	}

}
