package io.agentotp.spring.guard;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

import io.agentotp.AgentOtpClient;
import io.agentotp.AgentOtpException;
import io.agentotp.spring.Consume;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.method.RequiresPermissionAdvisor;
import io.agentotp.spring.method.SelfInvocationPolicy;
import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever the service answers: without a well-formed grant for the call at hand the body
 * does not run. The client is the real one, over a transport that answers from memory.
 */
class AnyAnswerTests {

	private static final String DIGEST = "{digest}";

	private static final String APPROVED = "{\"success\":true,\"data\":{\"id\":\"p1\",\"status\":\"approved\","
			+ "\"action\":\"payment.send\",\"resource\":\"account:a\",\"scope\":{\"max\":5},\"context\":{\"reason\":\"r\"},"
			+ "\"token\":\"otp_0123456789abcdefghij\",\"expiresAt\":\"2099-01-01T00:00:00Z\",\"decidedBy\":\"user:alice\","
			+ "\"callDigest\":\"" + DIGEST + "\"}}";

	/** Written over or into good answers. */
	private static final String[] FRAGMENTS = { "null", "true", "false", "0", "1", "1e400", "\"\"", "\" \"", "[]", "{}",
			"\"approved\"", "\"APPROVED\"", "\"approved \"", "\"аpproved\"", "\"approved\\u0000\"", "\"ａpproved\"",
			"\"denied\"", "\"pending\"", "\"expired\"", "\"used\"", "\"revoked\"", "[\"approved\"]",
			"{\"status\":\"approved\"}", "\"payment.send\"", "\"payment.sеnd\"", "\"payment.send \"",
			"\"payment.read\"", "\"account:a\"", "\"account:b\"", "\"аccount:a\"", "{\"max\":4}", "{\"max\":5.0}",
			"{\"max\":\"5\"}", "{\"max\":5,\"more\":1}", "\"sha256:00\"", "\"" + DIGEST + "\"", "\"" + DIGEST + "0\"",
			"\"otp_x\"", "\"2000-01-01T00:00:00Z\"", "\"soon\"", "\"token\":null,", "\"token\":\"otp_second\",",
			"\"success\":false,", "\"success\":\"true\",", "\"status\":\"denied\",", "\"status\":\"approved\",",
			"\"action\":\"payment.read\",", "\"call_digest\":\"sha256:11\",", "\"data\":{},",
			"\"error\":{\"code\":\"X\"},", "\\", "\"", "{", "}", "[", "]", ",", ":", "\u0000", "\ufeff", "\u202e",
			"\ud83d\ude00" };

	private static final String[] FIELDS = { "success", "data", "id", "status", "action", "resource", "scope", "max",
			"context", "token", "expiresAt", "decidedBy", "callDigest" };

	private static final JsonMapper STRICT = JsonMapper.builder()
		.enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
		.build();

	private static final int TRIES = Integer.getInteger("agentotp.test.tries", 5000);

	private static final int[] FAILURES = { 0, 100, 204, 301, 400, 401, 403, 404, 409, 410, 422, 500, 503 };

	private final Answering answering = new Answering();

	private final Payments target = new Payments();

	private final Payments payments = guarded(this.target, this.answering);

	@Test
	void invokeWhenTheAnswerIsNoGrantForTheCallThenTheBodyDoesNotRun() {
		Random random = new Random(20261125);
		int grants = 0;
		for (int i = 0; i < TRIES; i++) {
			Answer answer = answer(random);
			boolean ran = runs(answer, random.nextBoolean());
			grants += ran ? 1 : 0;
			if (ran && !isGrant(this.answering.given, this.answering.digest)) {
				throw new AssertionError("The body ran in try " + i + ", after HTTP " + answer);
			}
		}
		assertThat(grants).as("the test still reaches both ends").isBetween(TRIES / 100, TRIES / 2);
	}

	private boolean runs(Answer answer, boolean resumed) {
		this.answering.answer = answer;
		this.answering.given = null;
		this.target.runs = 0;
		boolean refused = false;
		try {
			if (resumed) {
				this.payments.sendResumed("a", 5);
			}
			else {
				this.payments.send("a", 5);
			}
		}
		catch (AgentOtpException ex) {
			refused = true;
		}
		assertThat(this.target.runs).as("%s", answer).isEqualTo(refused ? 0 : 1);
		return !refused;
	}

	private static Answer answer(Random random) {
		int status = (random.nextInt(20) == 0) ? FAILURES[random.nextInt(FAILURES.length)] : 200 + random.nextInt(3);
		String body = APPROVED;
		for (int changes = random.nextInt(4); changes > 0; changes--) {
			body = new Change(any(random, Kind.values()), any(random, FIELDS), any(random, FRAGMENTS),
					random.nextInt(1000))
				.applyTo(body);
		}
		return new Answer(status, body);
	}

	private static <T> T any(Random random, T[] values) {
		return values[random.nextInt(values.length)];
	}

	/** Judged by a reading of its own, without the client's code. */
	private static boolean isGrant(byte @Nullable [] body, @Nullable String digest) {
		JsonNode node;
		try {
			node = STRICT.readTree(new String(body, StandardCharsets.UTF_8));
		}
		catch (JacksonException ex) {
			return false;
		}
		if (node.has("success") && !node.get("success").equals(STRICT.readTree("true"))) {
			return false;
		}
		JsonNode data = (node.has("success") && node.has("data")) ? node.get("data") : node;
		boolean approved = data.path("status").stringValue("").equalsIgnoreCase("approved")
				&& !data.path("token").stringValue("").isBlank() && !data.path("id").stringValue("").isBlank();
		if (approved && Stream.of("action", "resource", "scope", "callDigest", "call_digest").noneMatch(data::has)) {
			// The original service repeats nothing of the request.
			return true;
		}
		return approved && "payment.send".equals(data.path("action").stringValue(null))
				&& data.path("resource").stringValue("account:a").equals("account:a")
				&& data.path("callDigest").stringValue(digest).equals(digest)
				&& (data.has("callDigest") || data.path("call_digest").stringValue(digest).equals(digest))
				&& data.path("scope").size() == 1 && data.at("/scope/max").isNumber()
				&& data.at("/scope/max").doubleValue() == 5;
	}

	private static Payments guarded(Payments target, HttpTransport transport) {
		AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl("http://localhost:1")
			.retries(0)
			.transport(transport)
			.build();
		PermissionGuard guard = PermissionGuard.builder(client,
				new GuardSettings(Duration.ofMillis(1), 10, Consume.AFTER, OnPending.WAIT, TransactionPolicy.IGNORE),
				(event) -> {
				})
			.delayer((delay, task) -> {
			})
			.build();
		ProxyFactory factory = new ProxyFactory(target);
		factory.setProxyTargetClass(true);
		RequiresPermissionAdvisor advisor = new RequiresPermissionAdvisor(new DefaultListableBeanFactory(), () -> guard,
				SelfInvocationPolicy.FAIL);
		factory.addAdvisor(advisor);
		Payments proxy = (Payments) factory.getProxy();
		advisor.enter(proxy, "bean");
		return proxy;
	}

	static class Payments {

		private int runs;

		@RequiresPermission(action = "payment.send", resource = "account:#{#account}", scope = "{max: #amount}")
		public void send(String account, int amount) {
			this.runs++;
		}

		@RequiresPermission(action = "payment.send", resource = "account:#{#account}", scope = "{max: #amount}",
				onPending = OnPending.THROW)
		public void sendResumed(String account, int amount) {
			this.runs++;
		}

	}

	/**
	 * What the service answers to a question.
	 */
	record Answer(int status, String body) {
	}

	enum Kind {

		REPLACE_VALUE, INSERT_BEFORE_FIELD, REMOVE_FIELD, RENAME_FIELD, INSERT_ANYWHERE, CUT, REPEAT, CHANGE_CHARACTER,
		WITHOUT_ENVELOPE, NOTHING

	}

	/**
	 * One change of an answer.
	 */
	record Change(Kind kind, String field, String fragment, int position) {

		String applyTo(String body) {
			String name = "\"" + this.field + "\":";
			int start = body.indexOf(name);
			int at = body.isEmpty() ? 0 : this.position % body.length();
			return switch (this.kind) {
				case REPLACE_VALUE -> (start < 0) ? body
						: body.substring(0, start + name.length()) + this.fragment + body.substring(end(body, start));
				case INSERT_BEFORE_FIELD ->
					(start < 0) ? body : body.substring(0, start) + this.fragment + body.substring(start);
				case REMOVE_FIELD -> (start < 0) ? body
						: (body.substring(0, start) + body.substring(end(body, start))).replace("{,", "{")
							.replace(",,", ",");
				case RENAME_FIELD -> body.replace(name, "\"" + this.field.toUpperCase(Locale.ROOT) + "\":");
				case INSERT_ANYWHERE -> body.substring(0, at) + this.fragment + body.substring(at);
				case CUT -> body.substring(0, at);
				case REPEAT -> body + body.substring(at);
				case CHANGE_CHARACTER -> body.isEmpty() ? body
						: body.substring(0, at) + (char) (body.charAt(at) ^ 1) + body.substring(at + 1);
				case WITHOUT_ENVELOPE -> body.replace("{\"success\":true,\"data\":{", "{").replace("}}}", "}}");
				case NOTHING -> body;
			};
		}

		private static int end(String body, int start) {
			int depth = 0;
			for (int i = start; i < body.length(); i++) {
				char c = body.charAt(i);
				if (c == '{' || c == '[') {
					depth++;
				}
				else if (c == '}' || c == ']') {
					depth--;
				}
				if (depth < 0 || (depth == 0 && c == ',')) {
					return i;
				}
			}
			return body.length();
		}

	}

	/**
	 * Answers each question with what it was given, with the digest of the question at
	 * hand, and everything else as a good service would.
	 */
	static final class Answering implements HttpTransport {

		private final Thread caller = Thread.currentThread();

		private volatile @Nullable Answer answer;

		private volatile byte @Nullable [] given;

		private volatile @Nullable String digest;

		@Override
		public TransportResponse send(TransportRequest request, Duration timeout) {
			String path = request.uri().getPath();
			if (path.endsWith("/request")) {
				String question = new String(request.body(), StandardCharsets.UTF_8);
				int start = question.indexOf("\"callDigest\":\"") + "\"callDigest\":\"".length();
				String asked = question.substring(start, question.indexOf('"', start));
				byte[] body = this.answer.body().replace(DIGEST, asked).getBytes(StandardCharsets.UTF_8);
				// What was lost before is asked for again on another thread, to be
				// withdrawn.
				if (Thread.currentThread() == this.caller) {
					this.digest = asked;
					this.given = body;
				}
				return new TransportResponse(this.answer.status(), Map.of(), body);
			}
			String data = path.endsWith("/use") ? "{\"success\":true,\"usesRemaining\":0}" : path.endsWith("/revoke")
					? "{\"success\":true}" : "{\"id\":\"p1\",\"status\":\"expired\",\"action\":\"payment.send\"}";
			return new TransportResponse(200, Map.of(),
					("{\"success\":true,\"data\":" + data + "}").getBytes(StandardCharsets.UTF_8));
		}

		@Override
		public void close() {
		}

	}

}
