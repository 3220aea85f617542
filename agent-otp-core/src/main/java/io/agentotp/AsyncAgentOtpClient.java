package io.agentotp;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * The verbs of {@link AgentOtpClient} without blocking the caller. Futures complete with
 * the same results and exceptions, on a thread of the client; cancelling one, or one
 * derived from it, aborts its call or its wait; only {@link #executeWithPermission} then
 * gives its permission back. Waiting holds neither a thread nor a connection per
 * permission.
 * <p>
 * A client has eight such threads, for its calls and for what is chained to them. Do not
 * block there, least of all for another future of the same client: when all eight wait
 * for calls that need one of them, none ever ends. Compose the futures instead, or chain
 * blocking work with an executor of your own ({@code thenApplyAsync}).
 */
public interface AsyncAgentOtpClient extends AutoCloseable {

	/**
	 * Return a view of this client with other options for its calls.
	 * @param options what shall be different
	 * @return the view
	 * @see AgentOtpClient#with(CallOptions)
	 */
	AsyncAgentOtpClient with(CallOptions options);

	/**
	 * Asks for a permission.
	 * @param request what is asked for
	 * @return the permission, whatever its status
	 * @see AgentOtpClient#requestPermission(PermissionRequest)
	 */
	CompletableFuture<Permission> requestPermission(PermissionRequest request);

	/**
	 * Reads a permission.
	 * @param id the permission's id
	 * @return the permission
	 * @see AgentOtpClient#getPermission(String)
	 */
	CompletableFuture<Permission> getPermission(String id);

	/**
	 * Waits until a permission is decided.
	 * @param id the permission's id
	 * @param timeout how long to wait
	 * @return the permission, still pending if the time has run out
	 * @see AgentOtpClient#awaitDecision(String, Duration)
	 */
	CompletableFuture<Permission> awaitDecision(String id, Duration timeout);

	/**
	 * Asks whether a token could be used now, without using it.
	 * @param id the permission's id
	 * @param token the token
	 * @return the answer
	 * @see AgentOtpClient#verifyToken(String, OtpToken)
	 */
	CompletableFuture<TokenVerification> verifyToken(String id, OtpToken token);

	/**
	 * Uses a token.
	 * @param id the permission's id
	 * @param token the token
	 * @param details what was done with it, or {@code null}
	 * @param callDigest the digest of the call, if the permission is bound to one
	 * @return how often the token can still be used
	 * @see AgentOtpClient#useToken(String, OtpToken, Map, String)
	 */
	CompletableFuture<TokenUse> useToken(String id, OtpToken token,
			@Nullable Map<String, ? extends @Nullable Object> details, @Nullable String callDigest);

	/**
	 * Uses a token that is bound to no call.
	 * @param id the permission's id
	 * @param token the token
	 * @return how often the token can still be used
	 * @see AgentOtpClient#useToken(String, OtpToken)
	 */
	default CompletableFuture<TokenUse> useToken(String id, OtpToken token) {
		return useToken(id, token, null, null);
	}

	/**
	 * Uses a token that is bound to no call.
	 * @param id the permission's id
	 * @param token the token
	 * @param details what was done with it
	 * @return how often the token can still be used
	 * @see AgentOtpClient#useToken(String, OtpToken, Map)
	 */
	default CompletableFuture<TokenUse> useToken(String id, OtpToken token,
			Map<String, ? extends @Nullable Object> details) {
		return useToken(id, token, details, null);
	}

	/**
	 * Uses the token of a granted permission.
	 * @param permission the permission
	 * @return how often the token can still be used; fails with a
	 * {@link PermissionNotGrantedException} if the permission is not a grant
	 * @see AgentOtpClient#useToken(Permission)
	 */
	default CompletableFuture<TokenUse> useToken(Permission permission) {
		return useToken(permission, Map.of());
	}

	/**
	 * Uses the token of a granted permission.
	 * @param permission the permission
	 * @param details what was done with it
	 * @return how often the token can still be used; fails with a
	 * {@link PermissionNotGrantedException} if the permission is not a grant
	 * @see AgentOtpClient#useToken(Permission, Map)
	 */
	default CompletableFuture<TokenUse> useToken(Permission permission,
			Map<String, ? extends @Nullable Object> details) {
		try {
			return useToken(permission.id(), permission.orThrow().token().orElseThrow(), details,
					permission.callDigest().orElse(null));
		}
		catch (PermissionNotGrantedException ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	/**
	 * Takes a granted permission back, or withdraws a pending request.
	 * @param id the permission's id
	 * @param reason why, or {@code null}
	 * @return when it was revoked
	 * @see AgentOtpClient#revokeToken(String, String)
	 */
	CompletableFuture<Revocation> revokeToken(String id, @Nullable String reason);

	/**
	 * Asks, waits, runs the body if granted, and marks the token used when the body's
	 * future has completed. Cancelling the result withdraws the request, or cancels the
	 * body's future.
	 * @param request what is asked for
	 * @param body starts what is to be done with the permission
	 * @param <T> what the body results in
	 * @return the body's result
	 * @see AgentOtpClient#executeWithPermission(PermissionRequest, Function)
	 */
	<T> CompletableFuture<T> executeWithPermission(PermissionRequest request,
			Function<Permission, CompletableFuture<T>> body);

	/**
	 * Asks the service how it is.
	 * @return the answer
	 * @see AgentOtpClient#health()
	 */
	CompletableFuture<ServiceHealth> health();

	/**
	 * Checks that the service can be reached and accepts the key. Changes nothing.
	 * @return completes if so
	 * @see AgentOtpClient#checkAccess()
	 */
	CompletableFuture<Void> checkAccess();

	/**
	 * Closes the client that this is a view of.
	 * @see AgentOtpClient#close()
	 */
	@Override
	void close();

}
