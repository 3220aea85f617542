package io.agentotp;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client over the service's routes.
 */
final class DefaultAgentOtpClient implements AgentOtpClient {

	private static final Logger logger = LoggerFactory.getLogger(AgentOtpClient.class);

	private static final String STOPPED_WAITING = "The agent stopped waiting";

	private final PermissionApi api;

	private final DecisionWatcher watcher;

	private final Workers workers;

	private final Duration approvalTimeout;

	private final Runnable onClose;

	private final AsyncAgentOtpClient async;

	/**
	 * Creates a client, or a view of one with other options.
	 * @param onClose ends everything; may be run several times
	 */
	DefaultAgentOtpClient(PermissionApi api, DecisionWatcher watcher, Workers workers, Duration approvalTimeout,
			Runnable onClose) {
		this.api = api;
		this.watcher = watcher;
		this.workers = workers;
		this.approvalTimeout = approvalTimeout;
		this.onClose = onClose;
		this.async = new DefaultAsyncAgentOtpClient(api, watcher, workers, approvalTimeout, onClose);
	}

	@Override
	public AgentOtpClient with(CallOptions options) {
		return new DefaultAgentOtpClient(this.api.with(options), this.watcher, this.workers, this.approvalTimeout,
				this.onClose);
	}

	@Override
	public Permission requestPermission(PermissionRequest request) {
		Permission permission = this.api.request(request);
		return mustWait(permission, request) ? await(permission, request) : permission;
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

	private Permission await(Permission permission, PermissionRequest request) {
		return await(this.watcher.watch(permission.id(), permission, request.timeout().orElse(this.approvalTimeout)));
	}

	private Permission await(Wait wait) {
		try {
			this.watcher.confirm(wait);
			return wait.decision().get(wait.remaining().toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			Permission known = wait.known();
			return (known != null) ? known : this.api.get(wait.id());
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
			throw (CancellationException) new CancellationException("The wait was ended").initCause(ex.getCause());
		}
		finally {
			wait.decision().cancel(false);
		}
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
		Permission permission = decided(request).orThrow();
		T result;
		try {
			result = body.apply(permission);
		}
		catch (Throwable ex) {
			report(permission, Outcomes.failed(ex));
			throw ex;
		}
		report(permission, Outcomes.succeeded());
		return result;
	}

	/**
	 * Asks, and withdraws the question if the wait ends without a decision: nobody shall
	 * approve what will not be done.
	 */
	private Permission decided(PermissionRequest request) {
		Permission permission = this.api.request(request);
		try {
			if (mustWait(permission, request)) {
				permission = await(permission, request);
			}
		}
		catch (RuntimeException ex) {
			// Without blocking, because the thread may be interrupted.
			this.async.revokeToken(permission.id(), STOPPED_WAITING);
			throw ex;
		}
		if (permission.isOpen()) {
			withdraw(permission);
		}
		return permission;
	}

	private void withdraw(Permission permission) {
		try {
			revokeToken(permission.id(), STOPPED_WAITING);
		}
		catch (RuntimeException ex) {
			logger.debug("Permission {} could not be withdrawn: {}", permission.id(), ex.getMessage());
		}
	}

	private void report(Permission permission, Map<String, Object> outcome) {
		try {
			useToken(permission, outcome);
		}
		catch (RuntimeException ex) {
			logger.warn("Permission {} was used, but reporting it failed: {}", permission.id(), ex.getMessage());
		}
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
