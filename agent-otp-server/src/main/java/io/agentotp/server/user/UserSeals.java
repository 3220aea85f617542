package io.agentotp.server.user;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;

import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.SealedTable;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The users. One that somebody else wrote into the database is nobody.
 */
@Component
final class UserSeals extends SealedTable {

	/**
	 * What is said of a user that somebody changed in the database.
	 */
	static final String CHANGED = "This user was changed in the database and can do nothing. "
			+ "End it, and add another one";

	/**
	 * What is said of one that the configuration has.
	 */
	static final String CONFIGURED = "It was changed in the database and can do nothing, "
			+ "until the next start puts it back";

	UserSeals(JdbcClient jdbc, Tokens tokens) {
		super(jdbc, tokens, "agentotp_user", "name",
				List.of("password_hash", "key_hash", "roles", "generated", "active", "created_at", "configured",
						"password_temporary", "link_hash", "link_until", "ended_at", "member_of", "language",
						"time_zone", "issuer", "subject", "provider", "quiet_from", "quiet_until", "quiet_first"));
	}

	@Override
	protected String word() {
		return "User";
	}

	@Override
	protected Collection<AuditEvent> events() {
		return EnumSet.of(AuditEvent.USER_CREATED, AuditEvent.USER_CHANGED, AuditEvent.USER_ENDED, AuditEvent.LINK_MADE,
				AuditEvent.PASSWORD_CHANGED, AuditEvent.USER_KEY_MADE, AuditEvent.USER_KEY_REMOVED);
	}

	@Override
	protected @Nullable String idOf(AuditEntry entry) {
		return entry.details().path("user").asString("");
	}

}
