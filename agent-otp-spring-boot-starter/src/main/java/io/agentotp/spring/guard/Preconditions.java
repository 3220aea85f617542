package io.agentotp.spring.guard;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.operation.GuardedOperation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Schedulers;

import org.springframework.transaction.support.ResourceHolder;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.ClassUtils;

/**
 * Where a call must not wait for a human: on a thread that must not block, and inside a
 * transaction.
 */
final class Preconditions {

	private static final Logger logger = LoggerFactory.getLogger(Preconditions.class);

	private static final ClassLoader LOADER = Preconditions.class.getClassLoader();

	private static final boolean REACTOR = ClassUtils.isPresent("reactor.core.scheduler.Schedulers", LOADER);

	private static final boolean TRANSACTIONS = ClassUtils
		.isPresent("org.springframework.transaction.support.TransactionSynchronizationManager", LOADER);

	private final TransactionPolicy transaction;

	private final Set<GuardedOperation> warned = ConcurrentHashMap.newKeySet();

	Preconditions(TransactionPolicy transaction) {
		this.transaction = transaction;
	}

	/**
	 * Refuses a call that would block where it must not.
	 * @param blocking whether it waits on its thread
	 */
	void check(GuardedOperation guarded, boolean blocking) {
		if (blocking && REACTOR && Schedulers.isInNonBlockingThread()) {
			throw new CallRefusedException("BLOCKING_THREAD",
					guarded.signature() + " would wait for a human on the thread " + Thread.currentThread().getName()
							+ ", which must not block: return a Mono or a CompletableFuture, or call it on "
							+ "Schedulers.boundedElastic()",
					null);
		}
		if (TRANSACTIONS && TransactionSynchronizationManager.isActualTransactionActive()) {
			inTransaction(guarded);
		}
		else if (TRANSACTIONS && holdsResource()) {
			report(guarded, "HOLDS_RESOURCE", "with a persistence context or a connection open on its thread,",
					"Set spring.jpa.open-in-view=false, or call it where nothing is open");
		}
	}

	/** Bound to the thread, such as a session or a connection. */
	private static boolean holdsResource() {
		for (Object resource : TransactionSynchronizationManager.getResourceMap().values()) {
			if (resource instanceof ResourceHolder) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Refuses or reports a call inside a transaction.
	 */
	void inTransaction(GuardedOperation guarded) {
		report(guarded, "IN_TRANSACTION", "inside a transaction,", "Call it before the transaction");
	}

	private void report(GuardedOperation guarded, String code, String where, String remedy) {
		if (this.transaction == TransactionPolicy.IGNORE) {
			return;
		}
		String problem = guarded.signature() + " was called " + where + " which stays open while an approver decides. "
				+ remedy;
		if (this.transaction == TransactionPolicy.FAIL) {
			throw new CallRefusedException(code, problem + ", or set agentotp.method.transaction to warn or ignore",
					null);
		}
		if (this.warned.add(guarded)) {
			logger.warn("{}, or set agentotp.method.transaction to fail or ignore", problem);
		}
	}

}
