package io.agentotp;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * The asynchronous verbs: calls run on the workers, waits on the watcher.
 */
final class DefaultAsyncAgentOtpClient implements AsyncAgentOtpClient {

	static final String STOPPED_WAITING = "The agent stopped waiting";

	private final PermissionApi api;

	private final DecisionWatcher watcher;

	private final Workers workers;

	private final PermissionExchange exchange;

	private final Grants grants;

	private final Duration approvalTimeout;

	private final Runnable onClose;

	DefaultAsyncAgentOtpClient(PermissionApi api, DecisionWatcher watcher, Workers workers, PermissionExchange exchange,
			Grants grants, Duration approvalTimeout, Runnable onClose) {
		this.api = api;
		this.watcher = watcher;
		this.workers = workers;
		this.exchange = exchange;
		this.grants = grants;
		this.approvalTimeout = approvalTimeout;
		this.onClose = onClose;
	}

	@Override
	public AsyncAgentOtpClient with(CallOptions options) {
		return new DefaultAsyncAgentOtpClient(this.api.with(options), this.watcher, this.workers, this.exchange,
				this.grants, this.approvalTimeout, this.onClose);
	}

	@Override
	public CompletableFuture<Permission> requestPermission(PermissionRequest request) {
		CallFuture<Permission> result = new CallFuture<>();
		result.follow(call((api) -> api.request(request)), (permission) -> decide(permission, request, result));
		return result;
	}

	private void decide(Permission permission, PermissionRequest request, CallFuture<Permission> result) {
		if (permission.isOpen() && request.waitForApproval()) {
			await(permission.id(), permission, request.timeout().orElse(this.approvalTimeout), result);
		}
		else {
			result.complete(permission);
		}
	}

	@Override
	public CompletableFuture<Permission> getPermission(String id) {
		return call((api) -> api.get(id));
	}

	@Override
	public CompletableFuture<Permission> awaitDecision(String id, Duration timeout) {
		CallFuture<Permission> result = new CallFuture<>();
		await(id, null, timeout, result);
		return result;
	}

	private void await(String id, @Nullable Permission known, Duration timeout, CallFuture<Permission> result) {
		if (id.isBlank()) {
			result.end(getPermission(id));
			return;
		}
		Wait wait = this.watcher.watch(id, known, timeout);
		result.onAbort(() -> wait.decision().cancel(false));
		// What hangs on the result must hold up neither the watcher nor the JDK's timer.
		wait.decision().whenCompleteAsync((permission, ex) -> ended(wait, permission, ex, result), this.workers);
		this.watcher.confirmSoon(wait);
	}

	private void ended(Wait wait, @Nullable Permission decided, @Nullable Throwable ex, CallFuture<Permission> result) {
		Permission permission = (ex instanceof TimeoutException) ? wait.known() : decided;
		if (permission != null) {
			result.complete(permission);
		}
		else if (ex instanceof TimeoutException) {
			result.end(getPermission(wait.id()));
		}
		else if (ex != null) {
			result.completeExceptionally(CallFuture.unwrap(ex));
		}
	}

	@Override
	public CompletableFuture<TokenVerification> verifyToken(String id, OtpToken token) {
		return call((api) -> api.verify(id, token));
	}

	@Override
	public CompletableFuture<TokenUse> useToken(String id, OtpToken token,
			@Nullable Map<String, ? extends @Nullable Object> details, @Nullable String callDigest) {
		return call((api) -> api.use(id, token, details, callDigest));
	}

	@Override
	public CompletableFuture<Revocation> revokeToken(String id, @Nullable String reason) {
		return call((api) -> api.revoke(id, reason));
	}

	@Override
	public <T> CompletableFuture<T> executeWithPermission(PermissionRequest request,
			Function<Permission, CompletableFuture<T>> body) {
		CallFuture<T> result = new CallFuture<>();
		Runnable known = this.exchange.expect();
		CompletableFuture<Permission> asking = call((api) -> ask(api, request));
		result.onAbort(() -> asking.cancel(true));
		asking.whenComplete((asked, ex) -> {
			try {
				if (ex != null) {
					result.completeExceptionally(CallFuture.unwrap(ex));
				}
				else {
					execute(asked, request, body, result);
				}
			}
			finally {
				known.run();
			}
		});
		return result;
	}

	/**
	 * Asks, and withdraws a request whose answer is lost, unless the caller has a key to
	 * ask for it again.
	 */
	Permission ask(PermissionApi api, PermissionRequest request) {
		if (api.options().idempotencyKey().isPresent()) {
			return api.request(request);
		}
		PermissionApi keyed = api.keyed();
		try {
			return keyed.request(request);
		}
		catch (AgentOtpException ex) {
			this.exchange.withdrawIfLost(this, ex, () -> this.workers.call(() -> keyed.fromNow().request(request)),
					STOPPED_WAITING);
			throw ex;
		}
	}

	private <T> void execute(Permission asked, PermissionRequest request,
			Function<Permission, CompletableFuture<T>> body, CallFuture<T> result) {
		CallFuture<Permission> decision = new CallFuture<>();
		this.exchange.withdrawUnlessDecided(this, asked.id(), decision, STOPPED_WAITING);
		decide(asked, request, decision);
		result.onAbort(() -> decision.cancel(true));
		decision.whenComplete((permission, ex) -> {
			if (ex != null) {
				result.completeExceptionally(CallFuture.unwrap(ex));
			}
			else if (!result.isEnding()) {
				run(permission, request, body, result);
			}
			else if (permission.isGranted()) {
				this.exchange.withdraw(this, permission.id(), STOPPED_WAITING);
			}
		});
	}

	private <T> void run(Permission permission, PermissionRequest request,
			Function<Permission, CompletableFuture<T>> body, CallFuture<T> result) {
		try {
			Duration waited = request.waitForApproval() ? request.timeout().orElse(this.approvalTimeout)
					: Duration.ZERO;
			this.grants.requireFitting(this, request, PermissionExchange.granted(permission, waited));
		}
		catch (AgentOtpException ex) {
			result.completeExceptionally(ex);
			return;
		}
		CompletableFuture<T> running = start(() -> body.apply(permission));
		result.onAbort(() -> running.cancel(true));
		running.whenComplete((value, ex) -> {
			Throwable failure = (ex != null) ? CallFuture.unwrap(ex) : null;
			this.exchange.report(this, permission, Outcomes.of(failure), this.api.options())
				.whenComplete((reported, never) -> {
					if (failure != null) {
						result.completeExceptionally(failure);
					}
					else {
						result.complete(value);
					}
				});
		});
	}

	private static <T> CompletableFuture<T> start(Supplier<CompletableFuture<T>> body) {
		try {
			return Objects.requireNonNull(body.get(), "The body returned no future");
		}
		catch (Throwable ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	@Override
	public CompletableFuture<ServiceHealth> health() {
		return call(PermissionApi::health);
	}

	@Override
	public CompletableFuture<Void> checkAccess() {
		return call((api) -> {
			api.checkAccess();
			return null;
		});
	}

	/**
	 * Calls on a worker. The time that the call waits for one is part of the call's.
	 */
	private <T> CompletableFuture<T> call(Function<PermissionApi, T> call) {
		PermissionApi api = this.api.fromNow();
		return this.workers.call(() -> call.apply(api));
	}

	@Override
	public void close() {
		this.onClose.run();
	}

}
