package io.agentotp.test;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

import io.agentotp.AgentOtpClient;
import io.agentotp.AsyncAgentOtpClient;
import io.agentotp.OtpToken;
import io.agentotp.Permission;
import io.agentotp.PermissionRequest;
import io.agentotp.Revocation;
import io.agentotp.TokenUse;
import io.agentotp.TokenVerification;
import org.jspecify.annotations.Nullable;

/**
 * Runs one test over both clients.
 */
enum Mode {

	SYNC, ASYNC;

	/** Asks without holding up the test. */
	CompletableFuture<Permission> start(AgentOtpClient client, PermissionRequest request) {
		return (this == ASYNC) ? client.async().requestPermission(request)
				: CompletableFuture.supplyAsync(() -> client.requestPermission(request), (task) -> {
					Thread thread = new Thread(task, "asking");
					thread.setDaemon(true);
					thread.start();
				});
	}

	Permission request(AgentOtpClient client, PermissionRequest request) {
		return call(client, (sync) -> sync.requestPermission(request), (async) -> async.requestPermission(request));
	}

	Permission get(AgentOtpClient client, String id) {
		return call(client, (sync) -> sync.getPermission(id), (async) -> async.getPermission(id));
	}

	TokenVerification verify(AgentOtpClient client, String id, OtpToken token) {
		return call(client, (sync) -> sync.verifyToken(id, token), (async) -> async.verifyToken(id, token));
	}

	TokenUse use(AgentOtpClient client, Permission permission) {
		return use(client, permission.id(), permission.token().orElseThrow(), permission.callDigest().orElse(null));
	}

	TokenUse use(AgentOtpClient client, String id, OtpToken token, @Nullable String callDigest) {
		Map<String, Object> details = Map.of("outcome", "done");
		return call(client, (sync) -> sync.useToken(id, token, details, callDigest),
				(async) -> async.useToken(id, token, details, callDigest));
	}

	Revocation revoke(AgentOtpClient client, Permission permission) {
		return call(client, (sync) -> sync.revokeToken(permission.id(), "not needed"),
				(async) -> async.revokeToken(permission.id(), "not needed"));
	}

	<T> T execute(AgentOtpClient client, PermissionRequest request, Function<Permission, T> body) {
		return call(client, (sync) -> sync.executeWithPermission(request, body), (async) -> async
			.executeWithPermission(request, (permission) -> CompletableFuture.completedFuture(body.apply(permission))));
	}

	private <T> T call(AgentOtpClient client, Function<AgentOtpClient, T> sync,
			Function<AsyncAgentOtpClient, CompletableFuture<T>> async) {
		return (this == SYNC) ? sync.apply(client) : join(async.apply(client.async()));
	}

	static <T> T join(CompletableFuture<T> future) {
		try {
			return future.get();
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof RuntimeException failure) {
				throw failure;
			}
			throw new AssertionError(ex);
		}
		catch (InterruptedException ex) {
			throw new AssertionError(ex);
		}
	}

}
