package io.agentotp.server.database;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

import org.jspecify.annotations.Nullable;

/**
 * Moments, as both databases take and give them.
 */
public final class Times {

	private Times() {
	}

	public static OffsetDateTime toDatabase(Instant instant) {
		return instant.atOffset(ZoneOffset.UTC);
	}

	public static @Nullable OffsetDateTime toDatabaseOrNull(@Nullable Instant instant) {
		return (instant != null) ? toDatabase(instant) : null;
	}

	public static Instant get(ResultSet row, String column) throws SQLException {
		return row.getObject(column, OffsetDateTime.class).toInstant();
	}

	public static @Nullable Instant getOrNull(ResultSet row, String column) throws SQLException {
		OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
		return (value != null) ? value.toInstant() : null;
	}

}
