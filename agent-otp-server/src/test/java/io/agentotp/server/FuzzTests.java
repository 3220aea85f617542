package io.agentotp.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import io.agentotp.server.json.Json;
import io.agentotp.server.web.Caller;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever anybody sends to any route: no failure of the service, no answer of the API
 * without its envelope, no secret in an answer or in the log, and nothing stored of what
 * is refused. {@code -Dagentotp.fuzz.tries} says how long it goes on,
 * {@code -Dagentotp.fuzz.seed} repeats what failed.
 */
@ExtendWith(OutputCaptureExtension.class)
@Tag("sql")
class FuzzTests {

	private static final int TRIES = Integer.getInteger("agentotp.fuzz.tries", 2000);

	private static final long SEED = Long.getLong("agentotp.fuzz.seed", 20_261_125);

	private static final int EACH = 250;

	private static final List<String> KEYS = List.of(TestServer.MAILER_KEY, TestServer.READER_KEY, TestServer.ALICE_KEY,
			TestServer.BOB_KEY, TestServer.AUDITOR_KEY, TestServer.ADMIN_KEY);

	@Test
	void anyRouteWhenAnythingIsSentThenRefusedInOrderOrDone(CapturedOutput output) throws IOException {
		// The host's own filter for forms fails on what cannot be decoded.
		try (TestServer server = TestServer.start("spring.mvc.formcontent.filter.enabled=false")) {
			server.stopMaintenance();
			List<Route> routes = Route.all(server);
			assertThat(routes).isNotEmpty();
			List<Session> sessions = List.of(Session.signIn(server, "alice"), Session.signIn(server, "bob"));
			List<String> problems = new ArrayList<>();
			for (int begin = 0; begin < TRIES && problems.size() < 5; begin += EACH) {
				problems.addAll(new Round(server, routes, sessions, SEED + begin).run(Math.min(EACH, TRIES - begin)));
			}
			assertThat(problems).isEmpty();
			assertThat(secretsIn(output.getAll())).as("secrets in the log with seed %s", SEED).isEmpty();
		}
	}

	private static List<String> secretsIn(String text) {
		List<String> secrets = new ArrayList<>(KEYS);
		secrets.add(FuzzInput.MARK);
		secrets.add(TestServer.PASSWORD);
		return secrets.stream().filter(text::contains).toList();
	}

	/**
	 * Some requests to a service in which there is something to aim at.
	 */
	private static final class Round {

		private final TestServer server;

		private final List<Route> routes;

		private final List<Session> sessions;

		private final long seed;

		private final FuzzInput input;

		private final Stored stored;

		Round(TestServer server, List<Route> routes, List<Session> sessions, long seed) {
			this.server = server;
			this.routes = routes;
			this.sessions = sessions;
			this.seed = seed;
			// What a round before this one has frozen or denied would keep this one out.
			server.admin().post("/unfreeze", "{}").expect(200);
			List.of("mailer", "reader")
				.forEach((agent) -> server.admin().post("/agents/" + agent + "/unfreeze", "{}").expect(200));
			server.jdbc()
				.sql("SELECT CONCAT(CASE kind WHEN 'action' THEN '/actions/' ELSE '/policies/' END, id) FROM agentotp_policy")
				.query(String.class)
				.list()
				.forEach((rule) -> server.admin().send("DELETE", rule, null).expect(200));
			this.input = new FuzzInput(seed, targets(server));
			this.stored = new Stored(server.jdbc());
		}

		private static List<String> targets(TestServer server) {
			List<String> targets = new ArrayList<>(List.of("mailer", "reader", "alice"));
			for (int i = 0; i < 3; i++) {
				targets.add(server.mailer().pending("mail.send"));
				targets.add(server.reader().pending("mail.send"));
			}
			targets.add(server.mailer().request("read.file").expect(201).data().path("id").stringValue());
			targets.add(policy(server));
			JsonNode agent = server.admin()
				.post("/agents", "{\"name\":\"fuzz-" + System.nanoTime() + "\"}")
				.expect(201)
				.data();
			targets.add(agent.path("id").stringValue());
			return targets;
		}

		private static String policy(TestServer server) {
			String policy = "{\"name\":\"fuzz\",\"action\":\"deny\",\"conditions\":{\"action\":{\"equals\":\"fuzz\"}}}";
			return server.admin().post("/policies", policy).expect(201).data().path("id").stringValue();
		}

		List<String> run(int tries) throws IOException {
			List<String> problems = new ArrayList<>();
			String before = this.stored.look();
			for (int i = 0; i < tries; i++) {
				Route route = this.input.pick(this.routes);
				Try attempt = Try.make(this.input, this.server, route, this.sessions);
				String problem;
				try {
					RawHttp.Answer answer = RawHttp.send(this.server.port(), attempt.bytes(), attempt.patience());
					String after = this.stored.look();
					problem = problem(route, attempt, answer, before, after);
					before = after;
				}
				catch (SocketTimeoutException ex) {
					// Who waits for a decision may wait.
					problem = attempt.mayWait() ? null : "no answer";
				}
				if (problem != null) {
					problems.add("%s%nRequest %s of -Dagentotp.fuzz.seed=%s:%n%s%n".formatted(problem, i, this.seed,
							attempt));
				}
			}
			return problems;
		}

		private static String problem(Route route, Try attempt, RawHttp.Answer answer, String before, String after) {
			if (answer.status() >= 500) {
				return "Answered with " + answer.status() + ": " + answer.body();
			}
			if (answer.status() >= 400 && !after.equals(before)) {
				return "Answered with " + answer.status() + ", but stored was " + before + ", then " + after + ": "
						+ answer.body();
			}
			List<String> secrets = secretsIn(answer.headers() + answer.body());
			if (!secrets.isEmpty()) {
				return "The answer repeats " + secrets + ": " + answer;
			}
			if (answer.headers().stream().anyMatch((header) -> header.startsWith("X-Injected"))) {
				return "A header was slipped in: " + answer;
			}
			// The container never lets a trace through.
			boolean api = route.isApi() && !attempt.method().equals("TRACE");
			return (api && !isOfContainer(answer) && !isEnvelope(attempt, answer)) ? "No envelope: " + answer : null;
		}

		// What is not HTTP the container refuses, before the service sees it.
		private static boolean isOfContainer(RawHttp.Answer answer) {
			return answer.header("x-request-id").isEmpty() && answer.status() >= 400;
		}

		private static boolean isEnvelope(Try attempt, RawHttp.Answer answer) {
			if (attempt.method().equals("HEAD") || answer.status() == 304) {
				return answer.body().isEmpty();
			}
			if (answer.status() == 200 && attempt.target().matches(".*(/export|/receipt|/v1/trust).*")) {
				return answer.header("content-disposition").startsWith("attachment");
			}
			try {
				JsonNode body = Json.mapper().readTree(answer.body());
				if (answer.status() == 200 && attempt.target().contains("/openapi.json")) {
					return body.has("openapi");
				}
				boolean success = answer.status() < 400;
				return answer.header("content-type").startsWith("application/json") && body.path("success").isBoolean()
						&& body.path("success").booleanValue() == success
						&& (success ? body.has("data") : !body.path("error").path("code").asString("").isBlank()
								&& !body.path("error").path("message").asString("").isBlank());
			}
			catch (JacksonException ex) {
				return false;
			}
		}

	}

	/**
	 * A request.
	 *
	 * @param method its method
	 * @param target its path and query
	 * @param headers its headers
	 * @param body its body, {@code null} for none
	 */
	private record Try(String method, String target, Map<String, String> headers, byte[] body) {

		static Try make(FuzzInput input, TestServer server, Route route, List<Session> sessions) {
			String method = input.method(route.method());
			String target = URI.create(server.url()).getPath() + input.path(route.path()) + input.query();
			Map<String, String> headers = new LinkedHashMap<>();
			byte[] body = null;
			Session session = (input.chance(route.isApi() ? 5 : 85)) ? input.pick(sessions) : null;
			if (route.isApi() && !method.equals("GET") || input.chance(5)) {
				headers.put("Content-Type", "application/json");
				body = input.body(route.path());
			}
			else if (!method.equals("GET")) {
				headers.put("Content-Type", "application/x-www-form-urlencoded");
				body = input.form((session != null) ? session.csrf() : FuzzInput.MARK).getBytes(StandardCharsets.UTF_8);
			}
			if (session != null) {
				headers.put("Cookie", session.cookie());
			}
			else if (input.chance(90)) {
				headers
					.put("Authorization", "Bearer " + (input.chance(90) ? key(input, route) : input.pick(FuzzInput.MARK,
							"ak_live_" + FuzzInput.MARK + "x".repeat(30), "uk_" + FuzzInput.MARK + "x".repeat(30))));
			}
			headers.putAll(input.headers());
			return new Try(method, target, headers, body);
		}

		// Mostly one that reaches what is behind the door.
		private static String key(FuzzInput input, Route route) {
			if (input.chance(70)) {
				return route.allows(Caller.AGENT) ? input.pick(TestServer.MAILER_KEY, TestServer.READER_KEY)
						: input.pick(TestServer.ALICE_KEY, TestServer.ADMIN_KEY);
			}
			return input.pick(KEYS);
		}

		boolean mayWait() {
			return this.target.contains("/live/") || this.headers.containsKey("Prefer");
		}

		int patience() {
			return mayWait() ? 100 : 10_000;
		}

		byte[] bytes() {
			ByteArrayOutputStream request = new ByteArrayOutputStream();
			request.writeBytes(head().getBytes(StandardCharsets.UTF_8));
			if (this.body != null) {
				request.writeBytes(this.body);
			}
			return request.toByteArray();
		}

		private String head() {
			String length = (this.body != null) ? "Content-Length: " + this.body.length + "\r\n" : "";
			return this.method + " " + this.target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + length
					+ this.headers.entrySet()
						.stream()
						.map((header) -> header.getKey() + ": " + header.getValue() + "\r\n")
						.collect(Collectors.joining())
					+ "\r\n";
		}

		@Override
		public String toString() {
			String text = (this.body != null) ? new String(this.body, StandardCharsets.UTF_8) : "";
			return head() + text.substring(0, Math.min(text.length(), 3000));
		}

	}

	/**
	 * A person's session.
	 *
	 * @param cookie its cookie
	 * @param csrf what its forms carry
	 */
	private record Session(String cookie, String csrf) {

		static Session signIn(TestServer server, String user) throws IOException {
			String path = URI.create(server.url()).getPath() + "/sign-in";
			RawHttp.Answer page = send(server, "GET", path, "", null);
			String before = cookie(page);
			RawHttp.Answer signedIn = send(server, "POST", path, before, "username=" + user + "&password="
					+ TestServer.PASSWORD.replace(" ", "+") + "&_csrf=" + Browser.csrf(page.body()));
			String cookie = cookie(signedIn);
			RawHttp.Answer inbox = send(server, "GET", path.replace("/sign-in", "/"), cookie, null);
			return new Session(cookie, Browser.csrf(inbox.body()));
		}

		private static RawHttp.Answer send(TestServer server, String method, String path, String cookie, String form)
				throws IOException {
			Map<String, String> headers = new LinkedHashMap<>(Map.of("Cookie", cookie));
			if (form != null) {
				headers.put("Content-Type", "application/x-www-form-urlencoded");
			}
			Try request = new Try(method, path, headers, (form != null) ? form.getBytes(StandardCharsets.UTF_8) : null);
			return RawHttp.send(server.port(), request.bytes(), 10_000);
		}

		private static String cookie(RawHttp.Answer answer) {
			return answer.headers()
				.stream()
				.filter((header) -> header.toLowerCase(Locale.ROOT).startsWith("set-cookie:"))
				.map((header) -> header.substring("set-cookie:".length()).split(";", 2)[0].strip())
				.collect(Collectors.joining("; "));
		}

	}

	/**
	 * How many rows there are, and where permissions stand. What is counted of callers,
	 * and the chain that follows in the background, is left out.
	 */
	private static final class Stored {

		private final JdbcClient jdbc;

		private final String sql;

		Stored(JdbcClient jdbc) {
			this.jdbc = jdbc;
			this.sql = jdbc.sql("""
					SELECT LOWER(table_name) FROM information_schema.tables
					WHERE LOWER(table_name) LIKE 'agentotp_%' ORDER BY 1""")
				.query(String.class)
				.list()
				.stream()
				.filter((table) -> !table.matches("agentotp_(audit_.*|bucket|schema_history|flyway.*)"))
				.map((table) -> "SELECT '" + table.substring(9) + "' AS name, COUNT(*) AS rows_there FROM " + table)
				.collect(Collectors.joining(" UNION ALL ", "",
						" UNION ALL SELECT status, COUNT(*) FROM agentotp_permission GROUP BY status ORDER BY 1"));
		}

		String look() {
			return this.jdbc.sql(this.sql)
				.query((row, index) -> row.getString(1) + "=" + row.getLong(2))
				.list()
				.toString();
		}

	}

}
