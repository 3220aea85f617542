package io.agentotp.server.config;

/**
 * How much a message says. What it leaves out stands on the page behind its link.
 */
public enum MessageDetails {

	/**
	 * That a request waits, and the link.
	 */
	NOTHING,

	/**
	 * Agent, action, resource, and what the action catalogue names.
	 */
	FACTS,

	/**
	 * All that is bound.
	 */
	ARGUMENTS

}
