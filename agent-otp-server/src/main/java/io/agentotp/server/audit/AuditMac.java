package io.agentotp.server.audit;

import java.time.Instant;

import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Tells rows that the service wrote from those that somebody else added: each gets a MAC
 * by the secret of tokens at the moment of writing. A random number in it makes two rows
 * that say the same differ, so a row that is there twice is a copy.
 */
@Component
final class AuditMac {

	private static final String KIND = "audit";

	private static final int NONCE = 16;

	private final Tokens tokens;

	AuditMac(Tokens tokens) {
		this.tokens = tokens;
	}

	/**
	 * The MAC of a row that is about to be written.
	 * @param at when it happened
	 * @param permissionId the permission
	 * @param agentId the agent
	 * @param row what happened
	 * @param details what else is known, as it is written
	 * @return the MAC
	 */
	String of(Instant at, @Nullable String permissionId, @Nullable String agentId, AuditLog.Row row, String details) {
		String nonce = Secrets.random().substring(0, NONCE);
		return nonce + ":" + this.tokens.seal(KIND, nonce, at.toString(), permissionId, agentId, row.event().text(),
				row.actor().name(), row.actor().address(), details, row.seal());
	}

	/**
	 * Marks a row if somebody else wrote or changed it.
	 * @param entry the row
	 * @param linked whether it was linked: then the service wrote it, maybe with a secret
	 * that it has given up
	 * @return the row
	 */
	AuditEntry mark(AuditEntry entry, boolean linked) {
		return switch (check(entry)) {
			case INTACT -> entry;
			case BROKEN -> entry.asForged();
			case UNKNOWN_SECRET -> linked ? entry : entry.asForged();
		};
	}

	/**
	 * Whether the service wrote a row.
	 * @param entry the row
	 * @return what was found
	 */
	Tokens.Seal check(AuditEntry entry) {
		String mac = entry.mac();
		if (mac.length() <= NONCE || mac.charAt(NONCE) != ':') {
			return Tokens.Seal.BROKEN;
		}
		return this.tokens.check(mac.substring(NONCE + 1), KIND, mac.substring(0, NONCE), entry.at().toString(),
				entry.permissionId(), entry.agentId(), entry.event(), entry.actor(), entry.address(), entry.text(),
				entry.seal());
	}

}
