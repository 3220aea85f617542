package io.agentotp;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.LongSupplier;

import io.agentotp.Answers.Decided;
import io.agentotp.CallExecutor.Call;
import org.jspecify.annotations.Nullable;

/**
 * The agent's routes of the protocol, one method each, blocking.
 */
final class PermissionApi {

	private final CallExecutor executor;

	private final Duration timeout;

	private final LongSupplier nanoTime;

	PermissionApi(CallExecutor executor, Duration timeout, LongSupplier nanoTime) {
		this.executor = executor;
		this.timeout = timeout;
		this.nanoTime = nanoTime;
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
		request.callDigest().ifPresent((digest) -> body.put("callDigest", digest));
		return this.executor.execute(post("request", "/permissions/request", body), deadline(), Answers::permission);
	}

	Permission get(String id) {
		return this.executor.execute(get("get", "/permissions/" + segment("get", id), 0, true), deadline(),
				Answers::permission);
	}

	/**
	 * Reads a permission that is to be waited for.
	 * @param known what is known of it: enough to begin with if reading fails for a
	 * reason that may pass
	 */
	Permission getOrElse(String id, @Nullable Permission known) {
		try {
			return get(id);
		}
		catch (NetworkException | RateLimitException | ServerException ex) {
			if (known == null || Thread.currentThread().isInterrupted()) {
				throw ex;
			}
			return known;
		}
	}

	List<Decided> query(List<String> ids) {
		return this.executor.execute(post("query", "/permissions/query", Map.of("ids", ids)), deadline(),
				Answers::decided);
	}

	/**
	 * Reads the decision feed.
	 * @param cursor the last position, or {@code null} for the present one
	 * @param wait how long the service may park the request
	 */
	Decisions decisions(@Nullable String cursor, Duration wait) {
		String path = "/permissions/decisions"
				+ ((cursor != null) ? "?after=" + URLEncoder.encode(cursor, StandardCharsets.UTF_8) : "");
		Deadline deadline = Deadline.after(wait.plus(this.timeout), this.nanoTime);
		return this.executor.execute(get("decisions", path, wait.toSeconds(), false), deadline,
				(node, call) -> new Decisions(Answers.decided(node, call), Answers.required(node, "cursor", call)));
	}

	/**
	 * Whether an error means that the service does not have the feed or the query, as the
	 * original service does not.
	 */
	static boolean noSuchRoute(AgentOtpException ex) {
		return ex.status() == 404 || ex.status() == 405 || ex.status() == 501;
	}

	TokenVerification verify(String id, OtpToken token) {
		return this.executor.execute(
				post("verify", "/permissions/" + segment("verify", id) + "/verify", Map.of("token", token.value())),
				deadline(), Answers::verification);
	}

	TokenUse use(String id, OtpToken token, @Nullable Map<String, ? extends @Nullable Object> details,
			@Nullable String callDigest) {
		Map<String, Object> body = new LinkedHashMap<>();
		body.put("token", token.value());
		if (details != null) {
			Map<String, String> errors = new TreeMap<>();
			body.put("actionDetails", JsonValues.freeze("details", details, errors));
			if (!errors.isEmpty()) {
				throw new ValidationException("VALIDATION_ERROR", "The details are invalid", errors,
						CallInfo.local("use"));
			}
		}
		if (callDigest != null) {
			body.put("callDigest", callDigest);
		}
		return this.executor.execute(post("use", "/permissions/" + segment("use", id) + "/use", body), deadline(),
				Answers::use);
	}

	Revocation revoke(String id, @Nullable String reason) {
		return this.executor.execute(post("revoke", "/permissions/" + segment("revoke", id) + "/revoke",
				(reason != null) ? Map.of("reason", reason) : Map.of()), deadline(), Answers::revocation);
	}

	ServiceHealth health() {
		return this.executor.execute(get("health", "/health", 0, true), deadline(), Answers::health);
	}

	private Deadline deadline() {
		return Deadline.after(this.timeout, this.nanoTime);
	}

	private static Call post(String operation, String path, Map<String, ?> body) {
		return new Call(operation, "POST", path, Map.of("Idempotency-Key", UUID.randomUUID().toString()),
				Answers.write(body), true);
	}

	private static Call get(String operation, String path, long waitSeconds, boolean mayRetry) {
		return new Call(operation, "GET", path, (waitSeconds > 0) ? Map.of("Prefer", "wait=" + waitSeconds) : Map.of(),
				null, mayRetry);
	}

	private static String segment(String operation, String id) {
		if (id.isBlank() || id.equals(".") || id.equals("..")) {
			throw new ValidationException("VALIDATION_ERROR", "The request is invalid",
					Map.of("id", "must be the id of a permission"), CallInfo.local(operation));
		}
		return URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
	}

	/**
	 * What the feed answers.
	 *
	 * @param decided what was decided since the last position
	 * @param cursor the new position
	 */
	record Decisions(List<Decided> decided, String cursor) {
	}

}
