package io.agentotp.server.web;

/**
 * Kinds of callers. An agent is never any of the others.
 */
public enum Caller {

	/**
	 * Everybody, without credentials.
	 */
	ANYBODY,

	/**
	 * An agent with its key.
	 */
	AGENT,

	/**
	 * A person who decides.
	 */
	APPROVER,

	/**
	 * A person who administers.
	 */
	ADMINISTRATOR,

	/**
	 * A person who reads.
	 */
	AUDITOR;

	/**
	 * The name of the authority of this caller.
	 * @return the authority
	 */
	public String authority() {
		return "ROLE_" + name();
	}

}
