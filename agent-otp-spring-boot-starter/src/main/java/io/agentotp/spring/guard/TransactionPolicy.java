package io.agentotp.spring.guard;

/**
 * What to do about a guarded call inside a transaction: it would hold its connection and
 * its locks while a human thinks.
 */
public enum TransactionPolicy {

	/**
	 * Log a warning when the call waits, once per method.
	 */
	WARN,

	/**
	 * Refuse the call before anything is asked.
	 */
	FAIL,

	/**
	 * Say nothing.
	 */
	IGNORE

}
