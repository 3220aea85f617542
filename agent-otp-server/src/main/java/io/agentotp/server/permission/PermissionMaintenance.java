package io.agentotp.server.permission;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.limit.AgentLimits;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runs in the background.
 */
final class PermissionMaintenance {

	private static final Logger logger = LoggerFactory.getLogger(PermissionMaintenance.class);

	PermissionMaintenance(ScheduledExecutorService scheduler, PermissionExpiry expiry, MissedSignalPoller poller,
			AgentFreezer freezer, AgentLimits limits, Idempotency idempotency, Retention retention) {
		scheduler.scheduleWithFixedDelay(guarded("expiry", expiry::sweep), 1, 1, TimeUnit.SECONDS);
		scheduler.scheduleWithFixedDelay(guarded("re-check", poller::check), 0, 2, TimeUnit.SECONDS);
		scheduler.scheduleWithFixedDelay(guarded("freeze", freezer::end), 1, 1, TimeUnit.SECONDS);
		scheduler.scheduleWithFixedDelay(guarded("clean-up of limits", limits::clean), 60, 60, TimeUnit.SECONDS);
		scheduler.scheduleWithFixedDelay(guarded("clean-up", idempotency::forgetOld), 10, 600, TimeUnit.SECONDS);
		scheduler.scheduleWithFixedDelay(guarded("retention", retention::run), 30, 60, TimeUnit.SECONDS);
	}

	// An exception would end the schedule.
	private static Runnable guarded(String name, Runnable task) {
		return () -> {
			try {
				task.run();
			}
			catch (RuntimeException ex) {
				logger.warn("The {} of permissions failed and is tried again: {}", name, ex.toString());
			}
		};
	}

}
