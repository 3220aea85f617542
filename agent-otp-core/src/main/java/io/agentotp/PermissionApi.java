package io.agentotp;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;

import io.agentotp.Answers.Decided;
import io.agentotp.CallExecutor.Call;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The agent's routes of the protocol, one method each, blocking.
 */
final class PermissionApi {

	/** How long a check of the access may take: health must be cheap. */
	private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(5);

	private final CallExecutor executor;

	private final String apiPath;

	private final Duration timeout;

	private final CallOptions options;

	private final LongSupplier nanoTime;

	/** When the call began, if it has had to wait for its turn since. */
	private final @Nullable Long begun;

	PermissionApi(CallExecutor executor, String apiPath, Duration timeout, CallOptions options, LongSupplier nanoTime) {
		this(executor, apiPath, timeout, options, nanoTime, null);
	}

	private PermissionApi(CallExecutor executor, String apiPath, Duration timeout, CallOptions options,
			LongSupplier nanoTime, @Nullable Long begun) {
		this.executor = executor;
		this.apiPath = apiPath;
		this.timeout = timeout;
		this.options = options;
		this.nanoTime = nanoTime;
		this.begun = begun;
	}

	/**
	 * Return the same routes with other options.
	 */
	PermissionApi with(CallOptions options) {
		return new PermissionApi(this.executor, this.apiPath, this.timeout, options, this.nanoTime);
	}

	CallOptions options() {
		return this.options;
	}

	/**
	 * Return the same routes for one call whose time runs from now on, although its turn
	 * comes later.
	 */
	PermissionApi fromNow() {
		return new PermissionApi(this.executor, this.apiPath, this.timeout, this.options, this.nanoTime,
				this.nanoTime.getAsLong());
	}

	/**
	 * Return the same routes for one request that may have to be sent again.
	 */
	PermissionApi keyed() {
		return new PermissionApi(this.executor, this.apiPath, this.timeout,
				this.options.withIdempotencyKey(UUID.randomUUID().toString()), this.nanoTime, this.begun);
	}

	Permission request(PermissionRequest request) {
		Map<String, Object> body = new LinkedHashMap<>();
		body.put("action", request.action());
		request.resource().ifPresent((resource) -> body.put("resource", resource));
		body.put("scope", request.scope());
		if (!request.context().isEmpty()) {
			body.put("context", request.context());
		}
		request.ttl().ifPresent((ttl) -> body.put("ttl", ttl.toSeconds()));
		request.call().ifPresent((called) -> body.put("call", called));
		request.callDigest().ifPresent((digest) -> body.put("callDigest", digest));
		return execute(post("request", "/permissions/request", body), deadline(),
				(node, info) -> Answers.permission(node, info, request));
	}

	String mac(byte[] content) {
		return this.executor.mac(content);
	}

	Permission get(String id) {
		return get(id, this.options.timeout().orElse(this.timeout));
	}

	/**
	 * Reads a permission.
	 * @param atMost how long it may take, if that is less than calls may take anyway
	 */
	Permission get(String id, Duration atMost) {
		Duration usual = this.options.timeout().orElse(this.timeout);
		Deadline deadline = deadline((atMost.compareTo(usual) < 0) ? atMost : usual);
		return execute(read("get", "/permissions/" + segment("get", id)), deadline, (node, info) -> {
			Permission permission = Answers.permission(node, info);
			if (!permission.id().equals(id)) {
				throw new ProtocolException("The answer is about another permission", info);
			}
			return permission;
		});
	}

	List<Decided> query(List<String> ids) {
		return execute(post("query", "/permissions/query", Map.of("ids", ids)), deadline(), Answers::decided);
	}

	/**
	 * Reads the decision feed.
	 * @param cursor the last position, or {@code null} for the present one
	 * @param wait how long the service may park the request
	 */
	Decisions decisions(@Nullable String cursor, Duration wait) {
		return decisions((cursor != null) ? "after" : null, cursor, wait, this.timeout);
	}

	/**
	 * Where in the feed that is which was decided since a moment.
	 */
	Decisions decisionsSince(Instant since) {
		return decisions("since", since.toString(), Duration.ZERO, this.timeout);
	}

	private Decisions decisions(@Nullable String from, @Nullable String value, Duration wait, Duration timeout) {
		String path = "/permissions/decisions"
				+ ((value != null) ? "?" + from + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8) : "");
		// Not tried again here: the watcher knows better what to do next.
		Call call = new Call("decisions", "GET", this.apiPath + path, this.options.headers(), null, null, wait,
				OptionalInt.of(0), false);
		return execute(call, deadline(wait.plus(timeout)),
				(node, info) -> new Decisions(Answers.decided(node, info), Answers.required(node, "cursor", info)));
	}

	/**
	 * Checks that the service can be reached and accepts the key.
	 */
	void checkAccess() {
		try {
			decisions(null, null, Duration.ZERO, CHECK_TIMEOUT);
		}
		catch (AgentOtpException ex) {
			if (!noSuchRoute(ex)) {
				throw ex;
			}
			// A service without the feed looks for a permission of that id: the key was
			// accepted, unless nothing at that address speaks the protocol.
			health();
		}
	}

	/**
	 * Whether an error means that the service does not have the feed or the query, as the
	 * original service does not.
	 */
	static boolean noSuchRoute(AgentOtpException ex) {
		return ex.status() == 404 || ex.status() == 405 || ex.status() == 501;
	}

	TokenVerification verify(String id, OtpToken token) {
		return execute(
				post("verify", "/permissions/" + segment("verify", id) + "/verify", Map.of("token", token.value())),
				deadline(), Answers::verification);
	}

	TokenUse use(String id, OtpToken token, @Nullable Map<String, ? extends @Nullable Object> details,
			@Nullable String callDigest) {
		Map<String, Object> body = new LinkedHashMap<>();
		body.put("token", token.value());
		if (details != null) {
			Map<String, String> errors = new TreeMap<>();
			body.put("actionDetails", JsonCopies.freeze("details", details, errors));
			if (!errors.isEmpty()) {
				throw new ValidationException("VALIDATION_ERROR", "The details are invalid", errors,
						CallInfo.local("use"));
			}
		}
		if (callDigest != null) {
			body.put("callDigest", callDigest);
		}
		return execute(post("use", "/permissions/" + segment("use", id) + "/use", body), deadline(), Answers::use);
	}

	Revocation revoke(String id, @Nullable String reason) {
		return execute(post("revoke", "/permissions/" + segment("revoke", id) + "/revoke",
				(reason != null) ? Map.of("reason", reason) : Map.of()), deadline(), Answers::revocation);
	}

	ServiceHealth health() {
		try {
			return health(this.apiPath);
		}
		catch (AgentOtpException ex) {
			if (this.apiPath.isEmpty() || !noSuchRoute(ex)) {
				throw ex;
			}
			return healthOfTheOriginal(ex);
		}
	}

	/**
	 * The original service tells its health beside its API.
	 */
	private ServiceHealth healthOfTheOriginal(AgentOtpException notInTheApi) {
		try {
			return health("");
		}
		catch (AgentOtpException ex) {
			throw (noSuchRoute(ex) || ex instanceof ProtocolException) ? notInTheApi : ex;
		}
	}

	private ServiceHealth health(String path) {
		Call call = new Call("health", "GET", path + "/health", this.options.headers(), null, null, Duration.ZERO,
				this.options.retries(), false);
		return execute(call, deadline(), Answers::health);
	}

	private Deadline deadline() {
		return deadline(this.options.timeout().orElse(this.timeout));
	}

	private Deadline deadline(Duration timeout) {
		return Deadline.after(timeout, (this.begun != null) ? this.begun : this.nanoTime.getAsLong(), this.nanoTime);
	}

	private <T> T execute(Call call, Deadline deadline, BiFunction<JsonNode, CallInfo, T> reader) {
		if (this.begun != null && deadline.remaining().isZero()) {
			throw new NetworkException(CallExecutor.TIMEOUT,
					"The time was over before the call was sent: too many calls at once", false,
					CallInfo.local(call.operation()), null);
		}
		return this.executor.execute(call, deadline, reader);
	}

	private Call post(String operation, String path, Map<String, ?> body) {
		String key = this.options.idempotencyKey().orElseGet(() -> UUID.randomUUID().toString());
		return new Call(operation, "POST", this.apiPath + path, this.options.headers(), key, Answers.write(body),
				Duration.ZERO, this.options.retries(), this.options.patient());
	}

	private Call read(String operation, String path) {
		return new Call(operation, "GET", this.apiPath + path, this.options.headers(), null, null, Duration.ZERO,
				this.options.retries(), this.options.patient());
	}

	private static String segment(String operation, String id) {
		requireId(operation, id);
		return isUnreserved(id) ? id : URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
	}

	/** As the ids of the service are. */
	private static boolean isUnreserved(String id) {
		for (int i = 0; i < id.length(); i++) {
			char c = id.charAt(i);
			if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) {
				return false;
			}
		}
		return true;
	}

	static String requireId(String operation, String id) {
		if (id.isBlank() || id.equals(".") || id.equals("..")) {
			throw new ValidationException("VALIDATION_ERROR", "The request is invalid",
					Map.of("id", "must be the id of a permission"), CallInfo.local(operation));
		}
		return id;
	}

	/**
	 * What the feed answers.
	 *
	 * @param decided what was decided since the last position
	 * @param cursor the new position
	 */
	record Decisions(List<Decided> decided, String cursor) {

		/** Without what cannot be read. */
		DecisionPage page() {
			return new DecisionPage(this.decided.stream().map(Decided::permission).filter(Objects::nonNull).toList(),
					this.cursor);
		}

	}

}
