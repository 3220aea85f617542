package io.agentotp.server.permission;

/**
 * The agent or the policies are no longer as they were read, so nothing was done.
 */
final class AgentChangedException extends RuntimeException {

	AgentChangedException() {
		super("The agent or the policies have changed meanwhile", null, false, false);
	}

}
