package io.agentotp.server.permission;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.json.Json;

import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Ends questions that nobody answered and tokens that nobody used in time.
 */
@Component
public final class PermissionExpiry {

	private static final int BATCH = 200;

	private final PermissionStore store;

	private final PermissionSeals seals;

	private final DecisionPublisher publisher;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	PermissionExpiry(PermissionStore store, PermissionSeals seals, DecisionPublisher publisher, AuditLog audit,
			TransactionTemplate transactions, InstantSource clock) {
		this.store = store;
		this.seals = seals;
		this.publisher = publisher;
		this.audit = audit;
		this.transactions = transactions;
		this.clock = clock;
	}

	/**
	 * Ends all that is overdue.
	 */
	@Scheduled(initialDelay = 1, fixedDelay = 1, timeUnit = TimeUnit.SECONDS)
	public void sweep() {
		Instant now = Now.of(this.clock);
		List<StoredPermission> overdue;
		do {
			overdue = this.store.overdue(now, BATCH);
			// One transaction each: no transaction holds the feeds of two agents.
			overdue.forEach((permission) -> expire(permission, now));
		}
		while (overdue.size() == BATCH);
	}

	/**
	 * Ends a permission if it is overdue.
	 * @param permission the permission as it was read
	 * @return the permission as it stands
	 */
	StoredPermission expireIfOverdue(StoredPermission permission) {
		Instant now = Now.of(this.clock);
		if (!permission.isOverdue(now)) {
			return permission;
		}
		expire(permission, now);
		return this.store.find(permission.id()).orElse(permission);
	}

	private void expire(StoredPermission permission, Instant now) {
		StoredPermission expired = this.seals
			.ended(permission.with(PermissionState.EXPIRED, permission.grant(), permission.decision()));
		this.transactions.executeWithoutResult((status) -> {
			if (this.publisher.change(permission, PermissionState.EXPIRED, now,
					() -> this.store.expire(expired, permission.status(), now))) {
				this.audit.record(now, permission.id(), permission.agentId(),
						List.of(new AuditLog.Row(AuditEvent.EXPIRED, Actor.SYSTEM,
								Json.object().put("from", permission.status().text()), expired.seal().text())));
			}
		});
	}

}
