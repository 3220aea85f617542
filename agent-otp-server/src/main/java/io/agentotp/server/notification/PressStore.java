package io.agentotp.server.notification;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.database.Times;
import io.agentotp.server.token.Secrets;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Remembers the presses in chats, so that one that is sent again counts on no node.
 */
@Component
class PressStore {

	// Longer than what is sent again is taken.
	private static final Duration KEPT = Duration.ofDays(2);

	private final JdbcClient jdbc;

	private final InstantSource clock;

	PressStore(JdbcClient jdbc, InstantSource clock) {
		this.jdbc = jdbc;
		this.clock = clock;
	}

	/**
	 * Whether a press comes for the first time.
	 * @param press the press
	 * @return {@code false} if it was there before
	 */
	boolean isFirst(ChatDecisions.Press press) {
		try {
			return this.jdbc.sql("INSERT INTO agentotp_press (channel, press_hash, at) VALUES (?, ?, ?)")
				.params(press.channel(), Secrets.sha256(press.id()), Times.toDatabase(this.clock.instant()))
				.update() == 1;
		}
		catch (DuplicateKeyException ex) {
			return false;
		}
	}

	@Scheduled(initialDelay = 10, fixedDelay = 60, timeUnit = TimeUnit.MINUTES)
	void forget() {
		Instant before = this.clock.instant().minus(KEPT);
		this.jdbc.sql("DELETE FROM agentotp_press WHERE at < ?").param(Times.toDatabase(before)).update();
	}

}
