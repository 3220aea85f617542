package io.agentotp;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client over the service's routes.
 */
final class DefaultAgentOtpClient implements AgentOtpClient {

	private static final Logger logger = LoggerFactory.getLogger(AgentOtpClient.class);

	private final PermissionApi api;

	private final DecisionWatcher watcher;

	private final Duration approvalTimeout;

	private final Runnable onClose;

	private final AsyncAgentOtpClient async;

	private final AtomicBoolean closed = new AtomicBoolean();

	DefaultAgentOtpClient(PermissionApi api, DecisionWatcher watcher, Workers workers, Duration approvalTimeout,
			Runnable onClose) {
		this.api = api;
		this.watcher = watcher;
		this.approvalTimeout = approvalTimeout;
		this.onClose = onClose;
		this.async = new DefaultAsyncAgentOtpClient(api, watcher, workers, approvalTimeout, this::close);
	}

	@Override
	public Permission requestPermission(PermissionRequest request) {
		Permission permission = this.api.request(request);
		if (!permission.isOpen() || !request.waitForApproval()) {
			return permission;
		}
		return await(permission.id(), permission, request.timeout().orElse(this.approvalTimeout));
	}

	@Override
	public Permission getPermission(String id) {
		return this.api.get(id);
	}

	@Override
	public Permission awaitDecision(String id, Duration timeout) {
		return await(id, null, timeout);
	}

	private Permission await(String id, @Nullable Permission asked, Duration timeout) {
		Deadline deadline = Deadline.after(timeout, System::nanoTime);
		CompletableFuture<Permission> waiter = this.watcher.watch(id);
		try {
			Permission current = this.api.getOrElse(id, asked);
			return current.isOpen() ? join(waiter, current, deadline) : current;
		}
		finally {
			waiter.cancel(false);
		}
	}

	private static Permission join(CompletableFuture<Permission> waiter, Permission open, Deadline deadline) {
		try {
			return waiter.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			return open;
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
		Permission permission = requestPermission(request);
		if (permission.isOpen()) {
			withdraw(permission);
		}
		permission.orThrow();
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

	private void withdraw(Permission permission) {
		try {
			revokeToken(permission.id(), "The agent stopped waiting");
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
		try {
			this.api.decisions(null, Duration.ZERO);
		}
		catch (AgentOtpException ex) {
			if (!PermissionApi.noSuchRoute(ex)) {
				throw ex;
			}
			// A service without the feed looks for a permission of that id: the key was
			// accepted, unless nothing at that address speaks the protocol.
			this.api.health();
		}
	}

	@Override
	public AsyncAgentOtpClient async() {
		return this.async;
	}

	@Override
	public void close() {
		if (this.closed.compareAndSet(false, true)) {
			this.onClose.run();
		}
	}

}
