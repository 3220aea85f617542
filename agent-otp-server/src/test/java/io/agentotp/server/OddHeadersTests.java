package io.agentotp.server;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Headers that no client sends, behind a proxy that passes them on: no route fails on
 * them. {@code -Dagentotp.fuzz.seed} repeats what failed.
 */
@ParameterizedClass
@CsvSource({ "ALONE, native", "ALONE_UNDER_A_PATH, framework", "ALONE_IN_A_CONTEXT, native", "EMBEDDED, framework",
		"EMBEDDED_IN_A_CONTEXT, native" })
class OddHeadersTests {

	private static final long SEED = Long.getLong("agentotp.fuzz.seed", 20_261_129);

	private static final int EACH = 8;

	private static final String[] NAMES = { "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
			"X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Ssl", "Forwarded", "Accept-Language", "Host",
			"Origin", "Referer", "User-Agent", "Cookie", "Idempotency-Key", "Content-Type", "Accept", "If-Match",
			"If-None-Match", "Prefer", "Authorization", "X-API-Key", "X-Request-Id", "Content-Encoding",
			"Accept-Encoding", "Range", "Sec-Fetch-Site", "Upgrade" };

	private static final String[] VALUES = { "", " ", "\t", ",", ";", "=", "\"", "%", "%00", "%ff%zz", "\0", "a\0b",
			"\u0001", "\u0085", "é", "漢字", "\ud83d\udd11", "\u202e\u200b", "\ufeff", "a".repeat(65), "a".repeat(300),
			"a".repeat(4000), "1.2.3.4, ".repeat(100), "::1%" + "z".repeat(90), "unknown", "_hidden", "-1", "0",
			"65536", "99999999999999999999", "1.2.3.4:99999", "[::1", "[::1]:x", "http://[", "https://", "://", "//",
			"/../..", "javascript:alert(1)", "null", "for=\"[::1]:x\";host=\"", "for=_;proto=https;by=", "de;q=x",
			"x-;q=9", "-".repeat(70), "bytes=5-1,9-", "\"", "W/\"", "W/\"x", "*", "text/", "/json",
			"application/json;charset=x", "application/json;charset=utf-16",
			"application/x-www-form-urlencoded;charset=\ud83d", "multipart/form-data", "multipart/form-data; boundary=",
			"text/html;q=99;=,;", "AGENTOTP_SESSION=", "AGENTOTP_SESSION=x.y; AGENTOTP_SESSION=;;=",
			"AGENTOTP_CSRF=\"; $Version=1", "Bearer", "Bearer \0", "Bearer " + "x".repeat(5000), "Basic ????",
			"wait=30, wait=-1", "gzip, br;q=2", "h2c", "chunked, identity", "otp_" + "A".repeat(40) };

	private final Random random = new Random(SEED);

	@Parameter(0)
	Form form;

	@Parameter(1)
	String strategy;

	@Test
	@Tag("slow")
	void anyRouteWhenHeadersAreOddThenNeverFailsAndTheLogStaysWhole(@TempDir Path directory) throws IOException {
		try (TestServer server = this.form.start(directory, "server.forward-headers-strategy=" + this.strategy,
				"logging.level.org.apache.tomcat.util.http.parser=off")) {
			String path = URI.create(server.url()).getPath();
			List<String> problems = new ArrayList<>();
			for (Route route : Route.all(server)) {
				for (int i = 0; i < EACH; i++) {
					String request = request(server, path, route);
					RawHttp.Answer answer = RawHttp.send(server.port(), request.getBytes(StandardCharsets.UTF_8),
							10_000);
					if (answer.status() >= 500) {
						problems.add(answer.status() + " for " + request + answer.body());
					}
				}
			}
			assertThat(problems).as("with seed %s", SEED).isEmpty();
			assertThat(server.admin().get("/audit?limit=100").expect(200).data().size()).isPositive();
			assertThat(server.auditor().get("/audit/verify").data().path("problems")).isEmpty();
			server.auditor().get("/audit/export").expect(200);
		}
	}

	@Test
	void addressWhenItIsNoneThenNotRepeatedAndCounted(@TempDir Path directory) {
		try (TestServer server = this.form.start(directory, "server.forward-headers-strategy=" + this.strategy,
				"agentotp.server.limits.wrong-passwords-per-minute=2")) {
			for (String address : List.of("x".repeat(65), "unknown", "<b>", "otp_" + "A".repeat(40))) {
				server.mailer().with("X-Forwarded-For", address).request("mail.send").expect(202);
				Browser stranger = new Browser(server.url());
				Browser.Page page = stranger.get("/sign-in");
				for (int i = 0; i < 3; i++) {
					int status = stranger
						.submit(page, "/sign-in", Map.of("username", address, "password", "wrong"),
								Map.of("X-Forwarded-For", address))
						.status();
					assertThat(status).as(address).isEqualTo((i < 2) ? 200 : 429);
				}
			}
			server.mailer().with("X-Forwarded-For", "2001:db8::1").request("mail.send").expect(202);
			String log = server.admin().get("/audit?limit=100").expect(200).body().toString();
			assertThat(log).contains("2001:db8::1", "\"address\":\"(no address)\"")
				.doesNotContain("xxxxx", "<b>", "otp_A");
		}
	}

	private String request(TestServer server, String path, Route route) {
		String target = path + route.path().replaceAll("\\{\\w+}", "mailer")
				+ (route.path().startsWith("/live/") ? "?seen=x" : "");
		StringBuilder request = new StringBuilder(route.method() + " " + target + " HTTP/1.1\r\nConnection: close\r\n");
		StringBuilder odd = new StringBuilder();
		for (int i = 1 + this.random.nextInt(3); i > 0; i--) {
			odd.append(pick(NAMES)).append(": ").append(pick(VALUES)).append("\r\n");
		}
		// What is there already can be there twice.
		if (!odd.toString().contains("Host:") || this.random.nextBoolean()) {
			request.append("Host: localhost\r\n");
		}
		if (!odd.toString().contains("Authorization:") || this.random.nextBoolean()) {
			request.append("Authorization: Bearer ")
				.append(pick(TestServer.MAILER_KEY, TestServer.ALICE_KEY, TestServer.ADMIN_KEY))
				.append("\r\n");
		}
		String body = route.method().equals("GET") ? "" : "{\"action\":\"mail.send\"}";
		if (!body.isEmpty() && (!odd.toString().contains("Content-Type:") || this.random.nextBoolean())) {
			request.append("Content-Type: " + (route.isApi() ? "application/json" : "application/x-www-form-urlencoded")
					+ "\r\n");
		}
		return request.append(odd)
			.append("Content-Length: ")
			.append(body.length())
			.append("\r\n\r\n")
			.append(body)
			.toString();
	}

	private String pick(String... values) {
		return values[this.random.nextInt(values.length)];
	}

}
