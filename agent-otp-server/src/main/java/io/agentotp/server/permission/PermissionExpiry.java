package io.agentotp.server.permission;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

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

	private final PermissionStore store;

	private final PermissionSeals seals;

	private final DecisionPublisher publisher;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	private final Sweep sweep = new Sweep();

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
		// One transaction each: no transaction holds the feeds of two agents.
		this.sweep.run((limit, offset) -> this.store.overdue(now, limit, offset), Function.identity(),
				(permission) -> expire(permission, now));
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
		return this.sweep.end(permission, () -> expire(permission, now))
				? this.store.find(permission.id()).orElse(permission) : expired(permission);
	}

	private static StoredPermission expired(StoredPermission permission) {
		return permission.with(PermissionState.EXPIRED, permission.grant(), permission.decision());
	}

	private void expire(StoredPermission permission, Instant now) {
		StoredPermission expired = this.seals.ended(expired(permission));
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
