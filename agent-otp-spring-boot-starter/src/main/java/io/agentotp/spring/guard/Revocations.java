package io.agentotp.spring.guard;

import java.time.Duration;
import java.time.Instant;
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
final class Revocations {

	private static final Logger logger = LoggerFactory.getLogger(Revocations.class);

	private final AgentOtpClient client;

	private final Set<CompletableFuture<?>> underWay = ConcurrentHashMap.newKeySet();

	Revocations(AgentOtpClient client) {
		this.client = client;
	}

	/**
	 * A question is about to be put, which may have to be withdrawn.
	 * @return to be run when that is known
	 */
	Runnable expect() {
		CompletableFuture<Void> known = new CompletableFuture<>();
		track(known);
		return () -> known.complete(null);
	}

	void withdraw(String id, String reason) {
		CompletableFuture<?> withdrawal = this.client.async().revokeToken(id, reason);
		track(withdrawal);
		withdrawal.whenComplete((revocation, ex) -> {
			if (ex != null) {
				logger.debug("Permission {} could not be given back: {}", id, ex.getMessage());
			}
		});
	}

	// The very future counts.
	@SuppressWarnings("CollectionUndefinedEquality")
	private void track(CompletableFuture<?> future) {
		this.underWay.add(future);
		future.whenComplete((value, ex) -> this.underWay.remove(future));
	}

	/**
	 * Waits for what is under way, before the client is closed.
	 */
	void await(Duration atMost) {
		Instant end = Instant.now().plus(atMost);
		// One may lead to another.
		while (!this.underWay.isEmpty() && Instant.now().isBefore(end)) {
			await(this.underWay, Duration.between(Instant.now(), end));
		}
	}

	private static void await(Set<CompletableFuture<?>> futures, Duration atMost) {
		CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
			.exceptionally((ex) -> null)
			.completeOnTimeout(null, atMost.toMillis(), TimeUnit.MILLISECONDS)
			.join();
	}

}
