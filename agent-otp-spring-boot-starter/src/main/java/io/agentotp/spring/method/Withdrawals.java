package io.agentotp.spring.method;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.agentotp.AgentOtpClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives permissions back that will not be used: nobody shall approve a call that has
 * ended. Never blocks, because the thread may be interrupted.
 */
final class Withdrawals {

	private static final Logger logger = LoggerFactory.getLogger(Withdrawals.class);

	private final AgentOtpClient client;

	private final Set<CompletableFuture<?>> underWay = ConcurrentHashMap.newKeySet();

	Withdrawals(AgentOtpClient client) {
		this.client = client;
	}

	void withdraw(String id, String reason) {
		CompletableFuture<?> withdrawal = this.client.async().revokeToken(id, reason);
		this.underWay.add(withdrawal);
		withdrawal.whenComplete((revocation, ex) -> {
			this.underWay.remove(withdrawal);
			if (ex != null) {
				logger.debug("Permission {} could not be given back: {}", id, ex.getMessage());
			}
		});
	}

	/**
	 * Waits for what is under way, before the client is closed.
	 */
	void await(Duration atMost) {
		CompletableFuture.allOf(this.underWay.toArray(CompletableFuture[]::new))
			.exceptionally((ex) -> null)
			.completeOnTimeout(null, atMost.toMillis(), TimeUnit.MILLISECONDS)
			.join();
	}

}
