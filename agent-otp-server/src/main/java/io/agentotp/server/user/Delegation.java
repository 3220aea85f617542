package io.agentotp.server.user;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;

import io.agentotp.server.database.Times;
import org.jspecify.annotations.Nullable;

/**
 * A time for which one person decides for another.
 *
 * @param id its id
 * @param from who is away
 * @param to who decides for them
 * @param startsAt from when
 * @param endsAt until when
 * @param createdBy who set it, as the audit log names them
 * @param endedAt when somebody ended it, or {@code null}
 */
public record Delegation(String id, String from, String to, Instant startsAt, Instant endsAt, String createdBy,
		@Nullable Instant endedAt) {

	static Delegation read(ResultSet row) throws SQLException {
		return new Delegation(row.getString("id"), row.getString("from_user"), row.getString("to_user"),
				Times.get(row, "starts_at"), Times.get(row, "ends_at"), row.getString("created_by"),
				Times.getOrNull(row, "ended_at"));
	}

	boolean isOpen(Instant at) {
		return this.endedAt == null && this.endsAt.isAfter(at);
	}

}
