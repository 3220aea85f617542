package io.agentotp.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Makes requests up: some that are valid, most of them with something that is not. The
 * same seed makes the same requests.
 */
final class FuzzInput {

	/**
	 * Stands in everything that is sent as a credential and is none.
	 */
	static final String MARK = "FUZZSECRET";

	private static final String WRONG_TOKEN = "otp_" + MARK + "0123456789abcdefghijklmnopqrstuvwxyz";

	private static final List<String> TEXTS = List.of("", " ", "a", "mail.send", "read.file", "table.drop", "pay",
			"mailer", "reader", "alice", "null", "true", "-1", "0", "1", "20", "101", "2147483648",
			"9223372036854775807", "99999999999999999999", "1e999999999", "NaN", "'", "' OR 1=1 --", "%", "_", "\\",
			"\"", "${7*7}", "#{7*7}", "__${7*7}__::x", "[[${7*7}]]", "<script>alert(1)</script>", "{{7*7}}",
			"\u202egpj.exe", "\u200b", "\ufeff", "\u001b[31m", "\u0000", "a\u0000b", "\ud800", "x\udc00y", "\uffff",
			"\ud83d\ude00", "ſ", "İ", "\r\nX-Injected: 1", "../../etc/passwd", "pending", "approved", "hour", "day",
			"csv", "jsonl", "requested", "2026-01-31T12:00:00Z", "+999999999-12-31T23:59:59.999999999Z",
			"-999999999-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "-4713-01-01T00:00:00Z", "+294277-01-01T00:00:00Z",
			"2026-02-30T12:00:00Z", "wait=1", "T-1", "(a+)+$", "((((((((((a", "[a-", "\\p{Alpha}", "approve", "deny",
			"auto_approve", "require_approval", "scope.x", "context..y", "scope.", "MTpub25l");

	private static final List<String> NUMBERS = List.of("0", "-0", "1", "-1", "30", "300", "3600", "3601", "1.5", "1e3",
			"1E400", "-1e-400", "1e999999999", "1e-999999999", "2147483648", "9223372036854775808",
			"99999999999999999999999999999999999999999999", "9".repeat(1001), "0." + "1".repeat(900), "01", "+1", ".5",
			"0x10", "NaN", "Infinity");

	private static final Map<String, List<String>> FIELDS = Map.of("request",
			List.of("action", "resource", "scope", "context", "ttl", "callDigest", "call"), "verify", List.of("token"),
			"use", List.of("token", "callDigest", "actionDetails"), "revoke", List.of("token", "reason"), "query",
			List.of("ids"), "decide", List.of("approved", "reason", "scopeModifications"), "agents",
			List.of("name", "description", "owner", "requestsPerMinute", "maxPending", "test"), "policies",
			List.of("name", "description", "agentId", "priority", "conditions", "action", "scopeTemplate", "active",
					"shadow"),
			"simulate", List.of("request", "permissionId", "policies"));

	private static final List<String> PARAMETERS = List.of("page", "limit", "status", "agentId", "permissionId",
			"event", "actor", "from", "to", "format", "bucket", "after", "seen", "decision", "reason", "error",
			"action", "resource", "scope", "context", "username", "name");

	private static final List<String> METHODS = List.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS",
			"TRACE", "PROPFIND", "get", "X");

	private static final List<String> TYPES = List.of("application/json", "application/json;charset=UTF-8",
			"application/json;charset=utf-16", "application/json;charset=nonsense", "text/plain", "*/*",
			"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "json", ";", "",
			"application/json;charset");

	private final Random random;

	private final List<String> ids;

	private final Map<String, Supplier<String>> values = new LinkedHashMap<>();

	/**
	 * A generator.
	 * @param seed where it begins
	 * @param ids ids and names of what is there
	 */
	FuzzInput(long seed, List<String> ids) {
		this.random = new Random(seed);
		this.ids = ids;
		this.values.put("action", () -> quote(pick("mail.send", "read.file", "pay", "mail.campaign", "auto_approve")));
		this.values.put("resource", () -> quote("file:" + text()));
		this.values.put("scope",
				() -> "{\"max_uses\":" + pick("1", "2", number()) + ",\"allowed\":[" + quote(text()) + "]}");
		this.values.put("context", () -> json(3));
		this.values.put("ttl", () -> pick("30", "300", number()));
		this.values.put("callDigest", () -> quote(pick(Calls.DIGEST, text())));
		this.values.put("call", () -> pick("{\"target\":{\"tool\":" + quote(text())
				+ "},\"arguments\":[{\"name\":\"a\",\"value\":" + json(2) + "}]}", json(3)));
		this.values.put("token", () -> quote(WRONG_TOKEN));
		this.values.put("actionDetails", () -> "{\"result\":" + json(2) + "}");
		this.values.put("reason", () -> quote(text()));
		this.values.put("ids", () -> "[" + quote(id()) + "," + quote(id()) + "]");
		this.values.put("approved", () -> pick("true", "false"));
		this.values.put("scopeModifications", () -> "{\"max_uses\":" + number() + "}");
		this.values.put("name", () -> quote(pick("name-" + this.random.nextInt(1000), text())));
		this.values.put("description", () -> quote(text()));
		this.values.put("owner", () -> quote(pick("alice", "bob", text())));
		this.values.put("requestsPerMinute", this::number);
		this.values.put("maxPending", this::number);
		this.values.put("test", () -> pick("true", "false"));
		this.values.put("agentId", () -> quote(pick("mailer", text())));
		this.values.put("priority", this::number);
		this.values.put("conditions",
				() -> "{" + quote(pick("action", "scope.x", "context.y", text())) + ":{"
						+ quote(pick("equals", "matches", "in", "lessThan", "exists", "contains", text())) + ":"
						+ json(1) + "}}");
		this.values.put("scopeTemplate",
				() -> "{" + quote(pick("max_x", "allowed_x", "min_y", text())) + ":" + json(1) + "}");
		this.values.put("active", () -> pick("true", "false"));
		this.values.put("shadow", () -> pick("true", "false"));
		this.values.put("request", () -> object(FIELDS.getOrDefault("request", List.of())));
		this.values.put("permissionId", () -> quote(id()));
		this.values.put("policies", () -> "[" + object(FIELDS.getOrDefault("policies", List.of())) + "]");
	}

	<T> T pick(List<T> values) {
		return values.get(this.random.nextInt(values.size()));
	}

	@SafeVarargs
	final <T> T pick(T... values) {
		return values[this.random.nextInt(values.length)];
	}

	boolean chance(int percent) {
		return this.random.nextInt(100) < percent;
	}

	String id() {
		return chance(85) ? pick(this.ids) : chance(50) ? text() : "6f0c6c9e-0000-0000-0000-000000000000";
	}

	String text() {
		return switch (this.random.nextInt(12)) {
			case 0 -> "x".repeat(pick(64, 65, 128, 255, 256, 2000, 2001, 10_000));
			case 1 -> "\ud83d\ude00".repeat(pick(32, 127, 128, 255, 2000));
			case 2 -> IntStream.range(0, this.random.nextInt(20))
				.mapToObj((i) -> String.valueOf((char) this.random.nextInt(0x10000)))
				.collect(Collectors.joining());
			default -> pick(TEXTS);
		};
	}

	String number() {
		return chance(60) ? String.valueOf(this.random.nextInt(200)) : pick(NUMBERS);
	}

	/**
	 * A path for a pattern, its variables filled.
	 */
	String path(String pattern) {
		String result = Arrays.stream(pattern.substring(1).split("/"))
			.map((segment) -> segment.startsWith("{")
					? encode((segment.contains("ersion") && chance(70)) ? number() : id(), 2) : segment)
			.collect(Collectors.joining("/", "/", ""));
		if (chance(4)) {
			result += pick("/", ";x=1", "/..", "/%2e%2e/x", "//x", "%", "%zz", "%00", ".json", "/extra", "%ed%a0%80");
		}
		return result;
	}

	String query() {
		if (chance(50)) {
			return "";
		}
		return IntStream.range(0, 1 + this.random.nextInt(4))
			.mapToObj((i) -> pick(PARAMETERS) + (chance(95) ? "=" : "") + encode(chance(30) ? number() : text(), 5))
			.collect(Collectors.joining("&", "?", ""));
	}

	/**
	 * A form as browsers send it.
	 */
	String form(String csrf) {
		List<String> fields = new ArrayList<>();
		if (chance(90)) {
			fields.add("_csrf=" + csrf);
		}
		for (int i = this.random.nextInt(6); i > 0; i--) {
			String name = pick(PARAMETERS);
			String value = name.equals("decision") && chance(80) ? pick("approve", "deny") : name.equals("permissionId")
					? id() : name.equals("scope") || name.equals("context") ? json(2) : text();
			fields.add(name + "=" + encode(value, 4));
		}
		if (chance(20)) {
			fields.add("password=" + MARK);
		}
		return String.join("&", fields);
	}

	String method(String usual) {
		return chance(85) ? usual : pick(METHODS);
	}

	/**
	 * A body for a route.
	 */
	byte[] body(String path) {
		if (chance(3)) {
			return new byte[0];
		}
		String last = path.substring(path.lastIndexOf('/') + 1);
		String key = FIELDS.containsKey(last) ? last : path.contains("/agents") ? "agents" : "policies";
		return damage(chance(85) ? object(FIELDS.getOrDefault(key, List.of()))
				: chance(50) ? object(List.copyOf(this.values.keySet())) : json(4));
	}

	private String object(List<String> fields) {
		boolean careful = chance(40);
		List<String> members = new ArrayList<>();
		for (String field : fields) {
			if (careful ? !chance(10) : !chance(25)) {
				String value = !careful && chance(25) ? json(3) : this.values.getOrDefault(field, () -> json(2)).get();
				members.add(quote(field) + ":" + value);
			}
		}
		if (!careful && chance(10)) {
			members.add(quote(text()) + ":" + json(2));
		}
		if (!members.isEmpty() && chance(3)) {
			members.add(pick(members));
		}
		return "{" + String.join(",", members) + "}";
	}

	private String json(int depth) {
		int kind = this.random.nextInt((depth > 0) ? 8 : 5);
		return switch (kind) {
			case 0 -> pick("null", "true", "false");
			case 1, 2 -> number();
			case 3, 4 -> quote(text());
			case 5, 6 -> IntStream.range(0, this.random.nextInt(4))
				.mapToObj((i) -> quote(chance(70) ? "k" + i : text()) + ":" + json(depth - 1))
				.collect(Collectors.joining(",", "{", "}"));
			default -> IntStream.range(0, this.random.nextInt(4))
				.mapToObj((i) -> json(depth - 1))
				.collect(Collectors.joining(",", "[", "]"));
		};
	}

	private byte[] damage(String json) {
		byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
		if (chance(75)) {
			return bytes;
		}
		int at = this.random.nextInt(bytes.length + 1);
		return switch (this.random.nextInt(11)) {
			case 0 -> Arrays.copyOf(bytes, at);
			case 1 -> ("[" + json + "]").getBytes(StandardCharsets.UTF_8);
			case 2 -> insert(bytes, at,
					pick(new byte[] { (byte) 0xff }, new byte[] { (byte) 0xc0, (byte) 0x80 },
							new byte[] { (byte) 0xed, (byte) 0xa0, (byte) 0x80 }, new byte[] { 0 },
							new byte[] { (byte) 0xf5, 1, 1, 1 }));
			case 3 -> ("{\"a\":".repeat(pick(31, 32, 33, 5000)) + json).getBytes(StandardCharsets.UTF_8);
			case 4 -> (json + pick("{}", "x", "\u0000", "]", "  ", "//")).getBytes(StandardCharsets.UTF_8);
			case 5 -> ("\ufeff" + json).getBytes(StandardCharsets.UTF_8);
			case 6 ->
				json.getBytes(pick(StandardCharsets.UTF_16, StandardCharsets.UTF_16LE, Charset.forName("UTF-32")));
			case 7 ->
				insert(bytes, at, " ".repeat(pick(60_000, 65_536, 66_000, 200_000)).getBytes(StandardCharsets.UTF_8));
			case 8 -> ("[".repeat(pick(33, 60_000))).getBytes(StandardCharsets.UTF_8);
			case 9 -> insert(bytes, at, ("\"k\":\"" + "y".repeat(60_000) + "\",").getBytes(StandardCharsets.UTF_8));
			default -> {
				byte[] random = new byte[this.random.nextInt(200)];
				this.random.nextBytes(random);
				yield random;
			}
		};
	}

	private static byte[] insert(byte[] bytes, int at, byte[] more) {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		out.write(bytes, 0, at);
		out.writeBytes(more);
		out.write(bytes, at, bytes.length - at);
		return out.toByteArray();
	}

	/**
	 * Headers that need not be there.
	 */
	Map<String, String> headers() {
		Map<String, String> headers = new LinkedHashMap<>();
		for (int i = this.random.nextInt(4); i > 0; i--) {
			switch (this.random.nextInt(16)) {
				case 0 -> headers.put("Prefer", pick("wait=1", "wait=0", "wait=-1", "wait=", "wait=99999999999",
						"WAIT = \"1\"; x", "respond-async, wait=1", ",,;=", header()));
				case 1, 2 -> headers.put("Idempotency-Key",
						pick("key-" + this.random.nextInt(5), header(), "k".repeat(256), "a b", ""));
				case 3 -> headers.put("Content-Type", pick(TYPES));
				case 4 -> headers.put("Accept",
						pick("application/json", "text/html", "image/png", "nonsense", "*/*;q=2", "", header()));
				case 5 -> headers.put("X-Forwarded-For", pick("127.0.0.1", "1.2.3.4, x", header()));
				case 6 -> headers.put("X-Forwarded-Host", pick("evil.example", header()));
				case 7 -> headers.put("X-Forwarded-Proto", pick("https", "javascript", header()));
				case 8 -> headers.put("X-Forwarded-Prefix", pick("/x", "//evil.example", header()));
				case 9 -> headers.put("X-HTTP-Method-Override", pick(METHODS));
				case 10 -> headers.put("Origin", pick("null", "https://evil.example", header()));
				case 11 -> headers.put("Sec-Fetch-Site", pick("cross-site", "same-origin", header()));
				case 12 -> headers.put("X-Request-Id", pick("abc", "<script>", "i".repeat(100), header()));
				case 13 -> headers.put("Range", pick("bytes=0-1", "bytes=9-1", header()));
				case 14 -> headers.put("Accept-Language", pick("de", "*", "xx-".repeat(100), header()));
				default ->
					headers.put(pick("X-API-Key", "Cookie", "If-None-Match", "Expect", "Content-Encoding", "Purpose"),
							pick(MARK, "100-continue", "gzip", "prefetch", "AGENTOTP_SESSION=" + MARK));
			}
		}
		return headers;
	}

	// A value that a header may have.
	private String header() {
		return text().replaceAll("[\\x00-\\x1f\\x7f]", "").strip();
	}

	private static String quote(String text) {
		StringBuilder quoted = new StringBuilder("\"");
		for (char c : text.toCharArray()) {
			if (c == '"' || c == '\\') {
				quoted.append('\\').append(c);
			}
			else if (c < 0x20 || Character.isSurrogate(c)) {
				quoted.append(String.format("\\u%04x", (int) c));
			}
			else {
				quoted.append(c);
			}
		}
		return quoted.append('"').toString();
	}

	// Sometimes as it should not be: the rest is a character that a URL may hold.
	private String encode(String text, int wrong) {
		if (chance(wrong)) {
			return pick("%", "%zz", "%c0%80", "%ed%a0%80", "%00", "%ff", "%u0041", "a%2fb", "a%5cb",
					"%0d%0aX-Injected:1");
		}
		StringBuilder encoded = new StringBuilder();
		for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
			char c = (char) (b & 0xff);
			boolean plain = c < 0x80 && (Character.isLetterOrDigit(c) || c == '-' || c == '.' || c == '_');
			encoded.append(plain ? String.valueOf(c) : String.format("%%%02x", (int) c));
		}
		return encoded.toString();
	}

}
