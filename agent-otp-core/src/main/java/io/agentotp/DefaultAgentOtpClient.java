package io.agentotp;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import static io.agentotp.DefaultAsyncAgentOtpClient.STOPPED_WAITING;

/**
 * The client over the service's routes.
 */
final class DefaultAgentOtpClient implements AgentOtpClient {

	private final PermissionApi api;

	private final DecisionWatcher watcher;

	private final Workers workers;

	private final PermissionExchange exchange;

	private final Grants grants;

	private final Duration approvalTimeout;

	private final Runnable onClose;

	private final DefaultAsyncAgentOtpClient async;

	/**
	 * Creates a client, or a view of one with other options.
	 * @param onClose ends everything; may be run several times
	 */
	DefaultAgentOtpClient(PermissionApi api, DecisionWatcher watcher, Workers workers, PermissionExchange exchange,
			Grants grants, Duration approvalTimeout, Runnable onClose) {
		this.api = api;
		this.watcher = watcher;
		this.workers = workers;
		this.exchange = exchange;
		this.grants = grants;
		this.approvalTimeout = approvalTimeout;
		this.onClose = onClose;
		this.async = new DefaultAsyncAgentOtpClient(api, watcher, workers, exchange, grants, approvalTimeout, onClose);
	}

	@Override
	public AgentOtpClient with(CallOptions options) {
		return new DefaultAgentOtpClient(this.api.with(options), this.watcher, this.workers, this.exchange, this.grants,
				this.approvalTimeout, this.onClose);
	}

	@Override
	public String mac(byte[] content) {
		return this.api.mac(content);
	}

	@Override
	public Permission requestPermission(PermissionRequest request) {
		Permission permission = this.api.request(request);
		return mustWait(permission, request) ? await(watch(permission, request)) : permission;
	}

	private static boolean mustWait(Permission permission, PermissionRequest request) {
		return permission.isOpen() && request.waitForApproval();
	}

	@Override
	public Permission getPermission(String id) {
		return this.api.get(id);
	}

	@Override
	public Permission awaitDecision(String id, Duration timeout) {
		return await(this.watcher.watch(PermissionApi.requireId("wait", id), null, timeout));
	}

	private Duration waited(PermissionRequest request) {
		return request.waitForApproval() ? request.timeout().orElse(this.approvalTimeout) : Duration.ZERO;
	}

	private Wait watch(Permission permission, PermissionRequest request) {
		return this.watcher.watch(permission.id(), permission, request.timeout().orElse(this.approvalTimeout));
	}

	private Permission await(Wait wait) {
		try {
			this.watcher.confirm(wait);
			return wait.decision().get();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new NetworkException("INTERRUPTED", "The calling thread was interrupted while waiting", true,
					CallInfo.local("wait"), null);
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof AgentOtpException failure) {
				throw failure;
			}
			if (ex.getCause() instanceof TimeoutException) {
				Permission known = wait.known();
				return (known != null) ? known : this.api.get(wait.id());
			}
			throw (CancellationException) new CancellationException("The wait was ended").initCause(ex.getCause());
		}
		catch (CancellationException ex) {
			// Newer JDKs hide the reason behind one of their own.
			throw (ex.getCause() instanceof CancellationException cause) ? cause : ex;
		}
		finally {
			wait.decision().cancel(false);
		}
	}

	@Override
	public DecisionPage decisionsSince(Instant since) {
		return this.api.decisionsSince(since).page();
	}

	@Override
	public DecisionPage decisionsAfter(String cursor, Duration wait) {
		return this.api.decisions(cursor, wait).page();
	}

	@Override
	public TokenVerification verifyToken(String id, OtpToken token) {
		return this.api.verify(id, token);
	}

	@Override
	public TokenUse useToken(String id, OtpToken token, @Nullable Map<String, ? extends @Nullable Object> details,
			@Nullable String callDigest) {
		return this.api.use(id, token, details, callDigest);
	}

	@Override
	public Revocation revokeToken(String id, @Nullable String reason) {
		return this.api.revoke(id, reason);
	}

	@Override
	public <T> T executeWithPermission(PermissionRequest request, Function<Permission, T> body) {
		Permission permission = this.grants.requireFitting(this.async, request,
				PermissionExchange.granted(decided(request), waited(request)));
		T result;
		try {
			result = body.apply(permission);
		}
		catch (Throwable ex) {
			report(permission, ex);
			throw ex;
		}
		report(permission, null);
		return result;
	}

	/**
	 * Asks, and withdraws the request if the wait ends without a decision: nobody shall
	 * approve what will not be done.
	 */
	private Permission decided(PermissionRequest request) {
		Wait wait;
		Runnable known = this.exchange.expect();
		try {
			Permission permission = this.async.ask(this.api, request);
			if (!mustWait(permission, request)) {
				if (permission.isOpen()) {
					this.exchange.withdraw(this.async, permission.id(), STOPPED_WAITING);
				}
				return permission;
			}
			wait = watch(permission, request);
			this.exchange.withdrawUnlessDecided(this.async, permission.id(), wait.decision(), STOPPED_WAITING);
		}
		finally {
			known.run();
		}
		try {
			return await(wait);
		}
		catch (RuntimeException ex) {
			// A grant may have come in at the last moment.
			wait.decision().thenAccept((permission) -> {
				if (permission.isGranted()) {
					this.exchange.withdraw(this.async, permission.id(), STOPPED_WAITING);
				}
			});
			throw ex;
		}
	}

	private void report(Permission permission, @Nullable Throwable failure) {
		this.exchange.reportBlocking(this, permission, Outcomes.of(failure), this.api.options());
	}

	@Override
	public ServiceHealth health() {
		return this.api.health();
	}

	@Override
	public void checkAccess() {
		this.api.checkAccess();
	}

	@Override
	public AsyncAgentOtpClient async() {
		return this.async;
	}

	@Override
	public void close() {
		this.onClose.run();
	}

}
