package io.agentotp.spring.guard;

import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

import io.agentotp.GrantVerifier;
import io.agentotp.Permission;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.operation.GuardedCall;
import io.agentotp.spring.operation.GuardedOperation;
import io.agentotp.spring.operation.Masking;
import org.jspecify.annotations.Nullable;

/**
 * What every kind of guarded call does around its body: prepares its permission request,
 * obtains the grant, reports the use.
 */
final class Approvals {

	private final GuardSettings settings;

	private final CallObservation.Factory observations;

	private final Executor executor;

	private final InstantSource clock;

	private final Masking masking;

	private final Preconditions preconditions;

	private final UseReports uses;

	private final ApprovalRequests requests;

	private final GrantChecks checks;

	private final ResumedApprovals resumed;

	private final AgentLimits limits;

	private final GrantVerifier verifier;

	Approvals(GuardSettings settings, CallObservation.Factory observations, Executor executor, InstantSource clock,
			Masking masking, UseReports uses, ApprovalRequests requests, GrantChecks checks, ResumedApprovals resumed,
			AgentLimits limits, GrantVerifier verifier) {
		this.limits = limits;
		this.verifier = verifier;
		this.settings = settings;
		this.observations = observations;
		this.executor = executor;
		this.clock = clock;
		this.masking = masking;
		this.preconditions = new Preconditions(settings.transaction());
		this.uses = uses;
		this.requests = requests;
		this.checks = checks;
		this.resumed = resumed;
	}

	CallObservation observe(GuardedOperation guarded) {
		ToolCallContext toolCall = ToolCallContext.current();
		CallObservation begun = (toolCall != null) ? toolCall.ahead().observation(guarded) : null;
		return (begun != null) ? begun : this.observations.start(guarded);
	}

	/**
	 * Evaluates what a call asks for. Nothing has been asked yet.
	 * @param context of the caller, {@link CallerContext#SAME_THREAD} if the call waits
	 * on its thread
	 * @param caller for whom the call is made
	 */
	PermissionCall prepare(Invocation invocation, CallObservation observation, CallerContext context,
			CallerIdentity caller) {
		RuntimeException refusal = invocation.refusal();
		if (refusal != null) {
			// A try again around the guard must not ask the human again.
			throw refusal;
		}
		this.preconditions.check(invocation.operation(), context == CallerContext.SAME_THREAD);
		ToolCallContext toolCall = ToolCallContext.current();
		boolean resumes = resumes(invocation.operation(), toolCall);
		if (resumes && toolCall == null && (UnknownAgent.calls() || invocation.caller().isUnknownAgent())) {
			throw UnknownAgent.refusal(invocation.operation());
		}
		if (resumes && !invocation.isTargetLasting()) {
			throw new CallRefusedException("TARGET_UNKNOWN", invocation.operation().signature()
					+ " does not wait, and its bean is in a child context without a name that lasts: a bean of another "
					+ "context could pick its approval up. Give the context a name by setId or setDisplayName before its "
					+ "refresh, or set onPending = WAIT", "nobody knows in which application context the bean is",
					null);
		}
		GuardedCall asked = invocation.evaluate(ToolCallContext.callerOf(toolCall, resumes), this.masking);
		PermissionCall call = new PermissionCall(invocation, asked, observation, context, caller, this.clock,
				this.verifier);
		if (resumes && toolCall == null && (!call.isCallerKnown() || isLost(invocation, caller))) {
			throw new CallRefusedException("CALLER_UNKNOWN", invocation.operation().signature()
					+ " does not wait, and nobody knows who calls it: the web request has neither a principal nor a session, "
					+ "the principal has no name or is of a class whose fields cannot be written, "
					+ "or only Reactor's context knows the user. Another client could pick its approval up. Authenticate "
					+ "the request, let the principal implement java.security.Principal with a name, begin a session before "
					+ "the call, make the method a reactive one, or set onPending = WAIT",
					"nobody knows who makes the call", null);
		}
		if (resumes && !call.isCallerKnown() && call.patience() != null) {
			throw new CallRefusedException("CALLER_UNKNOWN", invocation.operation().signature()
					+ " is called by a blocking tool, which does not see the user of Reactor's context: another client could "
					+ "pick its approval up. Write the tool as a reactive one, or carry the context to threads with "
					+ "spring.reactor.context-propagation=auto", "nobody knows for whom the call is made", null);
		}
		if (resumes && !call.isCallerKnown()) {
			throw new CallRefusedException("CALLER_UNKNOWN", invocation.operation().signature()
					+ " does not wait, and nobody knows the conversation, the user or the principal of the agent that calls "
					+ "it: another one could pick its approval up. Put conversationId or userId into the tool context or "
					+ "the invocation parameters, give the service a memory, or set onPending = WAIT",
					"nobody knows in which conversation the call is made", null);
		}
		return call;
	}

	/**
	 * Return whether a call that picks up what was approved is made inside a publisher,
	 * whose subscriber it may be for.
	 */
	boolean isInPublisher(Invocation invocation) {
		return resumes(invocation.operation(), ToolCallContext.current()) && CallerPrincipal.isUnknownSubscriber();
	}

	/** A publisher's own context says who subscribes. */
	private static boolean isLost(Invocation invocation, CallerIdentity caller) {
		return caller.is(CallerIdentity.Kind.APPLICATION)
				&& (invocation.returnKind() == ReturnKind.VALUE || invocation.returnKind() == ReturnKind.STAGE)
				&& CallerPrincipal.isUnknownSubscriber();
	}

	/**
	 * Refuses or reports a call inside a transaction that is not the thread's.
	 */
	void inTransaction(GuardedOperation guarded) {
		this.preconditions.inTransaction(guarded);
	}

	/**
	 * Obtains the grant of a call, blocking.
	 * @throws io.agentotp.AgentOtpException if there is none
	 */
	Permission obtain(PermissionCall call) {
		ToolCallContext toolCall = ToolCallContext.current();
		if (toolCall != null && toolCall.ahead().isBeginning()) {
			this.limits.requireNotDenied(call);
			throw askAhead(call, toolCall.ahead());
		}
		CompletableFuture<Permission> decision = (toolCall != null) ? toolCall.ahead().take(call) : null;
		if (decision == null || !decision.isDone()) {
			try {
				this.limits.requireNotDenied(call);
			}
			catch (CallRefusedException ex) {
				if (decision != null) {
					giveBack(decision);
				}
				throw ex;
			}
		}
		if (resumes(call)) {
			return this.resumed.obtain(call);
		}
		return require(call, (decision != null) ? this.requests.await(decision) : this.requests.ask(call));
	}

	private RuntimeException askAhead(PermissionCall call, AheadRequest ahead) {
		if (resumes(call)) {
			this.resumed.askAhead(call);
			ahead.asked(call, null, this.requests::giveBack);
		}
		else {
			try {
				ahead.asked(call, this.requests.askAsync(call), this.requests::giveBack);
			}
			catch (CallRefusedException ex) {
				// Those before may need no approver, and leave it a place.
				ahead.postpone();
			}
		}
		AskedAheadException signal = new AskedAheadException();
		// One that tries again around the guard gets the same answer.
		call.remember(signal);
		return signal;
	}

	/**
	 * Obtains the grant of a call without blocking. A grant completes on the guard's
	 * executor, where the body may run. Cancelling it withdraws the request.
	 */
	CompletableFuture<Permission> obtainAsync(PermissionCall call) {
		this.limits.requireNotDenied(call);
		if (resumes(call)) {
			return this.resumed.obtainAsync(call);
		}
		CompletableFuture<Permission> decision = this.requests.askAsync(call);
		CompletableFuture<Permission> grant = new CompletableFuture<>();
		decision.whenComplete((permission, ex) -> {
			if (ex != null) {
				grant.completeExceptionally(ex);
				return;
			}
			try {
				this.executor.execute(() -> require(call, permission, grant));
			}
			catch (RuntimeException rejected) {
				giveBack(permission);
				grant.completeExceptionally(rejected);
			}
		});
		grant.whenComplete((permission, ex) -> decision.cancel(true));
		return grant;
	}

	/**
	 * Runs what may lead into the application's code: a thread of the client could end no
	 * call while that code waits for one.
	 */
	void execute(Runnable task) {
		try {
			this.executor.execute(task);
		}
		catch (RuntimeException rejected) {
			task.run();
		}
	}

	/**
	 * Hands the grant over. A dependent of the decision would lose it where it is
	 * cancelled on the way.
	 */
	private void require(PermissionCall call, Permission permission, CompletableFuture<Permission> result) {
		if (result.isDone()) {
			giveBack(permission);
			return;
		}
		try {
			Permission grant = call.context().in(() -> require(call, permission));
			if (!result.complete(grant)) {
				giveBack(grant);
			}
		}
		catch (Throwable ex) {
			result.completeExceptionally(ex);
		}
	}

	private Permission require(PermissionCall call, Permission permission) {
		Permission grant = this.checks.require(call, permission);
		if (consumesBefore(call)) {
			try {
				this.uses.before(grant, call.observation().headers());
			}
			catch (RuntimeException ex) {
				giveBack(grant);
				throw ex;
			}
			call.requireUnchanged();
		}
		return grant;
	}

	/**
	 * The body of a call is about to begin.
	 * @throws CallRefusedException if its grant has ended
	 */
	void begin(PermissionCall call, Permission grant) {
		try {
			call.requireAlive(grant);
		}
		catch (CallRefusedException ex) {
			giveBack(grant);
			throw ex;
		}
	}

	/**
	 * Gives the grant of a call back that will not run, if there is one.
	 */
	void giveBack(Permission permission) {
		this.requests.giveBack(permission);
	}

	/**
	 * Ends a wait, and gives the grant back that may be there already.
	 */
	void giveBack(CompletableFuture<Permission> decision) {
		this.requests.giveBack(decision);
	}

	/**
	 * Reports how the body of a call ended. Never throws.
	 */
	void report(PermissionCall call, Permission grant, Map<String, Object> outcome) {
		boolean ran = call.end();
		if (!consumesBefore(call)) {
			this.uses.after(grant, ran ? outcome : UseReports.notRun(outcome), call.observation().headers());
		}
	}

	/**
	 * Reports how the body of a call ended, without blocking.
	 * @return completes after the first try, never with an exception
	 */
	CompletableFuture<Void> reportAsync(PermissionCall call, Permission grant, Map<String, Object> outcome) {
		boolean ran = call.end();
		if (consumesBefore(call)) {
			return CompletableFuture.completedFuture(null);
		}
		if (!ran && outcome.equals(UseReports.CANCELLED)) {
			giveBack(grant);
			return CompletableFuture.completedFuture(null);
		}
		return this.uses.afterAsync(grant, ran ? outcome : UseReports.notRun(outcome), call.observation().headers());
	}

	/** Whether the permission of a call is already used when its body begins. */
	private boolean consumesBefore(PermissionCall call) {
		return call.guarded().consumesBefore(this.settings.consume()) || resumes(call);
	}

	private boolean resumes(PermissionCall call) {
		return resumes(call.guarded(), call.toolCall());
	}

	private boolean resumes(GuardedOperation operation, @Nullable ToolCallContext toolCall) {
		return operation.throwsOnPending(this.settings.onPending())
				|| (toolCall != null && toolCall.patience() != null);
	}

}
