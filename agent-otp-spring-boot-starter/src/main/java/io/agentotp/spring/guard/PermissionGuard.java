package io.agentotp.spring.guard;

import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import io.agentotp.AgentOtpClient;
import io.agentotp.GrantVerifier;
import io.agentotp.Permission;
import io.agentotp.PermissionExchange;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.event.PermissionDecidedLateEvent;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.task.SimpleAsyncTaskExecutor;

/**
 * Runs guarded calls: asks, waits, checks, runs the body, reports. When the application
 * stops, it ends all waits and withdraws their requests.
 */
public final class PermissionGuard implements SmartLifecycle, InitializingBean, DisposableBean {

	private static final Duration LAST_MOMENTS = Duration.ofSeconds(5);

	private static final Duration DENIAL_LASTS = Duration.ofMinutes(5);

	private static final int MOST_REQUESTS = 20;

	private final GuardEvents events;

	private final PendingWaits waits;

	private final PermissionExchange exchange;

	private final Approvals approvals;

	/** A context that is told to end while it still starts does not stop its beans. */
	private final Thread hook = new Thread(this::stop, "agentotp-shutdown");

	private volatile boolean running;

	PermissionGuard(AgentOtpClient client, GuardSettings settings, ApplicationEventPublisher publisher,
			CallObservation.Factory observations, Executor executor, InstantSource clock,
			PermissionExchange.Delayer delayer, AgentLimits limits, GrantVerifier verifier) {
		GuardEvents events = new GuardEvents(publisher);
		this.events = events;
		this.waits = new PendingWaits(settings.maxConcurrentWaits(), clock);
		this.exchange = new PermissionExchange(clock, delayer, UseReports.publishing(events));
		Revocations revocations = new Revocations(client, this.exchange);
		UseReports uses = new UseReports(client, this.exchange, events);
		ApprovalRequests requests = new ApprovalRequests(client, settings.approvalTimeout(), events, this.waits,
				revocations, limits);
		GrantChecks checks = new GrantChecks(events, revocations, settings.approvalTimeout(), limits);
		ResumedApprovals resumed = new ResumedApprovals(requests,
				new ResumableCalls(client, events, checks, uses, limits), executor, settings.onPending());
		this.approvals = new Approvals(settings, observations, executor, clock, client::mac, uses, requests, checks,
				resumed, limits, verifier);
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
			case VALUE -> new ValueCalls(this.approvals).invoke(invocation);
			case STAGE -> new StageCalls(this.approvals).invoke(invocation);
			case SINGLE, STREAM -> new ReactiveCalls(this.approvals).invoke(invocation);
		};
	}

	/**
	 * Return the waits under way.
	 */
	public List<PendingWaits.Wait> waits() {
		return this.waits.list();
	}

	/**
	 * Blocks until the calls that are asking now know their requests.
	 */
	void awaitAnswers() throws InterruptedException {
		this.events.requests().awaitAnswers();
	}

	/**
	 * Publishes a decision, unless a call learns of it.
	 * @param before whether the request was made before this run
	 */
	void decided(Permission permission, boolean before) {
		this.waits.find(permission.id()).ifPresentOrElse((wait) -> wait.whenComplete((decided, ex) -> {
			if (decided == null || decided.status() == PermissionStatus.PENDING) {
				tell(permission, before);
			}
		}), () -> tell(permission, before));
	}

	private void tell(Permission permission, boolean before) {
		if (this.events.requests().decided(permission, before)) {
			this.events.publish(new PermissionDecidedLateEvent(permission));
		}
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
		this.exchange.close(LAST_MOMENTS);
	}

	@Override
	public void afterPropertiesSet() {
		try {
			Runtime.getRuntime().addShutdownHook(this.hook);
		}
		catch (IllegalStateException ex) {
			// The virtual machine ends.
			this.waits.close();
		}
	}

	@Override
	public void destroy() {
		stop();
		try {
			Runtime.getRuntime().removeShutdownHook(this.hook);
		}
		catch (IllegalStateException ex) {
			// It runs.
		}
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

		/** A pool ends no call while its threads wait for calls. */
		private Executor executor = new SimpleAsyncTaskExecutor("agentotp-guard-");

		private InstantSource clock = Clock.systemUTC();

		private Duration denialLasts = DENIAL_LASTS;

		private int mostRequests = MOST_REQUESTS;

		private GrantVerifier verifier = GrantVerifier.NONE;

		private PermissionExchange.Delayer delayer = (delay,
				task) -> CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS).execute(task);

		private Builder(AgentOtpClient client, GuardSettings settings, ApplicationEventPublisher events) {
			this.client = client;
			this.settings = settings;
			this.events = events;
		}

		/**
		 * Sets where the bodies of methods that return a future run, and where blocking
		 * calls for reactive ones do, by default each on a new thread.
		 * @param executor the executor, whose threads must not run out while they wait
		 * for guarded calls
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

		/**
		 * Sets how often the tools of agents may ask approvers.
		 * @param denialLasts how long a denial stands for the same call in the same
		 * conversation, by default 5 minutes; zero for not at all
		 * @param mostRequests how many times approvers are asked in one turn, by default
		 * 20
		 * @return this builder
		 */
		public Builder agents(Duration denialLasts, int mostRequests) {
			this.denialLasts = denialLasts;
			this.mostRequests = mostRequests;
			return this;
		}

		/**
		 * Sets what looks at each grant before its body runs, by default nothing besides
		 * the guard. Replaces the one of the properties {@code agentotp.trust}.
		 * @param verifier the verifier, such as {@link io.agentotp.trust.SignedGrants}
		 * @return this builder
		 */
		public Builder grantVerifier(GrantVerifier verifier) {
			this.verifier = verifier;
			return this;
		}

		/**
		 * Sets what runs the next try of a report that failed, by default a timer of the
		 * JDK's.
		 * @param delayer runs something later
		 * @return this builder
		 */
		public Builder delayer(PermissionExchange.Delayer delayer) {
			this.delayer = delayer;
			return this;
		}

		/**
		 * Builds the guard.
		 * @return the guard
		 */
		public PermissionGuard build() {
			return new PermissionGuard(this.client, this.settings, this.events, this.observations, this.executor,
					this.clock, this.delayer, new AgentLimits(this.denialLasts, this.mostRequests, this.clock),
					this.verifier);
		}

	}

}
