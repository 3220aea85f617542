package io.agentotp.spring.guard;

import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.operation.GuardedCall;
import io.agentotp.spring.operation.GuardedOperation;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;

/**
 * Runs guarded calls: asks, waits, checks, runs the body, reports. When the application
 * stops, it ends all waits and withdraws their questions.
 */
public final class PermissionGuard implements SmartLifecycle {

	private static final Duration LAST_MOMENTS = Duration.ofSeconds(5);

	private final GuardSettings settings;

	private final CallObservation.Factory observations;

	private final Executor executor;

	private final InstantSource clock;

	private final Preconditions preconditions;

	private final PendingWaits waits;

	private final Revocations withdrawals;

	private final UseReports uses;

	private final ApprovalRequests questions;

	private final GrantChecks checks;

	private final ResumableCalls resumptions;

	private volatile boolean running;

	PermissionGuard(AgentOtpClient client, GuardSettings settings, ApplicationEventPublisher publisher,
			CallObservation.Factory observations, Executor executor, InstantSource clock, UseReports.Delayer delayer) {
		GuardEvents events = new GuardEvents(publisher);
		this.settings = settings;
		this.observations = observations;
		this.executor = executor;
		this.clock = clock;
		this.preconditions = new Preconditions(settings.transaction());
		this.waits = new PendingWaits(settings.maxConcurrentWaits(), clock);
		this.withdrawals = new Revocations(client);
		this.uses = new UseReports(client, events, clock, delayer);
		this.questions = new ApprovalRequests(client, settings.approvalTimeout(), events, this.waits, this.withdrawals);
		this.checks = new GrantChecks(events, this.withdrawals);
		this.resumptions = new ResumableCalls(client, events, this.checks, this.uses);
	}

	/**
	 * Starts the configuration of a guard.
	 * @param client asks the service
	 * @param settings how calls ask and wait
	 * @param events publishes {@link io.agentotp.spring.event.PermissionEvent events}
	 * @return a builder
	 */
	public static Builder builder(AgentOtpClient client, GuardSettings settings, ApplicationEventPublisher events) {
		return new Builder(client, settings, events);
	}

	/**
	 * Runs a guarded call.
	 * @param invocation the call
	 * @return what the body returned, or a future or publisher of it
	 * @throws io.agentotp.AgentOtpException if there is no grant; then the body has not
	 * run
	 * @throws Throwable if the body throws it
	 */
	public @Nullable Object invoke(Invocation invocation) throws Throwable {
		return switch (invocation.returnKind()) {
			case VALUE -> new ValueCalls(this).invoke(invocation);
			case STAGE -> new StageCalls(this).invoke(invocation);
			case SINGLE, STREAM -> new ReactiveCalls(this).invoke(invocation);
		};
	}

	/**
	 * Evaluates what a call asks for. Nothing has been asked yet.
	 */
	PermissionCall prepare(Invocation invocation, CallObservation observation, boolean blocking) {
		RuntimeException refusal = invocation.refusal();
		if (refusal != null) {
			// A try again around the guard must not ask the human again.
			throw refusal;
		}
		this.preconditions.check(invocation.operation(), blocking);
		ToolCallContext agentCall = ToolCallContext.current();
		GuardedCall asked = invocation
			.evaluate(ToolCallContext.callerOf(agentCall, resumes(invocation.operation(), agentCall)));
		return new PermissionCall(invocation, asked, observation, this.clock);
	}

	/**
	 * Refuses or reports a call inside a transaction that is not the thread's.
	 */
	void inTransaction(GuardedOperation guarded) {
		this.preconditions.inTransaction(guarded);
	}

	CallObservation observe(GuardedOperation guarded) {
		CallObservation begun = ToolCallContext.observationOf(ToolCallContext.current(), guarded);
		return (begun != null) ? begun : this.observations.start(guarded);
	}

	/**
	 * Obtains the grant of a call, blocking.
	 * @throws io.agentotp.AgentOtpException if there is none
	 */
	Permission obtain(PermissionCall call) {
		ToolCallContext agentCall = ToolCallContext.current();
		if (agentCall != null && agentCall.isBeginning()) {
			throw askAhead(call, agentCall);
		}
		CompletableFuture<Permission> question = (agentCall != null) ? agentCall.take(call) : null;
		if (resumes(call)) {
			return resume(call);
		}
		return require(call, (question != null) ? this.questions.await(question) : this.questions.ask(call));
	}

	private RuntimeException askAhead(PermissionCall call, ToolCallContext agentCall) {
		if (resumes(call)) {
			this.resumptions.askAhead(call);
			agentCall.asked(call, null, this::giveBack);
		}
		else {
			agentCall.asked(call, this.questions.askAsync(call), this::giveBack);
		}
		AskedAheadException signal = new AskedAheadException();
		// One that tries again around the guard gets the same answer.
		call.remember(signal);
		return signal;
	}

	private boolean resumes(PermissionCall call) {
		return resumes(call.guarded(), call.agentCall());
	}

	private boolean resumes(GuardedOperation operation, @Nullable ToolCallContext agentCall) {
		return operation.throwsOnPending(this.settings.onPending())
				|| (agentCall != null && agentCall.patience() != null);
	}

	/**
	 * Obtains the grant of a call without blocking. Completes on the application's
	 * executor, where the body may run. Cancelling it withdraws the question.
	 */
	CompletableFuture<Permission> obtainAsync(PermissionCall call) {
		if (resumes(call)) {
			return resumeAsync(call);
		}
		CompletableFuture<Permission> question = this.questions.askAsync(call);
		CompletableFuture<Permission> grant = question.thenApplyAsync((permission) -> require(call, permission),
				this.executor);
		grant.whenComplete((permission, ex) -> question.cancel(true));
		return grant;
	}

	private Permission resume(PermissionCall call) {
		Permission permission = this.resumptions.obtain(call, false);
		if (permission.status() == PermissionStatus.PENDING) {
			permission = this.questions.await(this.questions.awaitShortly(call, permission));
			if (permission.status() != PermissionStatus.PENDING) {
				permission = this.resumptions.obtain(call, true);
			}
		}
		return resumed(call, permission);
	}

	private CompletableFuture<Permission> resumeAsync(PermissionCall call) {
		CompletableFuture<Permission> result = new CompletableFuture<>();
		CompletableFuture.supplyAsync(() -> this.resumptions.obtain(call, false), this.executor)
			.thenCompose((permission) -> {
				if (permission.status() != PermissionStatus.PENDING) {
					return CompletableFuture.completedFuture(permission);
				}
				CompletableFuture<Permission> decision = this.questions.awaitShortly(call, permission);
				result.whenComplete((grant, ex) -> decision.cancel(true));
				return decision.thenApplyAsync((decided) -> (decided.status() != PermissionStatus.PENDING)
						? this.resumptions.obtain(call, true) : decided, this.executor);
			})
			.thenApply((permission) -> resumed(call, permission))
			.whenComplete((grant, ex) -> {
				if (ex != null) {
					result.completeExceptionally(Failures.refusal(ex));
				}
				else {
					result.complete(grant);
				}
			});
		return result;
	}

	private static Permission resumed(PermissionCall call, Permission permission) {
		if (permission.status() == PermissionStatus.PENDING) {
			ToolCallContext agentCall = call.agentCall();
			if (agentCall != null) {
				agentCall.pending(permission);
			}
			throw call.refused(permission);
		}
		call.requireUnchanged();
		return permission;
	}

	private Permission require(PermissionCall call, Permission permission) {
		Permission grant = this.checks.require(call, permission);
		if (consumesBefore(call)) {
			this.uses.before(grant, call.observation().headers());
			call.requireUnchanged();
		}
		return grant;
	}

	/**
	 * Whether the permission of a call is already used when its body begins.
	 */
	boolean consumesBefore(PermissionCall call) {
		return call.guarded().consumesBefore(this.settings.consume()) || resumes(call);
	}

	/**
	 * Gives the grant of a call back that will not run.
	 */
	void giveBack(Permission grant) {
		this.withdrawals.withdraw(grant.id(), "The call has ended");
	}

	UseReports uses() {
		return this.uses;
	}

	/**
	 * Return the waits under way.
	 */
	public List<PendingWaits.Wait> waits() {
		return this.waits.list();
	}

	@Override
	public void start() {
		this.waits.open();
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
		this.waits.close();
		this.withdrawals.await(LAST_MOMENTS);
		this.uses.close(LAST_MOMENTS);
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	/**
	 * Configures a {@link PermissionGuard}.
	 */
	public static final class Builder {

		private final AgentOtpClient client;

		private final GuardSettings settings;

		private final ApplicationEventPublisher events;

		private CallObservation.Factory observations = (guarded) -> CallObservation.NONE;

		private Executor executor = new CompletableFuture<>().defaultExecutor();

		private InstantSource clock = Clock.systemUTC();

		private UseReports.Delayer delayer = (delay,
				task) -> CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS).execute(task);

		private Builder(AgentOtpClient client, GuardSettings settings, ApplicationEventPublisher events) {
			this.client = client;
			this.settings = settings;
			this.events = events;
		}

		/**
		 * Sets where the bodies of methods that return a future run, and where blocking
		 * calls for reactive ones do.
		 * @param executor the executor
		 * @return this builder
		 */
		public Builder executor(Executor executor) {
			this.executor = executor;
			return this;
		}

		Builder observations(CallObservation.Factory observations) {
			this.observations = observations;
			return this;
		}

		/**
		 * Sets the time by which a grant ends, by default the machine's.
		 * @param clock the time
		 * @return this builder
		 */
		public Builder clock(InstantSource clock) {
			this.clock = clock;
			return this;
		}

		Builder delayer(UseReports.Delayer delayer) {
			this.delayer = delayer;
			return this;
		}

		/**
		 * Builds the guard.
		 * @return the guard
		 */
		public PermissionGuard build() {
			return new PermissionGuard(this.client, this.settings, this.events, this.observations, this.executor,
					this.clock, this.delayer);
		}

	}

}
