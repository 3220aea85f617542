package io.agentotp.server.permission;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Takes away what has been over for long: first the details of permissions, then the
 * permissions. The record stays as it is. One node at a time does it, in batches that are
 * transactions of their own, so that nobody waits for it and a node that dies loses
 * nothing but the rest of its turn.
 */
@Component
public final class Retention {

	private static final Logger logger = LoggerFactory.getLogger(Retention.class);

	private static final int BATCH = 500;

	private final RetentionStore store;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final AgentOtpServerProperties.Retention settings;

	private final InstantSource clock;

	Retention(RetentionStore store, AuditLog audit, TransactionTemplate transactions,
			AgentOtpServerProperties.Retention settings, InstantSource clock) {
		this.store = store;
		this.audit = audit;
		this.transactions = transactions;
		this.settings = settings;
		this.clock = clock;
	}

	/**
	 * Takes away what is due, unless a node did so within the interval.
	 */
	@Scheduled(initialDelay = 30, fixedDelay = 60, timeUnit = TimeUnit.SECONDS)
	public void run() {
		Instant now = Now.of(this.clock);
		Duration details = this.settings.details();
		Duration permissions = this.settings.permissions();
		if ((details == null && permissions == null)
				|| !this.store.takeTurn(now, now.minus(this.settings.interval()))) {
			return;
		}
		long removed = remove(AuditEvent.REMOVED, permissions, now,
				(endedBefore) -> this.store.removePermissions(endedBefore, BATCH));
		long stripped = remove(AuditEvent.DETAILS_REMOVED, details, now,
				(endedBefore) -> this.store.removeDetails(endedBefore, now, BATCH));
		if (removed > 0 || stripped > 0) {
			logger.info("Removed {} permissions that were over, and the details of {}", removed, stripped);
		}
	}

	// Each batch with its row, so that what is gone without one was removed by somebody
	// else.
	private long remove(AuditEvent event, @Nullable Duration kept, Instant now, ToIntFunction<Instant> batch) {
		if (kept == null) {
			return 0;
		}
		Instant endedBefore = now.minus(kept);
		long all = 0;
		int count;
		do {
			count = Objects.requireNonNull(this.transactions.execute((status) -> {
				int removed = batch.applyAsInt(endedBefore);
				if (removed > 0) {
					this.audit.record(now, null, null, event, Actor.SYSTEM,
							Json.object().put("permissions", removed).put("endedBefore", endedBefore.toString()));
				}
				return removed;
			}));
			all += count;
		}
		while (count == BATCH);
		return all;
	}

}
