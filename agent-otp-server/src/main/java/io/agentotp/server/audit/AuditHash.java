package io.agentotp.server.audit;

import io.agentotp.server.token.Secrets;

import org.jspecify.annotations.Nullable;

/**
 * The hashes of the chain. Each value goes in with its length, so that no two lists of
 * values give the same bytes.
 */
final class AuditHash {

	private AuditHash() {
	}

	/**
	 * What stands before the first row.
	 * @param chain the id of the database
	 * @return the hash
	 */
	static String genesis(String chain) {
		return hash("agent-otp-audit-genesis-v1", chain);
	}

	/**
	 * The link of a row.
	 * @param seq its place
	 * @param previous the hash of the link before it
	 * @param entry the row
	 * @return the hash
	 */
	static String link(long seq, String previous, AuditEntry entry) {
		return link(seq, previous, row(entry));
	}

	/**
	 * The link of a row of which nothing but its hash is known.
	 * @param seq its place
	 * @param previous the hash of the link before it
	 * @param row the hash of the row
	 * @return the hash
	 */
	static String link(long seq, String previous, String row) {
		return hash("agent-otp-audit-link-v1", String.valueOf(seq), previous, row);
	}

	static String row(AuditEntry entry) {
		return hash("agent-otp-audit-row-v1", String.valueOf(entry.id()), entry.at().toString(), entry.permissionId(),
				entry.agentId(), entry.event(), entry.actor(), entry.address(), entry.text(), entry.seal(),
				entry.mac());
	}

	private static String hash(@Nullable String... values) {
		return Secrets.sha256(Secrets.join(values));
	}

}
