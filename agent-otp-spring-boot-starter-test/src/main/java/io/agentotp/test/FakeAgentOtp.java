package io.agentotp.test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import io.agentotp.AgentOtpClient;
import io.agentotp.transport.HttpTransport;
import org.jspecify.annotations.Nullable;

/**
 * A permission service in memory whose decisions a test writes down beforehand and whose
 * time a test moves on. The client is the real one, and so is the life of a permission:
 * approval window, one-time token, uses, digest of the call, idempotency keys. Needs no
 * Spring.
 *
 * <pre class="code">
 * FakeAgentOtp agentOtp = FakeAgentOtp.approving().deny("payment.refund", "Too much");
 * try (AgentOtpClient client = agentOtp.client()) {
 *     …
 * }
 * </pre>
 *
 * Of several things that it was told for a request, the last one counts. In a test with
 * {@link AutoConfigureAgentOtp}, what it was told for an action that nothing asked for
 * fails the test. Thread-safe.
 */
public final class FakeAgentOtp {

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

	private final FakeService service;

	private final FakeTransport transport;

	private FakeAgentOtp(Decision unscripted) {
		this.service = new FakeService(unscripted);
		this.transport = new FakeTransport(this.service);
	}

	/**
	 * Creates one that approves what it was not told about.
	 * @return a fake service
	 */
	public static FakeAgentOtp approving() {
		return new FakeAgentOtp(Decision.APPROVE);
	}

	/**
	 * Creates one that denies what it was not told about.
	 * @return a fake service
	 */
	public static FakeAgentOtp denying() {
		return denying("not scripted");
	}

	static FakeAgentOtp denying(String reason) {
		return new FakeAgentOtp(Decision.deny(reason));
	}

	/**
	 * Creates a client of this service, which does not retry: a test that lets the
	 * service fail shall not wait for it. Requests that do not say how long they are
	 * waited for are waited for an hour, longer than the approval window.
	 * @return a client, to be closed by the caller
	 */
	public AgentOtpClient client() {
		return AgentOtpClient.builder()
			.apiKey("ak_test_fake")
			.baseUrl("http://localhost")
			.transport(this.transport)
			.retries(0)
			.approvalTimeout(Duration.ofHours(1))
			.build();
	}

	/**
	 * Return the way to this service, for a client with other settings than those of
	 * {@link #client()}: any key and any address will do.
	 * @return the transport; closing it does nothing
	 */
	public HttpTransport transport() {
		return this.transport;
	}

	/**
	 * Approves an action as asked.
	 * @param action the action
	 * @return this service
	 */
	public FakeAgentOtp approve(String action) {
		return script(action, Decision.APPROVE, "approve");
	}

	/**
	 * Approves an action with another scope than the one asked for.
	 * @param action the action
	 * @param scope the granted scope, JSON values by name; a real service only narrows
	 * @return this service
	 */
	public FakeAgentOtp approve(String action, Map<String, ?> scope) {
		return script(action, Decision.approve(scope), "approve");
	}

	/**
	 * Approves some requests as asked.
	 * @param requests which ones
	 * @return this service
	 */
	public FakeAgentOtp approve(Predicate<? super AskedPermission> requests) {
		return script(requests, Decision.APPROVE);
	}

	/**
	 * Approves some requests with another scope than the one asked for.
	 * @param requests which ones
	 * @param scope the granted scope, JSON values by name; a real service only narrows
	 * @return this service
	 */
	public FakeAgentOtp approve(Predicate<? super AskedPermission> requests, Map<String, ?> scope) {
		return script(requests, Decision.approve(scope));
	}

	/**
	 * Approves an action as asked, signed by approvers. All other approvals of this
	 * service are signed by nobody, as those of policies are.
	 * @param action the action
	 * @param approvers who signs
	 * @return this service
	 */
	public FakeAgentOtp approveSigned(String action, TestApprover... approvers) {
		return script(action, Decision.APPROVE.signedBy(approvers), "approveSigned");
	}

	/**
	 * Approves an action with another scope than the one asked for, signed by approvers.
	 * @param action the action
	 * @param scope the granted scope, JSON values by name; a real service only narrows
	 * @param approvers who signs
	 * @return this service
	 */
	public FakeAgentOtp approveSigned(String action, Map<String, ?> scope, TestApprover... approvers) {
		return script(action, Decision.approve(scope).signedBy(approvers), "approveSigned");
	}

	/**
	 * Approves all that is pending, signed by approvers.
	 * @param approvers who signs
	 * @return how many requests were approved
	 */
	public int approvePendingSigned(TestApprover... approvers) {
		return this.service.decidePending((asked) -> true, Decision.APPROVE.signedBy(approvers));
	}

	/**
	 * Denies an action.
	 * @param action the action
	 * @param reason why
	 * @return this service
	 */
	public FakeAgentOtp deny(String action, String reason) {
		return script(action, Decision.deny(reason), "deny");
	}

	/**
	 * Denies some requests.
	 * @param requests which ones
	 * @param reason why
	 * @return this service
	 */
	public FakeAgentOtp deny(Predicate<? super AskedPermission> requests, String reason) {
		return script(requests, Decision.deny(reason));
	}

	/**
	 * Leaves an action undecided, until {@link #decidePending(boolean, String)} or the
	 * end of the approval window.
	 * @param action the action
	 * @return this service
	 */
	public FakeAgentOtp leavePending(String action) {
		return script(action, Decision.LEAVE_PENDING, "leavePending");
	}

	/**
	 * Leaves some requests undecided, until {@link #decidePending(boolean, String)} or
	 * the end of the approval window.
	 * @param requests which ones
	 * @return this service
	 */
	public FakeAgentOtp leavePending(Predicate<? super AskedPermission> requests) {
		return script(requests, Decision.LEAVE_PENDING);
	}

	/**
	 * Lets an action's request expire as soon as it is asked.
	 * @param action the action
	 * @return this service
	 */
	public FakeAgentOtp expire(String action) {
		return script(action, Decision.EXPIRE, "expire");
	}

	/**
	 * Lets some requests expire as soon as they are asked.
	 * @param requests which ones
	 * @return this service
	 */
	public FakeAgentOtp expire(Predicate<? super AskedPermission> requests) {
		return script(requests, Decision.EXPIRE);
	}

	/**
	 * Decides all that is pending.
	 * @param approved whether to approve it
	 * @param reason why, or {@code null}
	 * @return how many requests were decided
	 */
	public int decidePending(boolean approved, @Nullable String reason) {
		return decidePending((asked) -> true, approved, reason);
	}

	/**
	 * Decides some of what is pending.
	 * @param requests which ones
	 * @param approved whether to approve them
	 * @param reason why, or {@code null}
	 * @return how many requests were decided
	 */
	public int decidePending(Predicate<? super AskedPermission> requests, boolean approved, @Nullable String reason) {
		return this.service.decidePending(requests, Decision.of(approved, reason));
	}

	/**
	 * Waits until so many requests are pending, such as those of a call that blocks
	 * another thread.
	 * @param count how many
	 * @throws InterruptedException if the calling thread is interrupted
	 * @throws IllegalStateException if they are fewer after ten seconds, or the service
	 * is unreachable
	 */
	public void awaitPending(int count) throws InterruptedException {
		if (!this.service.await(LONGEST_WAIT, () -> this.service.pending().size() >= count)) {
			throw new IllegalStateException(
					"Only " + this.service.pending().size() + " of " + count + " requests are pending");
		}
	}

	/**
	 * Return what was asked, in order.
	 * @return the requests as they stand now
	 */
	public List<AskedPermission> asked() {
		return this.service.asked();
	}

	/**
	 * Sets how long the requests that are asked from now on can be decided.
	 * @param approvalWindow a positive time by the manual clock, by default 10 minutes
	 * @return this service
	 * @throws IllegalArgumentException if the time is not positive
	 */
	public FakeAgentOtp approvalWindow(Duration approvalWindow) {
		requirePositive(approvalWindow);
		this.service.approvalWindow(approvalWindow);
		return this;
	}

	/**
	 * Return what time it is for the service. It starts with the machine's time and
	 * passes only by {@link #advance(Duration)}.
	 * @return the time of the manual clock
	 */
	public Instant now() {
		return this.service.now();
	}

	/**
	 * Moves the manual clock. Requests whose approval window and tokens whose life ends
	 * by then expire; who waits for such a request is told. Waits whose time ends by then
	 * end, as they also do when their time has really passed.
	 * @param time by how much, positive
	 * @throws IllegalArgumentException if the time is not positive
	 */
	public void advance(Duration time) {
		requirePositive(time);
		this.service.advance(time);
	}

	/**
	 * Lets every call fail with a {@link io.agentotp.NetworkException}, as if nothing
	 * listened at the service's address.
	 * @return this service
	 */
	public FakeAgentOtp unreachable() {
		this.service.reachable(false);
		return this;
	}

	/**
	 * Ends what {@link #unreachable()} began.
	 * @return this service
	 */
	public FakeAgentOtp reachable() {
		this.service.reachable(true);
		return this;
	}

	/**
	 * Lets every call that needs a key fail with an
	 * {@link io.agentotp.AuthenticationException}.
	 * @return this service
	 */
	public FakeAgentOtp rejectKey() {
		this.service.acceptKey(false);
		return this;
	}

	/**
	 * Ends what {@link #rejectKey()} began.
	 * @return this service
	 */
	public FakeAgentOtp acceptKey() {
		this.service.acceptKey(true);
		return this;
	}

	/**
	 * Forgets what it was told and what it was asked, and ends failures, so that the next
	 * test begins anew. What is still pending expires. The manual clock stays where it
	 * is.
	 */
	public void reset() {
		this.transport.reset();
	}

	private FakeAgentOtp script(Predicate<? super AskedPermission> requests, Decision decision) {
		this.service.script(requests, decision, null);
		return this;
	}

	private FakeAgentOtp script(String action, Decision decision, String verb) {
		this.service.script((asked) -> asked.action().equals(action), decision, verb + "(\"" + action + "\")");
		return this;
	}

	/** Return what was told by action and met no request. */
	List<String> unmet() {
		return this.service.unmet();
	}

	private static void requirePositive(Duration time) {
		if (time.isZero() || time.isNegative()) {
			throw new IllegalArgumentException("The time must be positive, not " + time);
		}
	}

}
