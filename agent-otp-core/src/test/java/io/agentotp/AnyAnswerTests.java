package io.agentotp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever the service answers, the result is typed or an {@link AgentOtpException}, and
 * a grant only if the answer is a well-formed approval with a token.
 */
class AnyAnswerTests {

	private static final Pattern TOKEN = Pattern.compile("\\botp_(abcdef|s3cr3t)");

	private static final int BODIES = 6_000;

	private static final List<String> VALID = List.of(Json.APPROVED, Json.data(Json.APPROVED), Json.DENIED,
			Json.data(Json.PENDING), Json.EXPIRED, Json.USED, Json.REVOKED, Json.error("VALIDATION_ERROR", "no"),
			Json.json("{'success':false,'error':{'issues':[{'message':'x','path':['a',1]}],'name':'ZodError'}}"),
			Json.json("{'success':false,'error':{'code':'X','message':'y','details':{'a':'b','c':[1]}}}"),
			Json.json("{'valid':true,'scope':{'a':{'b':[1,2.5,null,true]}},'usesRemaining':3}"),
			Json.json("{'status':'ok','version':'1','timestamp':'2026-01-01T00:00:00Z'}"),
			Json.data("{\"permissions\":[" + Json.APPROVED + "," + Json.PENDING + "],\"cursor\":\"c1\"}"),
			Json.json("{'id':'p1','status':'approved','token':'otp_abcdef','expires_at':'2026-01-01T00:00:00Z'}"));

	/** Written over or into valid answers. */
	private static final List<String> FRAGMENTS = List.of("null", "true", "false", "0", "-1", "1e999999999",
			"9".repeat(400), "0.000000000000000001", "\"\"", "\"approved\"", "\"APPROVED\"", "\"denied\"", "[]", "{}",
			"[[", "{\"", "\"", ",", ":", "}", "]", "\\", "\\u0000", "\u0000", "\ud83d\ude00", "\ufeff", " ",
			"\"status\":\"approved\",", "\"token\":\"otp_x\",", "\"token\":null,", "\"success\":true,",
			"\"success\":false,", "\"data\":{},", "\"data\":[],", "\"error\":{},", "[".repeat(100),
			"{\"a\":".repeat(70), "\"2026-01-01T00:00:00Z\"", "\"+999999999-01-01T00:00:00Z\"", "\"otp_abcdefghijkl\"");

	private static final int[] STATUSES = { 200, 200, 200, 200, 201, 201, 202, 204, 301, 400, 401, 403, 403, 404, 405,
			409, 410, 413, 422, 429, 500, 501, 502, 503, 599, 100, 999, 0, -1 };

	private static final List<String> RETRY_AFTER = List.of("1", "-1", "1.5", "soon", "99999999999999999999",
			"9223372036854775807", "Wed, 21 Oct 2015 07:28:00 GMT");

	private final AtomicReference<TransportResponse> answer = new AtomicReference<>();

	private final AgentOtpClient client = AgentOtpClient.builder()
		.apiKey("ak_test_0123456789")
		.baseUrl("http://localhost:1")
		.retries(1)
		.timeout(Duration.ofSeconds(30))
		.transport(new HttpTransport() {

			@Override
			public TransportResponse send(TransportRequest request, Duration timeout) throws IOException {
				return AnyAnswerTests.this.answer.get();
			}

			@Override
			public void close() {
			}

		})
		.sleeper((delay) -> {
		})
		.build();

	@AfterEach
	void tearDown() {
		this.client.close();
	}

	@Test
	void callsWhenAnswerIsAnythingThenTypedResultOrException() {
		Random random = new Random(20260101);
		int grants = 0;
		int results = 0;
		int failures = 0;
		for (int i = 0; i < BODIES; i++) {
			byte[] body = body(random);
			int status = STATUSES[random.nextInt(STATUSES.length)];
			this.answer.set(new TransportResponse(status, Map.of("Retry-After",
					List.of(RETRY_AFTER.get(random.nextInt(RETRY_AFTER.size()))), "X-Request-Id", List.of("r" + i)),
					body));
			String description = i + ": HTTP " + status + " "
					+ new String(body, StandardCharsets.UTF_8).replace((char) 0, (char) 0x2400);
			for (int verb = 0; verb < 6; verb++) {
				try {
					Object result = call(verb);
					results++;
					if (result instanceof Permission permission && permission.isGranted()) {
						grants++;
						assertThat(status).as(description).isBetween(200, 299);
						assertApproval(body, permission, description);
					}
					assertThat(String.valueOf(result)).as(description).doesNotContainPattern(TOKEN);
				}
				catch (AgentOtpException ex) {
					failures++;
					assertThat(ex.getMessage()).as(description).doesNotContainPattern(TOKEN);
					assertThat(ex.status()).as(description).isEqualTo(status);
				}
				catch (RuntimeException | StackOverflowError ex) {
					throw new AssertionError(description, ex);
				}
			}
		}
		assertThat(grants).as("the test still reaches grants").isGreaterThan(50);
		assertThat(results).isGreaterThan(500);
		assertThat(failures).isGreaterThan(500);
	}

	private Object call(int verb) {
		OtpToken token = OtpToken.of("otp_presented");
		return switch (verb) {
			case 0 ->
				this.client.requestPermission(PermissionRequest.builder("email.send").waitForApproval(false).build());
			case 1 -> this.client.getPermission("p1");
			case 2 -> this.client.verifyToken("p1", token);
			case 3 -> this.client.useToken("p1", token, Map.of(), null);
			case 4 -> this.client.revokeToken("p1", null);
			default -> this.client.health();
		};
	}

	/** Judged by a reading of its own, without the client's code. */
	private static void assertApproval(byte[] body, Permission permission, String description) {
		JsonNode node;
		try {
			node = Json.read(body);
		}
		catch (JacksonException ex) {
			throw new AssertionError("a grant out of no JSON: " + description, ex);
		}
		if (node.has("success") && node.has("data")) {
			assertThat(node.get("success").booleanValue()).as(description).isTrue();
			node = node.get("data");
		}
		assertThat(node.path("status").stringValue("")).as(description).isEqualToIgnoringCase("approved");
		assertThat(node.path("token").stringValue("")).as(description).isNotBlank();
		assertThat(node.path(node.has("expiresAt") ? "expiresAt" : "expires_at").stringValue("")).as(description)
			.isNotBlank();
		assertThat(node.path("id").stringValue("")).as(description).isNotEmpty().isEqualTo(permission.id());
		assertThat(permission.token().orElseThrow().value()).as(description)
			.isEqualTo(node.path("token").stringValue(""));
	}

	private static byte[] body(Random random) {
		String valid = VALID.get(random.nextInt(VALID.size()));
		switch (random.nextInt(8)) {
			case 0 -> {
				byte[] bytes = new byte[random.nextInt(64)];
				random.nextBytes(bytes);
				return bytes;
			}
			case 1 -> {
				return valid.getBytes(StandardCharsets.UTF_8);
			}
			case 2 -> {
				return valid.substring(0, random.nextInt(valid.length())).getBytes(StandardCharsets.UTF_8);
			}
			case 3 -> {
				byte[] bytes = valid.getBytes(StandardCharsets.UTF_8);
				for (int i = random.nextInt(4); i >= 0; i--) {
					bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
				}
				return bytes;
			}
			case 4 -> {
				return valid.getBytes(random.nextBoolean() ? StandardCharsets.UTF_16 : StandardCharsets.UTF_16LE);
			}
			default -> {
				StringBuilder text = new StringBuilder(valid);
				for (int i = random.nextInt(3); i >= 0; i--) {
					mutate(text, random);
				}
				return text.toString().getBytes(StandardCharsets.UTF_8);
			}
		}
	}

	/** Replaces a JSON value, or puts a fragment anywhere, or takes a piece out. */
	private static void mutate(StringBuilder text, Random random) {
		String fragment = FRAGMENTS.get(random.nextInt(FRAGMENTS.size()));
		int at = random.nextInt(text.length());
		switch (random.nextInt(3)) {
			case 0 -> {
				int value = text.indexOf(":", at) + 1;
				int end = text.indexOf(",", value);
				text.replace(value, (end > value) ? end : value, fragment);
			}
			case 1 -> text.insert(at, fragment);
			default -> text.delete(at, Math.min(text.length() - 1, at + random.nextInt(20)));
		}
	}

}
