package io.agentotp.server.database;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;

import io.agentotp.server.failure.InvalidInputException;
import org.jspecify.annotations.Nullable;

/**
 * Moments, as both databases take and give them.
 */
public final class Times {

	// Beyond it a database has no moments, and nobody has records.
	private static final long MAX_SECONDS = 100_000_000_000L;

	private static final Instant EARLIEST = Instant.EPOCH;

	// Less than 292 years later: a duration in nanoseconds fits into a long.
	private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");

	private Times() {
	}

	/**
	 * Reads a moment that was sent.
	 * @param field the field or parameter
	 * @param value its value
	 * @return the moment
	 * @throws InvalidInputException if it is none, or beyond what the databases hold
	 */
	public static Instant parse(String field, String value) {
		try {
			Instant instant = Instant.parse(value);
			if (Math.abs(instant.getEpochSecond()) < MAX_SECONDS) {
				return instant;
			}
		}
		catch (DateTimeParseException ex) {
			// Answered below.
		}
		throw new InvalidInputException(field, "must be a moment such as 2026-01-31T12:00:00Z");
	}

	/**
	 * A moment as columns keep it. They would round one that is finer, and what is due
	 * now would be due a moment later.
	 * @param instant the moment
	 * @return the moment in whole microseconds, not later
	 */
	public static OffsetDateTime toDatabase(Instant instant) {
		return instant.truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
	}

	public static @Nullable OffsetDateTime toDatabaseOrNull(@Nullable Instant instant) {
		return (instant != null) ? toDatabase(instant) : null;
	}

	public static Instant get(ResultSet row, String column) throws SQLException {
		return fromDatabase(row.getObject(column, OffsetDateTime.class));
	}

	public static @Nullable Instant getOrNull(ResultSet row, String column) throws SQLException {
		OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
		return (value != null) ? fromDatabase(value) : null;
	}

	// Somebody may have written what nothing can show or count with, such as infinity.
	private static Instant fromDatabase(OffsetDateTime value) {
		Instant instant = value.toInstant();
		return instant.isBefore(EARLIEST) ? EARLIEST : instant.isAfter(LATEST) ? LATEST : instant;
	}

}
