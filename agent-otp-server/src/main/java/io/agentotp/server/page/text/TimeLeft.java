package io.agentotp.server.page.text;

import java.time.Duration;
import java.time.Instant;

import io.agentotp.server.language.Messages;

/**
 * The time until an end, as the service counts it: the clock of a reader may be wrong.
 *
 * @param text the time, for people
 * @param milliseconds the time, for the script
 */
public record TimeLeft(String text, long milliseconds) {

	private static final long SOON = 60_000;

	/**
	 * The time until an end.
	 * @param now the present
	 * @param end the end
	 * @return the time
	 */
	public static TimeLeft of(Instant now, Instant end) {
		Duration left = Duration.between(now, end);
		return left.isNegative() ? new TimeLeft(Messages.get("time.none"), 0)
				: new TimeLeft(Moment.text(left), left.toMillis());
	}

	/**
	 * Whether it is the last minute.
	 * @return {@code true} if there is hardly time left
	 */
	public boolean soon() {
		return this.milliseconds <= SOON;
	}

}
