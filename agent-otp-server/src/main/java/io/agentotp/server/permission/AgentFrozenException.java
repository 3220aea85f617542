package io.agentotp.server.permission;

import io.agentotp.server.failure.NotAllowedException;

/**
 * A frozen agent may ask for nothing.
 */
public final class AgentFrozenException extends NotAllowedException {

	AgentFrozenException(String agentId) {
		super("The agent '" + agentId + "' is frozen. An administrator has to let it go on");
	}

}
