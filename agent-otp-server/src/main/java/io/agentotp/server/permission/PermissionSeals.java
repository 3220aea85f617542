package io.agentotp.server.permission;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;

import io.agentotp.server.database.Times;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Seals the rows of permissions by the secret of tokens: what somebody else writes into
 * the database approves nothing. Uses are counted outside the seal, and compared with the
 * audit log.
 */
@Component
final class PermissionSeals {

	private static final String KIND = "permission";

	private final Tokens tokens;

	PermissionSeals(Tokens tokens) {
		this.tokens = tokens;
	}

	/**
	 * Seals a permission that is not stored yet.
	 * @param permission the permission
	 * @return the permission with its seal
	 */
	StoredPermission seal(StoredPermission permission) {
		PermissionRequest request = permission.request();
		PolicyTrace policy = permission.policy();
		String salt = Secrets.random();
		String requestedScope = Json.write(request.scope());
		Asked asked = new Asked(permission.id(), permission.agentId(), permission.asker().owner(),
				permission.asker().keySeenBy(), permission.asker().test(), request.action(), request.resource(),
				requestedScope, request.callDigest(), request.ttlSeconds(), permission.grant().nonce(),
				permission.createdAt(), permission.pendingUntil(), policy.id(), policy.name(), policy.version(),
				policy.routingText());
		String shown = asked.shown(salt, Json.write(request.context()), textOrNull(request.call()),
				textOrNull(policy.trace()));
		return seal(permission, salt, shown, asked.hash(shown), Json.write(permission.grant().scope()));
	}

	/**
	 * Seals what was decided.
	 * @param permission the permission as it will be
	 * @return the permission with its seal; that of a changed row stays broken
	 */
	StoredPermission decided(StoredPermission permission) {
		return seal(permission, Json.write(permission.grant().scope()));
	}

	/**
	 * Seals what was used, ended or revoked.
	 * @param permission the permission as it will be
	 * @return the permission with its seal; that of a changed row stays broken
	 */
	StoredPermission ended(StoredPermission permission) {
		return seal(permission, permission.seal().scope());
	}

	private StoredPermission seal(StoredPermission permission, String scope) {
		RowSeal seal = permission.seal();
		return permission.isIntact() ? seal(permission, seal.salt(), seal.shown(), seal.asked(), scope) : permission;
	}

	private StoredPermission seal(StoredPermission permission, @Nullable String salt, String shown, String asked,
			String scope) {
		Decision decision = permission.decision();
		Grant grant = permission.grant();
		String text = this.tokens.seal(KIND,
				values(asked, permission.status().text(), scope, grant.maxUses(), grant.tokenHash(), grant.secretId(),
						grant.expiresAt(), grant.revokedAt(), decision.at(), decision.by(), decision.reason(),
						decision.byOwner(), decision.votes()));
		return permission.sealed(new RowSeal(salt, shown, asked, scope, text));
	}

	/**
	 * Reads what shows that a row is as the service wrote it.
	 * @param row the row
	 * @return its seal
	 */
	static RowSeal read(ResultSet row) throws SQLException {
		String shown = String.valueOf(row.getString("shown_hash"));
		return new RowSeal(row.getString("salt"), shown, asked(row).hash(shown), row.getString("scope"),
				String.valueOf(row.getString("seal")));
	}

	/**
	 * Looks whether a row is as the service wrote it.
	 * @param row the row
	 * @param seal its seal
	 * @return what was found
	 */
	Tokens.Seal check(ResultSet row, RowSeal seal) throws SQLException {
		Tokens.Seal found = this.tokens.check(seal.text(), KIND,
				values(seal.asked(), row.getString("status"), seal.scope(), row.getInt("max_uses"),
						row.getString("token_hash"), row.getString("secret_id"), Times.getOrNull(row, "expires_at"),
						Times.getOrNull(row, "revoked_at"), Times.getOrNull(row, "decided_at"),
						row.getString("decided_by"), row.getString("reason"), row.getBoolean("by_owner"),
						row.getInt("votes")));
		return (found == Tokens.Seal.INTACT && !hasItsDetails(row, seal)) ? Tokens.Seal.BROKEN : found;
	}

	// Details go with their salt, and only from what is over.
	private static boolean hasItsDetails(ResultSet row, RowSeal seal) throws SQLException {
		boolean removed = row.getObject("details_removed_at") != null;
		String salt = seal.salt();
		if (salt == null || removed) {
			return salt == null && removed && "{}".equals(row.getString("context"))
					&& row.getString("bound_call") == null && row.getString("policy_trace") == null;
		}
		return asked(row)
			.shown(salt, row.getString("context"), row.getString("bound_call"), row.getString("policy_trace"))
			.equals(seal.shown());
	}

	private static Asked asked(ResultSet row) throws SQLException {
		return new Asked(row.getString("id"), row.getString("agent_id"), row.getString("asked_owner"),
				row.getString("asked_key_seen_by"), row.getBoolean("test"), row.getString("action"),
				row.getString("resource"), row.getString("requested_scope"), row.getString("call_digest"),
				row.getInt("ttl_seconds"), row.getString("nonce"), Times.get(row, "created_at"),
				Times.get(row, "pending_until"), row.getString("policy_id"), row.getString("policy_name"),
				row.getObject("policy_version", Long.class), row.getString("routing"));
	}

	private static @Nullable String[] values(@Nullable Object... values) {
		@Nullable String[] texts = new String[values.length];
		for (int i = 0; i < values.length; i++) {
			texts[i] = (values[i] != null) ? values[i].toString() : null;
		}
		return texts;
	}

	private static @Nullable String textOrNull(@Nullable Object json) {
		return (json != null) ? Json.write(json) : null;
	}

	/**
	 * What never changes of a permission, but for its details.
	 */
	private record Asked(String id, String agentId, @Nullable String owner, @Nullable String keySeenBy, boolean test,
			String action, @Nullable String resource, String scope, @Nullable String callDigest, int ttlSeconds,
			String nonce, Instant createdAt, Instant pendingUntil, @Nullable String policyId,
			@Nullable String policyName, @Nullable Long policyVersion, @Nullable String routing) {

		String shown(String salt, String context, @Nullable String call, @Nullable String trace) {
			return Secrets.sha256(Secrets.join(values("agent-otp-shown-v1", salt, this.id, this.agentId, this.owner,
					this.keySeenBy, this.test, this.action, this.resource, this.scope, context, this.callDigest, call,
					this.ttlSeconds, this.createdAt, this.pendingUntil, this.policyId, this.policyName,
					this.policyVersion, this.routing, trace)));
		}

		String hash(String shown) {
			return Secrets
				.sha256(Secrets.join(values(this.id, this.agentId, this.owner, this.keySeenBy, this.test, this.action,
						this.resource, this.scope, this.callDigest, this.ttlSeconds, this.nonce, this.createdAt,
						this.pendingUntil, this.policyId, this.policyName, this.policyVersion, this.routing, shown)));
		}

	}

}
