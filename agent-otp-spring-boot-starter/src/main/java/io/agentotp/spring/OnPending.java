package io.agentotp.spring;

/**
 * What a guarded call does while a human has not decided.
 */
public enum OnPending {

	/**
	 * As {@code agentotp.method.on-pending} says, which is {@link #WAIT} unless set.
	 */
	DEFAULT,

	/**
	 * Wait for the decision. If the time runs out, the request is withdrawn.
	 */
	WAIT,

	/**
	 * End at once with a {@link io.agentotp.PermissionPendingException}. The same call,
	 * made again with the same arguments, picks the decision up and runs once, also after
	 * a restart of the application: its permission is always used {@link Consume#BEFORE
	 * before} the body.
	 */
	THROW

}
