package io.agentotp.server.user;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;

import io.agentotp.server.database.Times;
import org.jspecify.annotations.Nullable;

/**
 * Where a person is told, and by what the person is known in a chat.
 *
 * @param id its id
 * @param user whose it is
 * @param channel the name of the channel
 * @param address the address in the channel: in a chat the stable id of the person
 * @param secrets what else the channel needs, as JSON, or {@code null}
 * @param configured whether it comes from the configuration, so that only that can remove
 * it
 * @param createdAt since when it is known
 * @param problem why nothing is sent there any more, or {@code null}
 */
public record Address(String id, String user, String channel, String address, @Nullable String secrets,
		boolean configured, Instant createdAt, @Nullable String problem) {

	static Address read(ResultSet row) throws SQLException {
		return new Address(row.getString("id"), row.getString("user_name"), row.getString("channel"),
				row.getString("address"), row.getString("secrets"), row.getBoolean("configured"),
				Times.get(row, "created_at"), row.getString("problem"));
	}

	@Override
	public String toString() {
		return "Address[" + this.user + ", " + this.channel + "]";
	}

}
