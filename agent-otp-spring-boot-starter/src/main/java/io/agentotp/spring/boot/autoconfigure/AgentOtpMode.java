package io.agentotp.spring.boot.autoconfigure;

/**
 * Who decides. A mode never takes the guard away: evaluation, binding and reporting are
 * the same in each.
 */
public enum AgentOtpMode {

	/**
	 * The permission service.
	 */
	REMOTE,

	/**
	 * Nobody: every call is permitted at once. For development, with a warning in the log
	 * and in the health.
	 */
	ALLOW_ALL,

	/**
	 * Nobody: every call is denied at once.
	 */
	DENY_ALL

}
