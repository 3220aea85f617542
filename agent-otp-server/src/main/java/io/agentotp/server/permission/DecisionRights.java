package io.agentotp.server.permission;

import java.util.function.Supplier;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.policy.PolicySet;
import org.jspecify.annotations.Nullable;

/**
 * What a person may do with a permission, by the roles that the person has now. Who owns
 * the agent that asks, or did when it asked, may decide only where the policy that
 * applies now says so: who hands the agent over, and perhaps takes it back later, is no
 * other person for what it asked before. Who has seen the key of the agent could ask with
 * it, and so counts as its owner.
 *
 * @param tie what makes the person an owner of the agent, {@code null} if nothing does
 * @param approver whether the person is an approver
 * @param mayDecide whether the person may decide
 * @param mayRevoke whether the person may revoke
 */
public record DecisionRights(@Nullable Tie tie, boolean approver, boolean mayDecide, boolean mayRevoke) {

	static DecisionRights of(PermissionStore.Asked asked, String user, Supplier<PolicySet> policies) {
		StoredPermission permission = asked.permission();
		Tie tie = Tie.of(asked, user);
		boolean approver = asked.roles().contains(Role.APPROVER.name());
		boolean mayDecide = approver && (tie == null
				|| (permission.isIntact() && policies.get().letsOwnerDecide(permission.policyRequest())));
		return new DecisionRights(tie, approver, mayDecide,
				mayDecide || asked.roles().contains(Role.ADMINISTRATOR.name()));
	}

	/**
	 * Whether the person counts as an owner of the agent.
	 * @return {@code true} with a tie
	 */
	public boolean owner() {
		return this.tie != null;
	}

	/**
	 * Why the person may not decide.
	 * @param permission the permission
	 * @return the exception to throw
	 */
	NotAllowedToDecideException refusal(StoredPermission permission) {
		return new NotAllowedToDecideException((this.approver && this.tie != null)
				? this.tie.text("the agent '" + permission.agentId() + "'")
						+ ", and no policy lets its owner decide. Somebody else has to"
				: "Deciding needs the role approver. An administrator can give it");
	}

	/**
	 * What makes somebody an owner of an agent.
	 */
	public enum Tie {

		/**
		 * The person owns it.
		 */
		OWNS("You own %s"),

		/**
		 * The person owned it when it asked.
		 */
		OWNED("You owned %s when it asked"),

		/**
		 * The person has seen its present key.
		 */
		KNOWS_KEY("You have seen the key of %s"),

		/**
		 * The person had seen the key that it asked with.
		 */
		KNEW_KEY("You had seen the key of %s when it asked");

		private final String text;

		Tie(String text) {
			this.text = text;
		}

		private static @Nullable Tie of(PermissionStore.Asked asked, String user) {
			Asker asker = asked.permission().asker();
			return Agent.isSame(asked.owner(), user) ? OWNS
					: Agent.isSame(asker.owner(), user) ? OWNED : Agent.isSame(asked.keySeenBy(), user) ? KNOWS_KEY
							: Agent.isSame(asker.keySeenBy(), user) ? KNEW_KEY : null;
		}

		/**
		 * Whether it holds for all that the agent asks now.
		 * @return {@code false} for what was so when it asked
		 */
		public boolean now() {
			return this == OWNS || this == KNOWS_KEY;
		}

		/**
		 * Says it to the person.
		 * @param agent what to call the agent
		 * @return the text
		 */
		public String text(String agent) {
			return this.text.formatted(agent);
		}

	}

}
