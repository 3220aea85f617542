package io.agentotp.server.notification;

import io.agentotp.server.database.AfterCommit;

import org.springframework.stereotype.Component;

/**
 * Tells the sender of this node that there is something to send, once it is committed.
 * What gets lost is found by looking.
 */
@Component
final class Wakeup {

	private volatile Runnable sender = () -> {
	};

	void set(Runnable runnable) {
		this.sender = runnable;
	}

	void afterCommit() {
		AfterCommit.run(() -> this.sender.run());
	}

}
