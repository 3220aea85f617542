package io.agentotp.server.agent;

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
 * The agents. One that somebody else changed in the database can do nothing.
 */
@Component
final class AgentSeals extends SealedTable {

	/**
	 * What is said of an agent that somebody changed in the database.
	 */
	static final String CHANGED = "It was changed in the database. Give it another key, "
			+ "then check its owner and its limits and unfreeze it, or revoke it for good. "
			+ "One of the configuration has to be taken out of it first, and the service started again";

	/**
	 * Why such an agent is frozen once it has another key.
	 */
	static final String RENEWED = "It was changed in the database before it got another key. "
			+ "Check its owner and its limits, then unfreeze it";

	AgentSeals(JdbcClient jdbc, Tokens tokens) {
		super(jdbc, tokens, "agentotp_agent", "id",
				List.of("key_hash", "owner", "active", "created_at", "description", "configured", "test",
						"requests_per_minute", "max_pending", "frozen_at", "frozen_by", "frozen_reason", "deleted_at",
						"key_seen_by"));
	}

	@Override
	protected String word() {
		return "Agent";
	}

	@Override
	protected Collection<AuditEvent> events() {
		return EnumSet.of(AuditEvent.AGENT_CREATED, AuditEvent.AGENT_CHANGED, AuditEvent.AGENT_DELETED,
				AuditEvent.KEY_ROTATED, AuditEvent.AGENT_FROZEN, AuditEvent.AGENT_UNFROZEN);
	}

	@Override
	protected @Nullable String idOf(AuditEntry entry) {
		return entry.agentId();
	}

}
