package io.agentotp.server.permission;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.agent.Agents;

import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * The net under the signals: finds in the database what no signal told of, such as a
 * decision made on another node.
 */
@Component
final class MissedSignalPoller {

	private static final int BATCH = 500;

	private final Agents agents;

	private final PermissionStore store;

	private final PermissionSignals signals;

	private final Map<String, Long> seen = new HashMap<>();

	private long pending = -1;

	MissedSignalPoller(Agents agents, PermissionStore store, PermissionSignals signals) {
		this.agents = agents;
		this.store = store;
		this.signals = signals;
	}

	@Scheduled(initialDelay = 0, fixedDelay = 2, timeUnit = TimeUnit.SECONDS)
	synchronized void check() {
		boolean wanted = this.signals.hasListeners();
		boolean changed = false;
		for (Map.Entry<String, Long> last : this.agents.lastDecisions()) {
			Long before = this.seen.put(last.getKey(), last.getValue());
			if (wanted && before != null && before < last.getValue()) {
				this.store.decidedIdsAfter(last.getKey(), before, BATCH)
					.forEach((id) -> this.signals.signal(PermissionSignals.permission(id)));
				this.signals.signal(PermissionSignals.feed(last.getKey()));
				changed = true;
			}
		}
		long pendingNow = wanted
				? this.store.count(new PermissionFilter(PermissionState.PENDING, null, false), Viewer.SERVICE) : -1;
		if (wanted && (changed || pendingNow != this.pending)) {
			this.signals.signal(PermissionSignals.inbox());
		}
		this.pending = pendingNow;
	}

}
