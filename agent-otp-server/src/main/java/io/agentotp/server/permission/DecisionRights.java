package io.agentotp.server.permission;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.RefusedException;
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
 * @param asked whether the policy asks the person, or somebody who is away and in whose
 * place the person decides, in any stage
 * @param takesPart whether the person may decide in any stage, also in one that is over
 * or to come
 * @param mayDecide whether the person may decide now
 * @param mayRevoke whether the person may revoke
 * @param inPlaceOf who is away and in whose place the person decides, {@code null} if in
 * the own
 * @param voted whether the person, or whom the person stands in for, has approved already
 * @param stage the stage that waits, empty if the policy has none
 */
public record DecisionRights(@Nullable Tie tie, boolean approver, boolean asked, boolean takesPart, boolean mayDecide,
		boolean mayRevoke, @Nullable String inPlaceOf, boolean voted, String stage) {

	/**
	 * What a person may do.
	 * @param asked the request
	 * @param user the person
	 * @param deciding as whom the person decides, with the stages
	 * @param ballot how far the request is
	 * @param policies the policies in force
	 * @return the rights
	 */
	static DecisionRights of(PermissionStore.Asked asked, String user, Map<String, Set<Integer>> deciding,
			Ballot ballot, Supplier<PolicySet> policies) {
		StoredPermission permission = asked.permission();
		Tie tie = tie(asked, user);
		boolean approver = asked.roles().contains(Role.APPROVER.name());
		boolean own = deciding.containsKey(user) && (tie == null
				|| (permission.isIntact() && policies.get().letsOwnerDecide(permission.policyRequest())));
		// Neither an owner nor in the place of one.
		List<String> people = Stream.concat(own ? Stream.of(user) : Stream.empty(),
				deciding.keySet()
					.stream()
					.filter((other) -> tie == null && !other.equals(user) && tie(asked, other) == null))
			.toList();
		int stage = ballot.stage();
		List<String> now = people.stream()
			.filter((other) -> deciding.getOrDefault(other, Set.of()).contains(stage))
			.toList();
		String as = ballot.hasVoted(user) ? null
				: now.stream().filter((other) -> !ballot.hasVoted(other)).findFirst().orElse(null);
		boolean voted = ballot.hasVoted(user) || (as == null && !now.isEmpty());
		boolean takesPart = approver && !people.isEmpty();
		return new DecisionRights(tie, approver, !deciding.isEmpty(), takesPart, approver && as != null,
				takesPart || asked.roles().contains(Role.ADMINISTRATOR.name()), user.equals(as) ? null : as, voted,
				ballot.stageName());
	}

	private static @Nullable Tie tie(PermissionStore.Asked asked, String user) {
		return Tie.of(asked.permission().asker(), asked.owner(), asked.keySeenBy(), user);
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
	RefusedException refusal(StoredPermission permission) {
		if (this.voted && permission.isPending()) {
			return new AlreadyDecidedException(
					"You, or whom you stand in for, approved this request already. It waits for others",
					Map.of("status", permission.status().text()));
		}
		if (this.takesPart && permission.isPending()) {
			return new ConflictException("The request waits for '" + this.stage + "' now, where you are not asked",
					Map.of("status", permission.status().text(), "stage", this.stage));
		}
		return new NotAllowedToDecideException(
				!this.approver ? "Deciding needs the role approver. An administrator can give it"
						: !this.asked ? "The policy asks others, and you are not, or no longer, one of them"
								: (this.tie != null)
										? this.tie.text("the agent '" + permission.agentId() + "'")
												+ ", and no policy lets its owner decide. Somebody else has to"
										: "Who is away owns the agent '" + permission.agentId()
												+ "', so nobody decides in their place. Somebody else has to");
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

		/**
		 * Looks for a tie.
		 * @param asker the agent as it was when it asked
		 * @param owner who owns it now
		 * @param keySeenBy who has seen its present key
		 * @param user the person
		 * @return the tie, or {@code null} if there is none
		 */
		static @Nullable Tie of(Asker asker, @Nullable String owner, @Nullable String keySeenBy, String user) {
			return Agent.isSame(owner, user) ? OWNS
					: Agent.isSame(asker.owner(), user) ? OWNED : Agent.isSame(keySeenBy, user) ? KNOWS_KEY
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
