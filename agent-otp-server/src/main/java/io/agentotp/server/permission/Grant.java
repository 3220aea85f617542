package io.agentotp.server.permission;

import java.time.Instant;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a permission is good for, and its token.
 *
 * @param scope the limits after policy and decision, never wider than those asked for
 * @param maxUses how often the token can be used
 * @param uses how often it was
 * @param nonce the random value that the token is derived from
 * @param tokenHash the hash of the token, once approved
 * @param secretId the secret that the token is derived from
 * @param expiresAt when the token expires, once approved
 * @param revokedAt when the permission was revoked
 */
public record Grant(ObjectNode scope, int maxUses, int uses, String nonce, @Nullable String tokenHash,
		@Nullable String secretId, @Nullable Instant expiresAt, @Nullable Instant revokedAt) {

	Grant approved(ObjectNode within, String hash, String secret, Instant end) {
		return new Grant(within, MaxUses.of(within), this.uses, this.nonce, hash, secret, end, this.revokedAt);
	}

	Grant narrowed(ObjectNode within) {
		return new Grant(within, MaxUses.of(within), this.uses, this.nonce, this.tokenHash, this.secretId,
				this.expiresAt, this.revokedAt);
	}

	Grant used(int count) {
		return new Grant(this.scope, this.maxUses, count, this.nonce, this.tokenHash, this.secretId, this.expiresAt,
				this.revokedAt);
	}

	Grant revoked(Instant now) {
		return new Grant(this.scope, this.maxUses, this.uses, this.nonce, this.tokenHash, this.secretId, this.expiresAt,
				now);
	}

	// The generated form would print what the token is derived from.
	@Override
	public String toString() {
		return "Grant[" + this.uses + " of " + this.maxUses + " uses]";
	}

}
