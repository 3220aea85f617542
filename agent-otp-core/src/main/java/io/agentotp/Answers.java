package io.agentotp;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.agentotp.transport.TransportResponse;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads answers and writes bodies. Reads both dialects of the protocol: with and without
 * the {@code success}/{@code data} envelope, in camelCase and in snake_case. What is not
 * the protocol becomes a {@link ProtocolException}, never a grant.
 */
final class Answers {

	/** An own mapper: an application's naming strategy must not change the protocol. */
	private static final JsonMapper JSON = JsonMapper
		.builder(JsonFactory.builder()
			.streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
			.build())
		.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
		.enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	private static final Pattern SECRET = Pattern.compile("(?<![A-Za-z0-9])(otp|ak|uk)_[A-Za-z0-9_+/=.~-]{6,}");

	private static final Pattern CODE = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

	/** What could forge or hide parts of a log line. */
	private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]+");

	private static final int MAX_MESSAGE = 500;

	private static final String ADDRESS = "check agentotp.base-url and agentotp.api-path";

	private static final String NOT_THE_SERVICE = "the answer does not look like the service's: " + ADDRESS;

	/** The names of the fields that are read, in the other dialect. */
	private static final Map<String, String> SNAKE_CASE = new ConcurrentHashMap<>();

	private Answers() {
	}

	static byte[] write(Map<String, ?> body) {
		return JSON.writeValueAsBytes(body);
	}

	/**
	 * Parses an answer's body.
	 * @return the tree, or {@code null} if the body is not one JSON object
	 */
	static @Nullable JsonNode parse(TransportResponse response) {
		try {
			// Given bytes, the parser would guess UTF-16 and UTF-32, too.
			String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(response.body())).toString();
			JsonNode node = JSON.readTree(text);
			return (node != null && node.isObject()) ? node : null;
		}
		catch (CharacterCodingException | JacksonException | NumberFormatException ex) {
			// The parser throws the last one for 1e9999999999.
			return null;
		}
	}

	/**
	 * Takes the data out of a successful answer.
	 * @throws AgentOtpException the error that the answer stands for
	 */
	static JsonNode data(TransportResponse response, @Nullable JsonNode body, CallInfo call, Instant now) {
		if (response.status() >= 200 && response.status() < 300) {
			if (body == null) {
				throw new ProtocolException(
						"The answer is not a JSON object (" + response.body().length + " bytes): " + ADDRESS, call);
			}
			JsonNode success = body.get("success");
			if (success != null && body.has("data")) {
				if (!success.isBoolean() || !success.booleanValue() || !body.get("data").isObject()) {
					throw new ProtocolException("The answer's envelope is broken", call);
				}
				return body.get("data");
			}
			if (success != null && body.has("error")) {
				throw error(response, body, call, now);
			}
			return body;
		}
		if (response.status() == 403 && body != null) {
			JsonNode denied = body.path("data").isObject() ? body.path("data") : body;
			if ("denied".equals(denied.path("status").stringValue(null))) {
				return denied;
			}
		}
		throw error(response, body, call, now);
	}

	/**
	 * Return the service's own error code.
	 * @return the code, or {@code null} if it gave none
	 */
	static @Nullable String errorCode(@Nullable JsonNode body) {
		return (body != null) ? code(body.path("error")) : null;
	}

	private static @Nullable String code(JsonNode node) {
		String code = text(node, "code");
		return (code != null && CODE.matcher(code).matches() && mask(code).equals(code)) ? code : null;
	}

	private static AgentOtpException error(TransportResponse response, @Nullable JsonNode body, CallInfo call,
			Instant now) {
		JsonNode error = (body != null) ? body.path("error") : null;
		String given = (error != null) ? error.path("message").stringValue(null) : null;
		String message = (given != null) ? clean(given) : null;
		String code = errorCode(body);
		int status = response.status();
		boolean elsewhere = isElsewhere(body, code);
		return switch (status) {
			case 400, 413, 422 -> new ValidationException(or(code, "VALIDATION_ERROR"),
					or(message, "The service refused the request"), fieldErrors(error), call);
			case 401 ->
				new AuthenticationException(or(code, "UNAUTHORIZED"), "The API key was rejected: check agentotp.api-key"
						+ (elsewhere ? "; " + NOT_THE_SERVICE : (message != null) ? ". " + message : ""), call);
			case 403 -> new ForbiddenException(or(code, "FORBIDDEN"), elsewhere
					? "The API key may not do this, or " + NOT_THE_SERVICE : or(message, "The API key may not do this"),
					call);
			case 404 -> new NotFoundException(or(code, "NOT_FOUND"),
					elsewhere ? "No such route: " + ADDRESS : or(message, "Not found"), call);
			case 407 -> new NetworkException("PROXY_AUTHENTICATION_REQUIRED",
					"The proxy wants credentials: set proxyCredentials(..) of the builder. For an https service the JDK "
							+ "sends them only with -Djdk.http.auth.tunneling.disabledSchemes=",
					false, call, null);
			case 409 -> new ConflictException(or(code, "CONFLICT"), or(message, "The state has changed"), call);
			case 410 -> new TokenException(or(code, "TOKEN_EXPIRED"), or(message, "The token is over"), call);
			case 429 -> new RateLimitException(or(code, "RATE_LIMITED"), or(message, "Too many requests"),
					RetryAfter.of(response, now), call);
			default -> (status >= 500)
					? new ServerException(or(code, "SERVER_ERROR"), or(message, "The service failed"),
							RetryAfter.of(response, now), call)
					: new ProtocolException(
							"The status is not part of the protocol" + ((status >= 300 && status < 400)
									? "; redirects are not followed: " + ADDRESS
									: elsewhere ? "; " + NOT_THE_SERVICE : (message != null) ? ": " + message : ""),
							call);
		};
	}

	/**
	 * Whether an error looks as if the address were not that of the service's API: it has
	 * neither a code nor the original's issues, or says where the API is.
	 */
	private static boolean isElsewhere(@Nullable JsonNode body, @Nullable String code) {
		return body == null || (code == null && !body.path("error").has("issues"))
				|| body.path("error").path("details").has("api");
	}

	private static Map<String, String> fieldErrors(@Nullable JsonNode error) {
		Map<String, String> fields = new TreeMap<>();
		if (error != null) {
			error.path("details").propertyStream().forEach((entry) -> {
				JsonNode value = entry.getValue();
				fields.put(clean(entry.getKey()), clean(value.isString() ? value.stringValue() : value.toString()));
			});
			// The original reports its schema library's issues as they are.
			error.path("issues").forEach((issue) -> {
				List<String> path = new ArrayList<>();
				issue.path("path").forEach((part) -> path.add(part.asString("")));
				fields.put(clean(String.join(".", path)), clean(issue.path("message").asString("")));
			});
		}
		return fields;
	}

	/**
	 * Reads the answer to a request. The original service repeats nothing of the request
	 * and knows no digest: then the permission is for what was asked.
	 */
	static Permission permission(JsonNode node, CallInfo call, PermissionRequest request) {
		if (request.callDigest().isPresent() && isNull(field(node, "callDigest"))) {
			throw new ProtocolException("The service has not bound the permission to the call", call);
		}
		Permission permission = permission(node, call);
		boolean repeats = Stream.of("action", "resource", "scope", "callDigest")
			.anyMatch((name) -> field(node, name) != null);
		return repeats ? permission : permission.of(request);
	}

	private static boolean isNull(@Nullable JsonNode value) {
		return value != null && value.isNull();
	}

	static Permission permission(JsonNode node, CallInfo call) {
		refuseFailure(node, call);
		String id = required(node, "id", call);
		String status = required(node, "status", call).toLowerCase(Locale.ROOT);
		String token = text(node, "token");
		if (token != null && token.isBlank()) {
			token = null;
		}
		if (PermissionStatus.of(status) == PermissionStatus.APPROVED && token == null) {
			throw new ProtocolException("The service approved permission " + clean(id) + " but delivered no token",
					call);
		}
		Instant expiresAt = instant(node, "expiresAt", call);
		if (PermissionStatus.of(status) == PermissionStatus.APPROVED && expiresAt == null) {
			throw new ProtocolException("The service approved permission " + clean(id) + " without an end", call);
		}
		String reason = reason(node);
		return new Permission(id, (PermissionStatus.of(status) != PermissionStatus.UNKNOWN) ? status : mask(status),
				or(optional(node, "action", call), ""), optional(node, "resource", call), object(node, "scope", call),
				object(node, "context", call), (token != null) ? OtpToken.of(token) : null, text(node, "approvalUrl"),
				expiresAt, reason, text(node, "decidedBy"), instant(node, "decidedAt", call),
				instant(node, "createdAt", call), text(node, "policyId"), optional(node, "callDigest", call),
				objects(node, "proofs", call));
	}

	private static List<Map<String, Object>> objects(JsonNode node, String name, CallInfo call) {
		JsonNode list = field(node, name);
		if (list == null || list.isNull()) {
			return List.of();
		}
		if (!list.isArray() || !list.valueStream().allMatch(JsonNode::isObject)) {
			throw new ProtocolException("The answer's '" + name + "' is not a list of objects", call);
		}
		try {
			return list.valueStream().map(JsonCopies::of).toList();
		}
		catch (IllegalArgumentException ex) {
			throw new ProtocolException("The answer's '" + name + "' " + ex.getMessage(), call);
		}
	}

	static List<Decided> decided(JsonNode node, CallInfo call) {
		if (!node.path("permissions").isArray()) {
			throw new ProtocolException("The answer has no list 'permissions'", call);
		}
		List<Decided> decided = new ArrayList<>();
		for (JsonNode element : node.path("permissions")) {
			String id = required(element, "id", call);
			try {
				decided.add(new Decided(id, permission(element, call), null));
			}
			catch (ProtocolException ex) {
				decided.add(new Decided(id, null, ex));
			}
		}
		return decided;
	}

	static TokenVerification verification(JsonNode node, CallInfo call) {
		refuseFailure(node, call);
		boolean valid = flag(node, "valid", call);
		return new TokenVerification(valid, valid ? object(node, "scope", call) : Map.of(),
				number(node, "usesRemaining"), instant(node, "expiresAt", call), reason(node));
	}

	static TokenUse use(JsonNode node, CallInfo call) {
		rejectUnlessSuccess(node, "The token was rejected", call);
		return new TokenUse(Objects.requireNonNullElse(number(node, "usesRemaining"), 0));
	}

	static Revocation revocation(JsonNode node, CallInfo call) {
		rejectUnlessSuccess(node, "The permission cannot be revoked any more", call);
		return new Revocation(instant(node, "revokedAt", call));
	}

	static ServiceHealth health(JsonNode node, CallInfo call) {
		String version = text(node, "version");
		return new ServiceHealth(clean(required(node, "status", call)), (version != null) ? clean(version) : null);
	}

	/**
	 * An answer that says that it failed grants nothing, whatever else it says.
	 */
	private static void refuseFailure(JsonNode node, CallInfo call) {
		if (node.has("success") && !flag(node, "success", call)) {
			throw new ProtocolException("The answer says that the call has failed, but not why", call);
		}
	}

	private static void rejectUnlessSuccess(JsonNode node, String fallback, CallInfo call) {
		if (!flag(node, "success", call)) {
			String reason = text(node, "reason");
			throw new TokenException(or(code(node), tokenCode(reason)), (reason != null) ? clean(reason) : fallback,
					call);
		}
	}

	/** The original gives a fixed text in place of a code. */
	private static String tokenCode(@Nullable String reason) {
		return switch ((reason != null) ? reason : "") {
			case "Token has been fully consumed" -> "TOKEN_USED";
			case "Token has expired" -> "TOKEN_EXPIRED";
			default -> "TOKEN_INVALID";
		};
	}

	static String required(JsonNode node, String name, CallInfo call) {
		String value = text(node, name);
		if (value == null || value.isBlank()) {
			throw new ProtocolException("The answer has no text '" + name + "'", call);
		}
		return value;
	}

	private static @Nullable String optional(JsonNode node, String name, CallInfo call) {
		JsonNode value = field(node, name);
		if (value != null && !value.isString() && !value.isNull()) {
			throw new ProtocolException("The answer's '" + name + "' is no text", call);
		}
		return text(node, name);
	}

	private static boolean flag(JsonNode node, String name, CallInfo call) {
		JsonNode value = field(node, name);
		if (value == null || !value.isBoolean()) {
			throw new ProtocolException("The answer has no boolean '" + name + "'", call);
		}
		return value.booleanValue();
	}

	private static @Nullable String text(JsonNode node, String name) {
		JsonNode value = field(node, name);
		return (value != null) ? value.stringValue(null) : null;
	}

	private static @Nullable Integer number(JsonNode node, String name) {
		JsonNode value = field(node, name);
		return (value != null && value.isIntegralNumber() && value.canConvertToInt()) ? value.intValue() : null;
	}

	private static @Nullable Instant instant(JsonNode node, String name, CallInfo call) {
		String value = optional(node, name, call);
		if (value == null) {
			return null;
		}
		try {
			return OffsetDateTime.parse(value).toInstant();
		}
		catch (DateTimeParseException ex) {
			throw new ProtocolException("The answer's '" + name + "' is not a timestamp", call);
		}
	}

	private static Map<String, Object> object(JsonNode node, String name, CallInfo call) {
		JsonNode value = field(node, name);
		if (value == null || value.isNull()) {
			return Map.of();
		}
		if (!value.isObject()) {
			throw new ProtocolException("The answer's '" + name + "' is not an object", call);
		}
		try {
			return JsonCopies.of(value);
		}
		catch (IllegalArgumentException ex) {
			throw new ProtocolException("The answer's '" + name + "' " + ex.getMessage(), call);
		}
	}

	private static @Nullable JsonNode field(JsonNode node, String name) {
		JsonNode value = node.get(name);
		return (value != null) ? value : node.get(SNAKE_CASE.computeIfAbsent(name, Answers::snakeCase));
	}

	private static String snakeCase(String name) {
		return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
	}

	private static String or(@Nullable String value, String fallback) {
		return (value != null && !value.isBlank()) ? value : fallback;
	}

	private static @Nullable String reason(JsonNode node) {
		String reason = text(node, "reason");
		reason = (reason != null) ? reason : text(node, "decisionReason");
		return (reason != null) ? mask(reason) : null;
	}

	private static String mask(String text) {
		return SECRET.matcher(text).replaceAll("$1_***");
	}

	static boolean hasSecret(String text) {
		return SECRET.matcher(text).find();
	}

	/**
	 * Makes a text fit for a log: a service that echoes a secret or sends line breaks
	 * must not bring them there through us.
	 */
	static String printable(String text) {
		return UNPRINTABLE.matcher(mask(text)).replaceAll(" ");
	}

	/**
	 * Whether an exception and its causes can be passed on: a message may quote what the
	 * service sent.
	 */
	static boolean printable(Throwable failure) {
		for (Throwable ex = failure; ex != null; ex = ex.getCause()) {
			String message = ex.getMessage();
			if (message != null && !message.equals(printable(message))) {
				return false;
			}
		}
		return true;
	}

	private static String clean(String text) {
		String cleaned = printable(text);
		return (cleaned.length() > MAX_MESSAGE) ? cleaned.substring(0, MAX_MESSAGE) + "…" : cleaned;
	}

	/**
	 * One element of a list of permissions. One that is broken must not hide the others.
	 *
	 * @param id whose it is
	 * @param permission the permission, or {@code null} if it is broken
	 * @param failure why it is broken, or {@code null}
	 */
	record Decided(String id, @Nullable Permission permission, @Nullable ProtocolException failure) {
	}

}
