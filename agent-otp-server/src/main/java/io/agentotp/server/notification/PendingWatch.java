package io.agentotp.server.notification;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.database.Lease;
import io.agentotp.server.permission.Deciders;
import io.agentotp.server.permission.PermissionReader;
import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Looks whether those who may decide on what waits know of it. Who may decide changes
 * with groups, roles, delegations, owners and policies, and also by time. One node looks.
 */
@Component
final class PendingWatch {

	private static final String LEASE = "pending-watch";

	private static final Duration LEASE_TIME = Duration.ofSeconds(20);

	private final Channels channels;

	private final Lease lease;

	private final Deciders deciders;

	private final PermissionReader permissions;

	private final NotificationOutbox outbox;

	private final InstantSource clock;

	private @Nullable Object before;

	private boolean changed;

	PendingWatch(Channels channels, Lease lease, Deciders deciders, PermissionReader permissions,
			NotificationOutbox outbox, InstantSource clock) {
		this.channels = channels;
		this.lease = lease;
		this.deciders = deciders;
		this.permissions = permissions;
		this.outbox = outbox;
		this.clock = clock;
	}

	@Scheduled(initialDelay = 3, fixedDelay = 3, timeUnit = TimeUnit.SECONDS)
	void look() {
		if (this.channels.all().isEmpty() || !this.permissions.isAnyPending()) {
			return;
		}
		if (!this.lease.take(LEASE, LEASE_TIME)) {
			this.before = null;
			return;
		}
		Instant now = this.clock.instant();
		Object present = this.deciders.inputs();
		boolean other = !present.equals(this.before);
		// Once more afterwards: a request that was made meanwhile knew what was before.
		if (other || this.changed) {
			this.before = null;
			this.permissions.eachPending((some) -> this.outbox.tellNew(some, now));
		}
		this.before = present;
		this.changed = other;
		this.outbox.tellUntold(now);
	}

}
