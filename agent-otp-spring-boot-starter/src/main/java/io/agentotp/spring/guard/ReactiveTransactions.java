package io.agentotp.spring.guard;

import reactor.core.publisher.Mono;

import org.springframework.transaction.NoTransactionException;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.util.ClassUtils;

/**
 * Knows whether a subscription is inside a reactive transaction, which stands in its
 * Reactor context and not on the thread.
 */
final class ReactiveTransactions {

	private static final boolean PRESENT = ClassUtils.isPresent(
			"org.springframework.transaction.reactive.TransactionSynchronizationManager",
			ReactiveTransactions.class.getClassLoader());

	private ReactiveTransactions() {
	}

	/**
	 * Return whether the subscriber is in one.
	 */
	static Mono<Boolean> isActive() {
		return PRESENT ? Present.isActive() : Mono.just(false);
	}

	/** Apart, because the classes need not be there. */
	private static final class Present {

		static Mono<Boolean> isActive() {
			return TransactionSynchronizationManager.forCurrentTransaction()
				.map(TransactionSynchronizationManager::isActualTransactionActive)
				.onErrorReturn(NoTransactionException.class, false);
		}

	}

}
