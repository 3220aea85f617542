package io.agentotp.server.passkey;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

import io.agentotp.server.database.Times;
import org.jspecify.annotations.Nullable;

/**
 * A passkey of a person.
 *
 * @param credentialId its id, base64url
 * @param person whose it is
 * @param name how the person named it
 * @param publicKey the public key as the device gave it (COSE), base64url
 * @param keySpki the public key as X.509 has it (DER of SubjectPublicKeyInfo), base64url
 * @param algorithm what it signs with: {@code ES256}, {@code EdDSA} or {@code RS256}
 * @param backupEligible whether it may be on several devices
 * @param signCount how often it signed, 0 if the device does not count
 * @param backedUp whether it is on several devices, when it was last used
 * @param transports how a browser reaches it, such as {@code internal}
 * @param createdAt since when it is good
 * @param lastUsedAt when it was last used
 * @param revokedAt since when it is not good any more
 * @param revokedBy who revoked it, as the audit log names them
 */
public record Passkey(String credentialId, String person, String name, String publicKey, String keySpki,
		String algorithm, boolean backupEligible, long signCount, boolean backedUp, List<String> transports,
		Instant createdAt, @Nullable Instant lastUsedAt, @Nullable Instant revokedAt, @Nullable String revokedBy) {

	public Passkey {
		transports = List.copyOf(transports);
	}

	/**
	 * Whether it is good.
	 * @return {@code false} if it was revoked
	 */
	public boolean isActive() {
		return this.revokedAt == null;
	}

	static Passkey read(ResultSet row) throws SQLException {
		String transports = row.getString("transports");
		return new Passkey(row.getString("credential_id"), row.getString("person"), row.getString("name"),
				row.getString("public_key"), row.getString("key_spki"), row.getString("algorithm"),
				row.getBoolean("backup_eligible"), row.getLong("sign_count"), row.getBoolean("backed_up"),
				transports.isEmpty() ? List.of() : List.of(transports.split(",", -1)), Times.get(row, "created_at"),
				Times.getOrNull(row, "last_used_at"), Times.getOrNull(row, "revoked_at"), row.getString("revoked_by"));
	}

}
