package io.agentotp.server.database;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Runs what must not happen if the present transaction does not.
 */
public final class AfterCommit {

	private AfterCommit() {
	}

	/**
	 * Runs an action once the present transaction is committed, or now if there is none.
	 * @param action the action
	 */
	public static void run(Runnable action) {
		if (!TransactionSynchronizationManager.isSynchronizationActive()) {
			action.run();
			return;
		}
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void afterCommit() {
				action.run();
			}

		});
	}

}
