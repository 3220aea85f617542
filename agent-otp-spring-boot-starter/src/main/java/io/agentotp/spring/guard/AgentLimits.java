package io.agentotp.spring.guard;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;

import io.agentotp.Permission;
import io.agentotp.spring.CallRefusedException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an agent from asking approvers again and again: a denial stands for the same call
 * in the same conversation for a while, and one turn asks so many times only.
 */
final class AgentLimits {

	/** The code of a refusal. */
	static final String TOO_MANY = "TOO_MANY_REQUESTS";

	private static final int REMEMBERED = 10_000;

	private final Duration denialLasts;

	private final int mostRequests;

	private final InstantSource clock;

	private final Map<String, Denial> denials = Recent.map(REMEMBERED);

	/**
	 * Creates limits.
	 * @param denialLasts how long a denial stands, zero for not at all
	 * @param mostRequests how many times approvers are asked in one turn
	 */
	AgentLimits(Duration denialLasts, int mostRequests, InstantSource clock) {
		this.denialLasts = denialLasts;
		this.mostRequests = mostRequests;
		this.clock = clock;
	}

	/**
	 * Keeps in mind that the call of an agent was denied.
	 * @param reason why, if that was said
	 */
	void denied(PermissionCall call, @Nullable String reason) {
		ToolCallContext toolCall = call.toolCall();
		if (toolCall != null && !this.denialLasts.isZero()) {
			Map<String, Denial> denials = denials(toolCall);
			synchronized (denials) {
				denials.put(call.identity(), new Denial(reason, this.clock.instant().plus(this.denialLasts)));
			}
		}
	}

	/**
	 * Makes sure that the same call was not denied a while ago.
	 * @throws CallRefusedException if it was, remembered for further tries of the same
	 * invocation
	 */
	void requireNotDenied(PermissionCall call) {
		ToolCallContext toolCall = call.toolCall();
		if (toolCall == null || this.denialLasts.isZero()) {
			return;
		}
		Map<String, Denial> denials = denials(toolCall);
		String identity = call.identity();
		synchronized (denials) {
			Denial denial = denials.get(identity);
			if (denial != null && this.clock.instant().isBefore(denial.until())) {
				CallRefusedException refusal = new CallRefusedException("DENIED_BEFORE",
						"the same call was denied before" + ((denial.reason() != null) ? ": " + denial.reason() : "")
								+ ". Nobody is asked about it again before " + denial.until()
								+ ": do not repeat it, tell the user",
						null);
				call.remember(refusal);
				throw refusal;
			}
			denials.remove(identity);
		}
	}

	private Map<String, Denial> denials(ToolCallContext toolCall) {
		return toolCall.isConversationKnown() ? this.denials : toolCall.turn().denials();
	}

	/**
	 * Takes the place of a permission request in the turn of its call.
	 * @param resumes whether the call may pick up a request that is still open
	 * @return to be told the service's answer, {@code null} if there is none
	 * @throws CallRefusedException if the turn has asked too many times
	 */
	Request request(PermissionCall call, boolean resumes) {
		ToolCallContext toolCall = call.toolCall();
		if (toolCall == null) {
			return (permission) -> {
			};
		}
		AgentTurn turn = toolCall.turn();
		String identity = resumes ? call.identity() : null;
		if (!turn.take(identity, this.mostRequests)) {
			String explanation = "approvers were asked " + this.mostRequests
					+ " times for this message of the user, which is the limit. Nobody is asked any more: "
					+ "call no tools that need a permission, tell the user what is left to do";
			throw new CallRefusedException(TOO_MANY,
					explanation + ". The property agentotp.tools.max-requests-per-turn sets the limit", explanation,
					null);
		}
		return (permission) -> turn.settle(identity, permission);
	}

	/**
	 * A denial that stands.
	 */
	record Denial(@Nullable String reason, Instant until) {
	}

	/**
	 * A permission request that is under way.
	 */
	@FunctionalInterface
	interface Request {

		void answered(@Nullable Permission permission);

	}

}
