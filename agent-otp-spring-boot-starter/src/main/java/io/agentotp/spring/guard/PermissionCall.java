package io.agentotp.spring.guard;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentotp.GrantVerifier;
import io.agentotp.Permission;
import io.agentotp.PermissionExchange;
import io.agentotp.PermissionNotGrantedException;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.operation.CallDigest;
import io.agentotp.spring.operation.GuardedCall;
import io.agentotp.spring.operation.GuardedOperation;
import io.agentotp.trust.UnsignedGrantException;
import org.jspecify.annotations.Nullable;

/**
 * One guarded call on its way from the request to its end.
 */
final class PermissionCall {

	private final Invocation invocation;

	private final GuardedCall asked;

	private final CallObservation observation;

	private final @Nullable ToolCallContext toolCall = ToolCallContext.current();

	private final CallerIdentity caller;

	private volatile @Nullable String identity;

	private final CallerContext context;

	private final InstantSource clock;

	private final GrantVerifier verifier;

	private final AtomicBoolean decided = new AtomicBoolean();

	PermissionCall(Invocation invocation, GuardedCall asked, CallObservation observation, CallerContext context,
			CallerIdentity caller, InstantSource clock, GrantVerifier verifier) {
		this.invocation = invocation;
		this.asked = asked;
		this.observation = observation;
		this.context = context;
		// A framework may make the call on a thread of its own, which knows nobody.
		CallerIdentity ofTurn = (this.toolCall != null) ? this.toolCall.turn().caller() : caller;
		this.caller = (caller.is(CallerIdentity.Kind.PRINCIPAL) || !ofTurn.isKnown()) ? caller : ofTurn;
		this.clock = clock;
		this.verifier = verifier;
	}

	GuardedOperation guarded() {
		return this.invocation.operation();
	}

	GuardedCall asked() {
		return this.asked;
	}

	CallObservation observation() {
		return this.observation;
	}

	/**
	 * Return what the caller's thread knows.
	 */
	CallerContext context() {
		return this.context;
	}

	/**
	 * Return the agent's call that this one is part of.
	 */
	@Nullable ToolCallContext toolCall() {
		return this.toolCall;
	}

	/**
	 * Return what makes a call the same one: also who makes it, so that nobody picks up
	 * what was decided for somebody else.
	 */
	String identity() {
		String known = this.identity;
		if (known == null) {
			known = newIdentity();
			this.identity = known;
		}
		return known;
	}

	private String newIdentity() {
		Map<String, Object> who = new LinkedHashMap<>();
		Map<?, ?> caller = ToolCallContext.callerOf(this.toolCall, true);
		if (caller.isEmpty() && this.asked.request().context().get("caller") instanceof Map<?, ?> own) {
			caller = own;
		}
		if (!caller.isEmpty()) {
			who.put("caller", caller);
		}
		// A client that is known by a session of its own need not keep that of the web.
		if (patience() == null || this.caller.is(CallerIdentity.Kind.PRINCIPAL)) {
			who.putAll(this.caller.claims());
		}
		return who.isEmpty() ? this.asked.digest() : this.asked.digest() + "\n" + CallDigest.hash(who);
	}

	/**
	 * Return whether it is known for whom the call is made, or else it is for a client
	 * that makes it again itself. A call of no agent may be for the application.
	 */
	boolean isCallerKnown() {
		if (this.toolCall == null) {
			return !this.caller.is(CallerIdentity.Kind.STRANGER);
		}
		CallerDeadline patience = patience();
		return this.caller.is(CallerIdentity.Kind.PRINCIPAL) || this.toolCall.isCallerKnown()
				|| (patience != null && patience.isCallerKnown());
	}

	/**
	 * Return how long the caller stays, if that is not for the guard to say.
	 */
	@Nullable CallerDeadline patience() {
		return (this.toolCall != null) ? this.toolCall.patience() : null;
	}

	/**
	 * Makes sure that somebody still wants the call to be made.
	 * @param waited whether it has waited for its decision
	 * @throws CallRefusedException if not
	 */
	void requireCaller(boolean waited) {
		CallerDeadline patience = patience();
		if (patience != null) {
			patience.requireCaller(waited);
		}
	}

	/**
	 * Makes sure that the grant is for this call as it is now.
	 * @throws CallRefusedException if not
	 */
	void verify(Permission grant) {
		this.invocation.verify(this.asked, grant);
	}

	static CallRefusedException unsigned(UnsignedGrantException ex) {
		return new CallRefusedException(ex.code(), ex.problem(),
				"the permission is not signed as this application requires", ex);
	}

	/**
	 * Makes sure that the grant is proved as the application requires.
	 */
	void requireSigned(Permission grant) {
		this.verifier.verify(this.asked.request(), grant);
	}

	/**
	 * Makes sure once more that the call is as it was asked for, where time has passed
	 * between its check and its body.
	 * @throws CallRefusedException if not, remembered for further tries of the same
	 * invocation
	 */
	void requireUnchanged() {
		try {
			this.invocation.requireUnchanged(this.asked);
		}
		catch (CallRefusedException ex) {
			remember(ex);
			throw ex;
		}
	}

	/**
	 * Makes sure that the grant still lives when the body begins. The service could only
	 * tell afterwards.
	 * @throws CallRefusedException if not, remembered for further tries of the same
	 * invocation
	 */
	void requireAlive(Permission grant) {
		if (grant.expiresAt().filter((end) -> !this.clock.instant().isBefore(end)).isPresent()) {
			CallRefusedException refusal = new CallRefusedException("GRANT_EXPIRED",
					"The permission ended at " + grant.expiresAt().orElseThrow()
							+ " by this machine's clock, before the body began: ask for a longer ttl, or set the clock",
					null);
			remember(refusal);
			throw refusal;
		}
	}

	/**
	 * Decides between the body, which is about to begin, and the end of the call before
	 * it.
	 * @return {@code true} for the first of them
	 */
	boolean isFirst() {
		return this.decided.compareAndSet(false, true);
	}

	/**
	 * Makes sure that the body has ended with a result.
	 * @throws IllegalStateException if work would be done later, without its permission
	 */
	void requireEnded(Object result) {
		this.invocation.requireEnded(result);
	}

	/**
	 * Runs the body. The only way to it: it takes a grant.
	 */
	@Nullable Object proceed(Permission grant) throws Throwable {
		try {
			this.verifier.begin(grant);
		}
		catch (UnsignedGrantException ex) {
			CallRefusedException refusal = unsigned(ex);
			remember(refusal);
			throw refusal;
		}
		return this.invocation.proceed(this.asked, grant.orThrow(), () -> requireAlive(grant));
	}

	/**
	 * The call has ended, and its body must not run any more.
	 * @return whether it has run
	 */
	boolean end() {
		return this.invocation.end();
	}

	/**
	 * Return why the call is refused with a permission that is no grant, and keep it for
	 * further tries unless the request stays open: these pick its decision up.
	 * @param waited how long it has waited for a decision that would be too late now;
	 * zero if the request stays open
	 */
	RuntimeException refused(Permission permission, Duration waited) {
		try {
			PermissionExchange.granted(permission, waited);
			return new IllegalStateException("Permission " + permission.id() + " is a grant");
		}
		catch (PermissionNotGrantedException ex) {
			if (!waited.isZero()) {
				remember(ex);
			}
			return ex;
		}
	}

	/**
	 * Keeps a refusal for those who try this invocation again, such as
	 * {@code @Retryable}: the human must not be asked again.
	 */
	void remember(RuntimeException refusal) {
		this.invocation.remember(refusal);
	}

}
