package io.agentotp.spring;

/**
 * When the permission of a guarded call is used up.
 */
public enum Consume {

	/**
	 * As {@code agentotp.method.consume} says, which is {@link #AFTER} unless set.
	 */
	DEFAULT,

	/**
	 * After the body, with its outcome. If the application dies during the body, the
	 * permission stays unused until its end.
	 */
	AFTER,

	/**
	 * Before the body, which runs only if that succeeds: at most once, whatever happens.
	 * The outcome is not reported.
	 */
	BEFORE

}
