package io.agentotp.server.policy;

import java.util.List;

import io.agentotp.server.audit.SealedTable;
import io.agentotp.server.token.Tokens;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The sets of policies that ever decided. They never change.
 */
@Component
final class PolicyVersionSeals extends SealedTable {

	PolicyVersionSeals(JdbcClient jdbc, Tokens tokens) {
		super(jdbc, tokens, "agentotp_policy_version", "version",
				List.of("content_hash", "content", "cause", "created_at", "created_by"));
	}

	@Override
	protected String word() {
		return "Version of the policies";
	}

	@Override
	protected String remedy() {
		return PolicyVersion.REMEDY;
	}

}
