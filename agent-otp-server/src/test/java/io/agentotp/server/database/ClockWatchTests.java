package io.agentotp.server.database;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The clock of the database beside that of the node.
 */
class ClockWatchTests {

	private final JdbcClient jdbc = JdbcClient.create(new DriverManagerDataSource("jdbc:h2:mem:"));

	@Test
	void checkWhenTheClocksDifferThenTellsByHowMuch() {
		assertThat(ahead(600, 600)).isBetween(Duration.ofSeconds(540), Duration.ofSeconds(600));
		assertThat(ahead(-600, -600)).isBetween(Duration.ofSeconds(-660), Duration.ofSeconds(-600));
	}

	@Test
	void checkWhenOnlyAskingTakesLongThenNoDifference() {
		assertThat(ahead(-600, 600)).isZero();
	}

	// What the clock says before and after the database is asked, in seconds from now.
	private Duration ahead(long before, long after) {
		Instant now = Instant.now();
		Deque<Instant> times = new ArrayDeque<>(List.of(now.plusSeconds(before), now.plusSeconds(after)));
		return new ClockWatch(this.jdbc, times::remove).check();
	}

}
