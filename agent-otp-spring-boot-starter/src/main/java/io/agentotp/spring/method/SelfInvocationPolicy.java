package io.agentotp.spring.method;

/**
 * What to do about a bean that calls a guarded method of its own: such a call does not
 * pass the proxy and would run unguarded.
 */
public enum SelfInvocationPolicy {

	/**
	 * Stop the start of the application.
	 */
	FAIL,

	/**
	 * Log a warning at the start.
	 */
	WARN,

	/**
	 * Do not look.
	 */
	IGNORE

}
