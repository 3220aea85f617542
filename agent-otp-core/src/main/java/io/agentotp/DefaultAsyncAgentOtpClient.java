package io.agentotp;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The asynchronous verbs: calls run on the workers, waits on the watcher.
 */
final class DefaultAsyncAgentOtpClient implements AsyncAgentOtpClient {

	private static final Logger logger = LoggerFactory.getLogger(AgentOtpClient.class);

	private final PermissionApi api;

	private final DecisionWatcher watcher;

	private final Workers workers;

	private final Duration approvalTimeout;

	private final Runnable onClose;

	DefaultAsyncAgentOtpClient(PermissionApi api, DecisionWatcher watcher, Workers workers, Duration approvalTimeout,
			Runnable onClose) {
		this.api = api;
		this.watcher = watcher;
		this.workers = workers;
		this.approvalTimeout = approvalTimeout;
		this.onClose = onClose;
	}

	@Override
	public CompletableFuture<Permission> requestPermission(PermissionRequest request) {
		Pipeline<Permission> pipeline = new Pipeline<>();
		pipeline.follow(this.workers.call(() -> this.api.request(request)), (permission) -> {
			if (!permission.isOpen() || !request.waitForApproval()) {
				pipeline.complete(permission);
			}
			else {
				pipeline.end(await(permission.id(), permission, request.timeout().orElse(this.approvalTimeout)));
			}
		});
		return pipeline;
	}

	@Override
	public CompletableFuture<Permission> getPermission(String id) {
		return this.workers.call(() -> this.api.get(id));
	}

	@Override
	public CompletableFuture<Permission> awaitDecision(String id, Duration timeout) {
		return await(id, null, timeout);
	}

	private CompletableFuture<Permission> await(String id, @Nullable Permission asked, Duration timeout) {
		Deadline deadline = Deadline.after(timeout, System::nanoTime);
		Pipeline<Permission> pipeline = new Pipeline<>();
		CompletableFuture<Permission> waiter = this.watcher.watch(id);
		pipeline.whenComplete((permission, ex) -> waiter.cancel(false));
		pipeline.follow(this.workers.call(() -> this.api.getOrElse(id, asked)), (current) -> {
			if (!current.isOpen()) {
				pipeline.complete(current);
			}
			else {
				// What hangs on the result must hold up neither the watcher nor the JDK's
				// timer.
				pipeline.end(waiter.completeOnTimeout(current, deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)
					.whenCompleteAsync((decided, ex) -> {
					}, this.workers));
			}
		});
		return pipeline;
	}

	@Override
	public CompletableFuture<TokenVerification> verifyToken(String id, OtpToken token) {
		return this.workers.call(() -> this.api.verify(id, token));
	}

	@Override
	public CompletableFuture<TokenUse> useToken(String id, OtpToken token,
			@Nullable Map<String, ? extends @Nullable Object> details, @Nullable String callDigest) {
		return this.workers.call(() -> this.api.use(id, token, details, callDigest));
	}

	@Override
	public CompletableFuture<Revocation> revokeToken(String id, @Nullable String reason) {
		return this.workers.call(() -> this.api.revoke(id, reason));
	}

	@Override
	public <T> CompletableFuture<T> executeWithPermission(PermissionRequest request,
			Function<Permission, CompletableFuture<T>> body) {
		Pipeline<T> pipeline = new Pipeline<>();
		pipeline.follow(requestPermission(request), (permission) -> {
			if (permission.isOpen()) {
				revokeToken(permission.id(), "The agent stopped waiting");
			}
			permission.orThrow();
			CompletableFuture<T> running = start(() -> body.apply(permission));
			pipeline
				.end(running.handle((result, ex) -> report(permission, result, ex)).thenCompose(Function.identity()));
		});
		return pipeline;
	}

	private <T> CompletionStage<T> report(Permission permission, T result, @Nullable Throwable failure) {
		Map<String, Object> outcome = (failure != null) ? Outcomes.failed(unwrap(failure)) : Outcomes.succeeded();
		return useToken(permission.id(), permission.token().orElseThrow(), outcome,
				permission.callDigest().orElse(null))
			.handle((use, ex) -> {
				if (ex != null) {
					logger.warn("Permission {} was used, but reporting it failed: {}", permission.id(),
							unwrap(ex).getMessage());
				}
				if (failure != null) {
					throw new CompletionException(unwrap(failure));
				}
				return result;
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
		return this.workers.call(this.api::health);
	}

	@Override
	public void close() {
		this.onClose.run();
	}

	private static Throwable unwrap(Throwable ex) {
		return (ex instanceof CompletionException && ex.getCause() != null) ? ex.getCause() : ex;
	}

	/**
	 * A result that several steps lead to. Ending it from outside, by cancelling or by a
	 * timeout, ends the step that is under way.
	 */
	private static final class Pipeline<T> extends CompletableFuture<T> {

		<S> void follow(CompletableFuture<S> step, Consumer<S> next) {
			whenComplete((value, ex) -> step.cancel(true));
			step.whenComplete((value, ex) -> {
				if (isDone()) {
					return;
				}
				try {
					if (ex != null) {
						completeExceptionally(unwrap(ex));
					}
					else {
						next.accept(value);
					}
				}
				catch (Throwable failure) {
					completeExceptionally(failure);
				}
			});
		}

		void end(CompletableFuture<T> step) {
			follow(step, this::complete);
		}

	}

}
