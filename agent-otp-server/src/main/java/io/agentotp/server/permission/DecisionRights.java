package io.agentotp.server.permission;

import java.util.function.Supplier;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.policy.PolicySet;

/**
 * What a person may do with a permission. Who owns the agent that asks, or did when it
 * asked, may decide only where the policy that applies now says so: who hands the agent
 * over, and perhaps takes it back later, is no other person for what it asked before.
 *
 * @param owner whether the person owns the agent, or did when it asked
 * @param ownerNow whether the person owns it now
 * @param mayDecide whether the person may decide
 */
public record DecisionRights(boolean owner, boolean ownerNow, boolean mayDecide) {

	static DecisionRights of(PermissionStore.Asked asked, String user, Supplier<PolicySet> policies) {
		StoredPermission permission = asked.permission();
		boolean ownerNow = Agent.isSame(asked.owner(), user);
		boolean owner = ownerNow || Agent.isSame(permission.asker().owner(), user);
		return new DecisionRights(owner, ownerNow,
				!owner || (permission.isIntact() && policies.get().letsOwnerDecide(permission.policyRequest())));
	}

	/**
	 * Refuses a person who may not decide.
	 * @param permission the permission
	 */
	void require(StoredPermission permission) {
		if (!this.mayDecide) {
			String agent = "the agent '" + permission.agentId() + "'";
			throw new NotAllowedToDecideException(
					(this.ownerNow ? "You own " + agent + " that asks" : "You owned " + agent + " when it asked")
							+ ", and no policy lets its owner decide. Somebody else has to");
		}
	}

}
