package io.agentotp;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * Runs one test over both clients: the asynchronous one is made to look like the other.
 */
enum Mode {

	SYNC, ASYNC;

	AgentOtpClient of(AgentOtpClient client) {
		return (this == SYNC) ? client : new Blocking(client);
	}

	static <T> T get(CompletableFuture<T> future) {
		try {
			return future.get();
		}
		catch (ExecutionException ex) {
			return sneaky(ex.getCause());
		}
		catch (InterruptedException ex) {
			return sneaky(ex);
		}
	}

	@SuppressWarnings("unchecked")
	private static <T, X extends Throwable> T sneaky(Throwable ex) throws X {
		throw (X) ex;
	}

	private record Blocking(AgentOtpClient client) implements AgentOtpClient {

		@Override
		public AgentOtpClient with(CallOptions options) {
			return new Blocking(this.client.with(options));
		}

		@Override
		public Permission requestPermission(PermissionRequest request) {
			return get(this.client.async().requestPermission(request));
		}

		@Override
		public Permission getPermission(String id) {
			return get(this.client.async().getPermission(id));
		}

		@Override
		public Permission awaitDecision(String id, Duration timeout) {
			return get(this.client.async().awaitDecision(id, timeout));
		}

		@Override
		public DecisionPage decisionsSince(Instant since) {
			return this.client.decisionsSince(since);
		}

		@Override
		public DecisionPage decisionsAfter(String cursor, Duration wait) {
			return this.client.decisionsAfter(cursor, wait);
		}

		@Override
		public TokenVerification verifyToken(String id, OtpToken token) {
			return get(this.client.async().verifyToken(id, token));
		}

		@Override
		public TokenUse useToken(String id, OtpToken token, @Nullable Map<String, ? extends @Nullable Object> details,
				@Nullable String callDigest) {
			return get(this.client.async().useToken(id, token, details, callDigest));
		}

		@Override
		public String mac(byte[] content) {
			return this.client.mac(content);
		}

		@Override
		public Revocation revokeToken(String id, @Nullable String reason) {
			return get(this.client.async().revokeToken(id, reason));
		}

		@Override
		public <T> T executeWithPermission(PermissionRequest request, Function<Permission, T> body) {
			return get(this.client.async()
				.executeWithPermission(request,
						(permission) -> CompletableFuture.completedFuture(body.apply(permission))));
		}

		@Override
		public ServiceHealth health() {
			return get(this.client.async().health());
		}

		@Override
		public void checkAccess() {
			get(this.client.async().checkAccess());
		}

		@Override
		public AsyncAgentOtpClient async() {
			return this.client.async();
		}

		@Override
		public void close() {
			this.client.async().close();
		}

	}

}
