package io.agentotp;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * Asks the permission service. Thread-safe; an application needs one.
 *
 * <pre class="code">
 * try (AgentOtpClient client = AgentOtpClient.builder().apiKey(key).baseUrl(url).build()) {
 *     client.executeWithPermission(
 *             PermissionRequest.builder("email.send").resource("email:client@example.com").build(),
 *             (permission) -&gt; mailer.send(mail));
 * }
 * </pre>
 *
 * Every method can throw the subclasses of {@link AgentOtpException} that its answer can
 * mean: {@link AuthenticationException}, {@link NetworkException},
 * {@link RateLimitException}, {@link ServerException}, {@link ProtocolException}. A
 * calling thread that is interrupted gets a {@link NetworkException} with its interrupt
 * flag set.
 */
public interface AgentOtpClient extends AutoCloseable {

	/**
	 * Starts the configuration of a client.
	 * @return a builder
	 */
	static AgentOtpClientBuilder builder() {
		return new AgentOtpClientBuilder();
	}

	/**
	 * Creates a client from the environment variables {@code AGENTOTP_API_KEY} and
	 * {@code AGENTOTP_BASE_URL}.
	 * @return a client, to be closed by the caller
	 * @throws ConfigurationException if a variable is missing or wrong
	 */
	static AgentOtpClient fromEnvironment() {
		return builder().environment(System.getenv()).build();
	}

	/**
	 * Return a view of this client with other options for its calls. It shares everything
	 * with this one and closes with it.
	 * @param options what shall be different
	 * @return the view
	 */
	AgentOtpClient with(CallOptions options);

	/**
	 * Asks for a permission and, unless the request says otherwise, waits for a human's
	 * decision.
	 * @param request what is asked for
	 * @return the permission, whatever its status: look at {@link Permission#isGranted()}
	 * or call {@link Permission#orThrow()}. A wait that runs out returns the pending
	 * permission, so that its id is not lost.
	 * @throws ValidationException if the service refuses the request's fields
	 */
	Permission requestPermission(PermissionRequest request);

	/**
	 * Reads a permission.
	 * @param id the permission's id
	 * @return the permission
	 * @throws NotFoundException if this agent has no such permission
	 */
	Permission getPermission(String id);

	/**
	 * Waits until a permission is decided.
	 * @param id the permission's id
	 * @param timeout how long to wait
	 * @return the permission, still pending (or of a status that this version does not
	 * know) if the time has run out
	 * @throws NotFoundException if this agent has no such permission
	 */
	Permission awaitDecision(String id, Duration timeout);

	/**
	 * Finds the place in the feed of this agent's decisions behind which everything is
	 * that was decided since a moment. Earlier decisions may be there, too.
	 * @param since the moment, by the service's clock
	 * @return an empty page, whose cursor {@link #decisionsAfter} takes
	 * @throws NotFoundException if the service has no feed
	 */
	DecisionPage decisionsSince(Instant since);

	/**
	 * Reads what was decided on this agent's requests after a place in the feed, whoever
	 * waits for it. Policies that decide at once are not in the feed.
	 * @param cursor the cursor of the page before
	 * @param wait how long the service may wait until there is something, up to 30
	 * seconds
	 * @return the page
	 * @throws TokenException with the code {@code CURSOR_GONE} if the service does not
	 * know the cursor any more
	 */
	DecisionPage decisionsAfter(String cursor, Duration wait);

	/**
	 * Asks whether a token could be used now, without using it.
	 * @param id the permission's id
	 * @param token the token
	 * @return the answer
	 */
	TokenVerification verifyToken(String id, OtpToken token);

	/**
	 * Uses a token.
	 * @param id the permission's id
	 * @param token the token
	 * @param details what was done with it, for the record; JSON values by name, or
	 * {@code null}
	 * @param callDigest the digest of the call, if the permission is bound to one
	 * @return how often the token can still be used
	 * @throws TokenException if the service rejects the token; nothing has changed then
	 */
	TokenUse useToken(String id, OtpToken token, @Nullable Map<String, ? extends @Nullable Object> details,
			@Nullable String callDigest);

	/**
	 * Uses a token that is bound to no call.
	 * @param id the permission's id
	 * @param token the token
	 * @return how often the token can still be used
	 * @throws TokenException if the service rejects the token; nothing has changed then
	 */
	default TokenUse useToken(String id, OtpToken token) {
		return useToken(id, token, null, null);
	}

	/**
	 * Uses a token that is bound to no call.
	 * @param id the permission's id
	 * @param token the token
	 * @param details what was done with it, for the record; JSON values by name
	 * @return how often the token can still be used
	 * @throws TokenException if the service rejects the token; nothing has changed then
	 */
	default TokenUse useToken(String id, OtpToken token, Map<String, ? extends @Nullable Object> details) {
		return useToken(id, token, details, null);
	}

	/**
	 * Authenticates content that must not be shown, such as a PIN: the result binds a
	 * permission to it, and nobody without the API key can find it by trying.
	 * @param content the content
	 * @return HMAC-SHA-256 under a key derived from the API key, as 64 lower-case hex
	 * digits; another one after the key was rotated
	 */
	String mac(byte[] content);

	/**
	 * Uses the token of a granted permission.
	 * @param permission the permission
	 * @param details what was done with it, for the record; JSON values by name
	 * @return how often the token can still be used
	 * @throws PermissionNotGrantedException if the permission is not a grant
	 * @throws TokenException if the service rejects the token; nothing has changed then
	 */
	default TokenUse useToken(Permission permission, Map<String, ? extends @Nullable Object> details) {
		return useToken(permission.id(), permission.orThrow().token().orElseThrow(), details,
				permission.callDigest().orElse(null));
	}

	/**
	 * Uses the token of a granted permission.
	 * @param permission the permission
	 * @return how often the token can still be used
	 * @throws PermissionNotGrantedException if the permission is not a grant
	 * @throws TokenException if the service rejects the token; nothing has changed then
	 */
	default TokenUse useToken(Permission permission) {
		return useToken(permission, Map.of());
	}

	/**
	 * Takes a granted permission back, or withdraws a pending request.
	 * @param id the permission's id
	 * @param reason why, for the record, or {@code null}
	 * @return when it was revoked
	 * @throws TokenException if it was too late, because the permission is used or over
	 */
	Revocation revokeToken(String id, @Nullable String reason);

	/**
	 * Asks, waits, runs the body if and only if the permission is granted, and marks the
	 * token used with the outcome. A wait that ends without a decision withdraws the
	 * request. If marking fails, the body's result stands, since the deed is done: it is
	 * tried again until the token ends, and then told to the
	 * {@link AgentOtpClientBuilder#useListener(UseListener) listener}.
	 * @param request what is asked for
	 * @param body what to do with the permission
	 * @param <T> what the body returns
	 * @return what the body returned
	 * @throws PermissionDeniedException if a policy or a human said no
	 * @throws PermissionExpiredException if nobody decided within the service's window
	 * @throws PermissionPendingException if nobody decided while this client waited; the
	 * request is withdrawn
	 */
	<T> T executeWithPermission(PermissionRequest request, Function<Permission, T> body);

	/**
	 * Asks the service how it is. Needs no key.
	 * @return the answer
	 */
	ServiceHealth health();

	/**
	 * Checks that the service can be reached and accepts the key. Changes nothing.
	 * @throws AuthenticationException if the key is not accepted
	 */
	void checkAccess();

	/**
	 * Return the asynchronous view of this client. It shares everything with this one and
	 * closes with it.
	 * @return the view
	 */
	AsyncAgentOtpClient async();

	/**
	 * Ends all waits and asynchronous calls with a
	 * {@link java.util.concurrent.CancellationException} and releases threads and
	 * connections. A call that blocks its caller ends by itself or by its timeout, and is
	 * not tried again; a later one fails with a {@link NetworkException} of the code
	 * {@code CLIENT_CLOSED}. Before that, requests of {@link #executeWithPermission
	 * executeWithPermission} that nobody has decided are withdrawn, and uses that could
	 * not be reported yet are reported once more; each may take up to 5 seconds. No other
	 * permission is revoked.
	 */
	@Override
	void close();

}
