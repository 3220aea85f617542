package io.agentotp.test;

import java.util.List;
import java.util.Map;

import io.agentotp.AgentOtpClient;
import org.jspecify.annotations.Nullable;

/**
 * A permission service in memory whose decisions a test writes down beforehand. What it
 * is told for an action replaces what it was told before. Thread-safe.
 */
public final class ScriptedApprover {

	private final InMemoryService service;

	private ScriptedApprover(Decision unscripted) {
		this.service = new InMemoryService(unscripted);
	}

	/**
	 * Creates one that approves what it was not told about.
	 * @return an approver
	 */
	public static ScriptedApprover approving() {
		return new ScriptedApprover(Decision.approve(null));
	}

	/**
	 * Creates one that denies what it was not told about.
	 * @return an approver
	 */
	public static ScriptedApprover denying() {
		return new ScriptedApprover(Decision.deny("not scripted"));
	}

	/**
	 * Approves an action as asked.
	 * @param action the action
	 * @return this approver
	 */
	public ScriptedApprover approve(String action) {
		return script(action, Decision.approve(null));
	}

	/**
	 * Approves an action with another scope than the one asked for.
	 * @param action the action
	 * @param scope the granted scope
	 * @return this approver
	 */
	public ScriptedApprover approve(String action, Map<String, ?> scope) {
		return script(action, Decision.approve(scope));
	}

	/**
	 * Denies an action.
	 * @param action the action
	 * @param reason why
	 * @return this approver
	 */
	public ScriptedApprover deny(String action, String reason) {
		return script(action, Decision.deny(reason));
	}

	/**
	 * Leaves an action undecided, until {@link #decidePending(boolean, String)}.
	 * @param action the action
	 * @return this approver
	 */
	public ScriptedApprover leavePending(String action) {
		return script(action, Decision.leavePending());
	}

	/**
	 * Lets an action's question expire at once.
	 * @param action the action
	 * @return this approver
	 */
	public ScriptedApprover expire(String action) {
		return script(action, Decision.expire());
	}

	/**
	 * Decides all that is pending.
	 * @param approved whether to approve it
	 * @param reason why, or {@code null}
	 * @return how many were decided
	 */
	public int decidePending(boolean approved, @Nullable String reason) {
		return this.service.decidePending(approved ? Decision.approve(null) : Decision.deny(reason));
	}

	/**
	 * Forgets what it was told and what it was asked.
	 */
	public void reset() {
		this.service.reset();
	}

	/**
	 * Return what it was asked, in order.
	 * @return the questions
	 */
	public List<AskedPermission> asked() {
		return this.service.asked();
	}

	/**
	 * Creates a client that asks this approver.
	 * @return a client, to be closed by the caller
	 */
	public AgentOtpClient client() {
		return AgentOtpClient.builder()
			.apiKey("ak_test_scripted")
			.baseUrl("http://localhost")
			.transport(this.service)
			.build();
	}

	private ScriptedApprover script(String action, Decision decision) {
		this.service.script(action, decision);
		return this;
	}

	/**
	 * What happens to a question.
	 */
	record Decision(String status, @Nullable Map<String, ?> scope, @Nullable String reason) {

		static Decision approve(@Nullable Map<String, ?> scope) {
			return new Decision("approved", scope, null);
		}

		static Decision deny(@Nullable String reason) {
			return new Decision("denied", null, reason);
		}

		static Decision leavePending() {
			return new Decision("pending", null, null);
		}

		static Decision expire() {
			return new Decision("expired", null, null);
		}

	}

}
