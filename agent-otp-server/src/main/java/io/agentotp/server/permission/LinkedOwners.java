package io.agentotp.server.permission;

import java.util.concurrent.TimeUnit;

import io.agentotp.server.agent.Agents;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.user.UserLinked;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.event.EventListener;
import org.springframework.core.task.TaskExecutor;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Ends what waits and was asked while a user owned the agent that is the same person as
 * another one: the person could decide on it by the other name.
 */
@Component
final class LinkedOwners {

	private static final String REASON = "The owner of the agent is known by another name now. Ask again";

	private final JdbcClient jdbc;

	private final Agents agents;

	private final PermissionTokens permissions;

	private final PolicyRegistry policies;

	private final TaskExecutor background;

	LinkedOwners(JdbcClient jdbc, Agents agents, PermissionTokens permissions, PolicyRegistry policies,
			@Qualifier("wakers") TaskExecutor background) {
		this.background = background;
		this.jdbc = jdbc;
		this.agents = agents;
		this.permissions = permissions;
		this.policies = policies;
	}

	@EventListener
	void end(UserLinked linked) {
		// Each in the turn of its agent, which must not be waited for here.
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void afterCommit() {
				LinkedOwners.this.background.execute(() -> endAskedBy(linked.ended()));
			}

		});
	}

	/**
	 * Ends what was asked by users that the configuration has linked, and what a node
	 * that stopped has not ended.
	 */
	@Scheduled(fixedDelay = 1, timeUnit = TimeUnit.MINUTES)
	void endOfLinked() {
		// An ended user keeps who it was at the provider, unless another one is that now.
		end(this.jdbc.sql("""
				SELECT id, agent_id FROM agentotp_permission p WHERE status = 'pending' AND EXISTS (
					SELECT 1 FROM agentotp_user u
					WHERE u.provider IS NOT NULL AND u.subject IS NULL AND u.ended_at IS NOT NULL
						AND LOWER(u.name) IN (LOWER(p.asked_owner), LOWER(p.asked_key_seen_by)))"""));
	}

	private void endAskedBy(String user) {
		end(this.jdbc.sql("""
				SELECT id, agent_id FROM agentotp_permission WHERE status = 'pending'
					AND (LOWER(asked_owner) = LOWER(?) OR LOWER(asked_key_seen_by) = LOWER(?))""").params(user, user));
	}

	private void end(JdbcClient.StatementSpec waiting) {
		waiting
			.query((row, index) -> new Asked(String.valueOf(row.getString("id")),
					String.valueOf(row.getString("agent_id"))))
			.list()
			.forEach((asked) -> this.permissions.revoke(this.agents.get(asked.agentId()), asked.id(), null, REASON,
					this.policies.current(), Actor.SYSTEM));
	}

	private record Asked(String id, String agentId) {
	}

}
