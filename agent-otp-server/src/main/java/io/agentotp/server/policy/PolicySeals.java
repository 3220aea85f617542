package io.agentotp.server.policy;

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
 * The policies and the entries of the action catalogue that the database holds, of which
 * none counts that somebody else wrote there.
 */
@Component
final class PolicySeals extends SealedTable {

	PolicySeals(JdbcClient jdbc, Tokens tokens) {
		super(jdbc, tokens, "agentotp_policy", "id",
				List.of("kind", "name", "definition", "created_at", "created_by", "updated_at", "updated_by"));
	}

	@Override
	protected String word() {
		return "Policy";
	}

	@Override
	protected Collection<AuditEvent> events() {
		return EnumSet.of(AuditEvent.POLICY_CREATED, AuditEvent.POLICY_CHANGED, AuditEvent.POLICY_DELETED,
				AuditEvent.ACTION_CREATED, AuditEvent.ACTION_CHANGED, AuditEvent.ACTION_DELETED);
	}

	@Override
	protected @Nullable String idOf(AuditEntry entry) {
		return entry.details()
			.path(Rule.Kind.POLICY.idName())
			.asString(entry.details().path(Rule.Kind.ACTION.idName()).asString(""));
	}

}
