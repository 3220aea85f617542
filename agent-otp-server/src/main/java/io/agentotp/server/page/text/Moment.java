package io.agentotp.server.page.text;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.stream.Stream;

import io.agentotp.server.language.Messages;
import org.jspecify.annotations.Nullable;

/**
 * A moment as a page shows it. It may wait for the page in the session, which a host may
 * keep outside of memory.
 *
 * @param iso the moment, for the script
 * @param text the moment, for people
 */
public record Moment(String iso, String text) {

	/**
	 * A moment.
	 * @param instant the moment
	 * @return how it is shown
	 */
	public static Moment of(Instant instant) {
		return new Moment(instant.toString(),
				DateTimeFormatter.ofPattern(Messages.get("time.moment"), Messages.language())
					.withZone(ZoneOffset.UTC)
					.format(instant) + " UTC");
	}

	/**
	 * A moment that may be missing.
	 * @param instant the moment, or {@code null}
	 * @return how it is shown, or {@code null}
	 */
	public static @Nullable Moment ofNullable(@Nullable Instant instant) {
		return (instant != null) ? of(instant) : null;
	}

	/**
	 * How long ago a moment was.
	 * @param now the present
	 * @param at the moment
	 * @return the time since then, for people
	 */
	public static String ago(Instant now, Instant at) {
		Duration since = Duration.between(at, now);
		long count = (since.toDays() > 0) ? since.toDays()
				: (since.toHours() > 0) ? since.toHours() : since.toMinutes();
		String unit = (since.toDays() > 0) ? "days" : (since.toHours() > 0) ? "hours" : "minutes";
		return (count <= 0) ? Messages.get("time.just-now") : Messages.get("time.ago." + unit, count);
	}

	/**
	 * A duration, rounded down to seconds.
	 * @param duration the duration
	 * @return the duration, for people
	 */
	public static String text(Duration duration) {
		if (duration.toHours() > 0) {
			return text(duration.toHours(), "h", duration.toMinutesPart(), "min");
		}
		return (duration.toMinutes() > 0) ? text(duration.toMinutes(), "min", duration.toSecondsPart(), "s")
				: duration.toSeconds() + " s";
	}

	/**
	 * A duration in words, without rounding.
	 * @param duration the duration, of whole seconds
	 * @return such as {@code 2 minutes}
	 */
	public static String words(Duration duration) {
		long seconds = duration.toSeconds();
		ChronoUnit unit = Stream.of(ChronoUnit.DAYS, ChronoUnit.HOURS, ChronoUnit.MINUTES)
			.filter((each) -> seconds % each.getDuration().toSeconds() == 0)
			.findFirst()
			.orElse(ChronoUnit.SECONDS);
		return Messages.get("time.words." + unit.name().toLowerCase(Locale.ROOT),
				seconds / unit.getDuration().toSeconds());
	}

	private static String text(long large, String largeUnit, int small, String smallUnit) {
		return large + " " + largeUnit + ((small > 0) ? " " + small + " " + smallUnit : "");
	}

}
