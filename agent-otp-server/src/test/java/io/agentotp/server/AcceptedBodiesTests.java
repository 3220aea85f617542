package io.agentotp.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.command.CommandLine;
import io.agentotp.server.json.Json;
import io.agentotp.server.web.Caller;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever the service takes, each of its routes and pages can read.
 */
@Tag("sql")
@Tag("slow")
class AcceptedBodiesTests {

	private static final long SEED = Long.getLong("agentotp.test.seed", 11);

	private static final int TRIES = Integer.getInteger("agentotp.test.tries", 100);

	// Half characters, NUL, numbers beyond the limits, a long name.
	private static final List<String> REFUSED = List.of("\"\\ud800\"", "\"x\\udc00\"", "\"\\udbff\\ud800\"",
			"\"\\u0000\"", "1e309", "1".repeat(65), "{\"" + "n".repeat(256) + "\":1}");

	private static final int BETWEEN_WALKS = 300;

	private static final Map<Caller, String> KEYS = Map.of(Caller.AGENT, TestServer.MAILER_KEY, Caller.APPROVER,
			TestServer.ALICE_KEY, Caller.ADMINISTRATOR, TestServer.ADMIN_KEY, Caller.AUDITOR, TestServer.AUDITOR_KEY);

	// Routes that take a body, but nothing in it that anybody chooses.
	private static final Set<String> WITHOUT_CONTENT = Set.of("POST /api/v1/agents/{id}/rotate",
			"POST /api/v1/agents/{id}/unfreeze", "POST /api/v1/unfreeze", "DELETE /api/v1/agents/{id}",
			"DELETE /api/v1/policies/{id}", "DELETE /api/v1/actions/{id}", "POST /api/v1/permissions/query",
			"DELETE /api/v1/users/{name}", "POST /api/v1/users/{name}/link", "DELETE /api/v1/users/{name}/key",
			"DELETE /api/v1/users/{name}/sessions", "DELETE /api/v1/account/key");

	private final Random random = new Random(SEED);

	private final Set<String> written = new TreeSet<>();

	private final Set<String> read = new TreeSet<>();

	private final Map<String, Browser> browsers = new LinkedHashMap<>();

	@TempDir
	Path directory;

	private TestServer server;

	private PasskeyDevice device;

	private String permission;

	private String policy;

	private String action;

	private String agent;

	private String user = "bob";

	@Test
	void bodiesWhenAcceptedThenEveryRouteAndPageReadsThem() throws Exception {
		try (TestServer started = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator",
				"agentotp.server.users.auditor.password=" + TestServer.PASSWORD_HASH)) {
			this.server = started;
			this.device = new PasskeyDevice(started.origin());
			this.device.enrol(started, "alice");
			List.of("alice", "admin", "auditor")
				.forEach((user) -> this.browsers.put(user, new Browser(started.url()).signedIn(user)));
			List<Route> routes = Route.all(started);
			int accepted = 0;
			for (int i = 1; i <= TRIES; i++) {
				accepted += write() ? 1 : 0;
				if (i % BETWEEN_WALKS == 0 || i == TRIES) {
					routes.stream().filter((route) -> route.method().equals("GET")).forEach(this::read);
					simulate();
					verify(started);
				}
			}
			assertThat(accepted).as("of " + TRIES).isGreaterThan(TRIES / 2);
			assertThat(this.read).containsExactlyInAnyOrderElementsOf(
					routes.stream().filter((route) -> route.method().equals("GET")).map(Route::path).toList());
			// A new route is to be tried here, too.
			Set<String> all = routes.stream()
				.filter((route) -> route.isApi() && !route.method().equals("GET"))
				.map((route) -> route.method() + " " + route.path())
				.collect(Collectors.toCollection(TreeSet::new));
			all.removeAll(WITHOUT_CONTENT);
			assertThat(this.written).containsExactlyElementsOf(all);
		}
	}

	// One request at least, and what can follow it; says whether that was taken.
	private boolean write() {
		boolean taken = ask();
		if (taken && this.random.nextInt(2) == 0) {
			decideAndUse();
		}
		switch (this.random.nextInt(8)) {
			case 0 -> writePolicy();
			case 1 -> writeAgent();
			case 2 -> freeze();
			case 3 -> simulatePage();
			case 4 -> writeUser();
			case 5 -> writeAction();
			case 6 -> writeAddressAndDelegation();
			default -> {
			}
		}
		return taken;
	}

	private boolean ask() {
		Api.Answer asked = send("POST /api/v1/permissions/request", null, TestServer.MAILER_KEY,
				"{\"action\":" + text(1, 255) + ",\"resource\":" + text(0, 255) + ",\"scope\":" + object(30)
						+ ",\"context\":" + object(30) + ",\"ttl\":" + (30 + this.random.nextInt(3571)) + "}");
		String id = asked.data().path("id").asString("");
		if (!id.isEmpty()) {
			this.permission = id;
			this.server.mailer().get("/permissions/" + id).expect(200);
			Browser browser = List.copyOf(this.browsers.values()).get(this.random.nextInt(this.browsers.size()));
			assertThat(browser.get("/approvals/" + id).status()).isEqualTo(200);
		}
		return !id.isEmpty();
	}

	private void decideAndUse() {
		String id = this.permission;
		String reason = "\"reason\":" + text(0, 2000);
		switch (this.random.nextInt(4)) {
			case 0 -> send("POST /api/v1/permissions/decide", null, TestServer.ALICE_KEY,
					"{\"approved\":true,\"ids\":[\"" + id + "\"]," + reason + "}");
			case 1 -> send("POST /api/v1/permissions/{id}/revoke", id, TestServer.MAILER_KEY, "{" + reason + "}");
			case 2 -> sign(id, reason);
			default -> send("POST /api/v1/permissions/{id}/decide", id, TestServer.ALICE_KEY,
					"{\"approved\":true," + reason + "}");
		}
		String token = this.server.mailer().get("/permissions/" + id).data().path("token").asString("otp_none");
		send("POST /api/v1/permissions/{id}/verify", id, TestServer.MAILER_KEY, "{\"token\":\"" + token + "\"}");
		send("POST /api/v1/permissions/{id}/use", id, TestServer.MAILER_KEY,
				"{\"token\":\"" + token + "\",\"actionDetails\":" + object(30) + "}");
		this.server.mailer().post("/permissions/query", "{\"ids\":[\"" + id + "\"]}").expect(200);
	}

	private void writeAction() {
		String entry = "{\"action\":" + text(1, 255) + ",\"title\":\"A {scope.a} of {resource}\",\"risk\":\"high\","
				+ "\"fields\":{\"scope.a\":" + text(1, 80) + ",\"resource\":{\"label\":" + text(1, 80) + "}}}";
		Api.Answer made = send("POST /api/v1/actions", null, TestServer.ADMIN_KEY, entry);
		this.action = (made.status() == 201) ? made.data().path("id").stringValue() : this.action;
		if (this.action != null) {
			send("PUT /api/v1/actions/{id}", this.action, TestServer.ADMIN_KEY, entry);
			send("PATCH /api/v1/actions/{id}", this.action, TestServer.ADMIN_KEY, "{\"risk\":\"low\"}");
		}
	}

	private void writePolicy() {
		String rule = "{\"name\":" + text(1, 128) + ",\"description\":" + text(0, 2000)
				+ ",\"action\":\"deny\",\"priority\":" + this.random.nextInt()
				+ ",\"conditions\":{\"agentId\":{\"equals\":\"nobody\"},\"context.x\":{\"in\":[" + value(27)
				+ "]}},\"scopeTemplate\":" + object(29) + "}";
		Api.Answer made = send("POST /api/v1/policies", null, TestServer.ADMIN_KEY, rule);
		this.policy = (made.status() == 201) ? made.data().path("id").stringValue() : this.policy;
		if (this.policy != null) {
			send("PUT /api/v1/policies/{id}", this.policy, TestServer.ADMIN_KEY, rule);
			send("PATCH /api/v1/policies/{id}", this.policy, TestServer.ADMIN_KEY,
					"{\"description\":" + text(0, 2000) + "}");
		}
		send("POST /api/v1/policies/simulate", null, TestServer.ALICE_KEY, "{\"request\":{\"action\":" + text(1, 255)
				+ ",\"scope\":" + object(29) + ",\"context\":" + object(29) + "},\"policies\":[" + rule + "]}");
	}

	private void writeAgent() {
		String settings = "\"description\":" + text(0, 1000) + ",\"owner\":" + text(1, 64);
		Api.Answer made = send("POST /api/v1/agents", null, TestServer.ADMIN_KEY,
				"{\"name\":\"agent." + this.random.nextInt(1_000_000) + "\"," + settings + "}");
		this.agent = (made.status() == 201) ? made.data().path("id").stringValue() : this.agent;
		if (this.agent != null) {
			send("PATCH /api/v1/agents/{id}", this.agent, TestServer.ADMIN_KEY, "{" + settings + "}");
			send("POST /api/v1/agents/{id}/freeze", this.agent, TestServer.ADMIN_KEY,
					"{\"reason\":" + text(0, 2000) + "}");
		}
	}

	private void writeUser() {
		String roles = "\"roles\":[\"" + List.of("approver", "auditor", "root").get(this.random.nextInt(3)) + "\"]}";
		String name = (this.random.nextInt(4) == 0) ? text(1, 64) : "\"user." + this.random.nextInt(1_000_000) + "\"";
		Api.Answer made = send("POST /api/v1/users", null, TestServer.ADMIN_KEY, "{\"name\":" + name + "," + roles);
		this.user = (made.status() == 201) ? made.data().path("name").stringValue() : this.user;
		send("PATCH /api/v1/users/{name}", this.user, TestServer.ADMIN_KEY, "{" + roles);
		send("POST /api/v1/account/key", null, TestServer.ALICE_KEY, "{\"password\":" + text(1, 1000) + "}");
	}

	private void writeAddressAndDelegation() {
		made("POST /api/v1/users/{name}/addresses", "alice", TestServer.ADMIN_KEY,
				"{\"channel\":\"mail\",\"address\":" + text(1, 2000) + "}")
			.ifPresent((id) -> end("DELETE /api/v1/users/{name}/addresses/{id}", "alice", id, TestServer.ADMIN_KEY));
		String days = "{\"to\":" + (this.random.nextBoolean() ? "\"bob\"" : text(1, 64)) + ",\"endsAt\":\""
				+ this.server.clock.instant().plus(Duration.ofDays(1 + this.random.nextInt(20))) + "\"}";
		made("POST /api/v1/users/{name}/delegations", "alice", TestServer.ADMIN_KEY, days)
			.ifPresent((id) -> end("DELETE /api/v1/users/{name}/delegations/{id}", "alice", id, TestServer.ADMIN_KEY));
		made("POST /api/v1/account/delegations", null, TestServer.ALICE_KEY, days)
			.ifPresent((id) -> end("DELETE /api/v1/account/delegations/{id}", "alice", id, TestServer.ALICE_KEY));
	}

	private void sign(String id, String reason) {
		send("POST /api/v1/permissions/challenge", null, TestServer.ALICE_KEY,
				"{\"approved\":false,\"ids\":[\"" + id + "\"]," + reason + "}");
		Api.Answer challenge = send("POST /api/v1/permissions/{id}/challenge", id, TestServer.ALICE_KEY,
				"{\"approved\":true," + reason + "}");
		if (challenge.status() == 200) {
			send("POST /api/v1/permissions/{id}/decide", id, TestServer.ALICE_KEY, "{\"approved\":true,\"assertion\":"
					+ this.device.assertion((ObjectNode) challenge.data()) + "," + reason + "}");
		}
	}

	private Optional<String> made(String route, String name, String key, String body) {
		Api.Answer answer = send(route, name, key, body);
		return (answer.status() == 201) ? Optional.of(answer.data().path("id").stringValue()) : Optional.empty();
	}

	private void end(String route, String name, String id, String key) {
		this.written.add(route);
		this.server.api(key)
			.send("DELETE", route.split(" /api/v1", 2)[1].replace("{name}", name).replace("{id}", id), "{}")
			.expect(200);
	}

	private void freeze() {
		send("POST /api/v1/freeze", null, TestServer.ADMIN_KEY, "{\"reason\":" + text(0, 2000) + "}");
		assertThat(this.browsers.get("alice").get("/").status()).isEqualTo(200);
		this.server.admin().post("/unfreeze", "{}").expect(200);
	}

	private void simulatePage() {
		Browser alice = this.browsers.get("alice");
		Map<String, String> form = Map.of("action", name(), "resource", name(), "scope", object(30), "context",
				object(30));
		assertThat(alice.submit(alice.get("/policies"), "/policies/simulate", form).status()).as(form.toString())
			.isIn(200, 400);
	}

	private Api.Answer send(String route, String id, String key, String body) {
		this.written.add(route);
		String[] parts = route.split(" /api/v1", 2);
		Api.Answer answer = this.server.api(key)
			.send(parts[0], parts[1].replace("{id}", String.valueOf(id)).replace("{name}", String.valueOf(id)), body);
		assertThat(answer.status()).as(route + " " + body + " " + answer.body()).isIn(200, 201, 202, 400, 409);
		return answer;
	}

	private void read(Route route) {
		String id = route.path().contains("/agents/") ? "mailer" : route.path().contains("/policies/") ? this.policy
				: route.path().contains("/actions/") ? this.action : this.permission;
		if (route.path().contains("{id}") && id == null) {
			return;
		}
		String query = route.path().endsWith("/live/inbox") ? "?seen=x"
				: route.parameters().contains("limit") ? "?limit=100" : "";
		String path = route.path()
			.replace("{id}", String.valueOf(id))
			.replace("{version}", "1")
			.replace("{waiting}", "1")
			.replace("{name}", this.user) + query;
		if (!route.isApi()) {
			this.browsers.forEach((user, browser) -> {
				if (isFor(route, caller(user))) {
					Browser.Page page = browser.get(path);
					assertRead(route + " by " + user, page.status(), page.text());
				}
			});
		}
		for (Map.Entry<Caller, String> key : KEYS.entrySet()) {
			if (route.isApi() && isFor(route, key.getKey())) {
				Api.Answer answer = this.server.api(key.getValue()).get(path.replace("/api/v1", ""));
				// Of what was not used there is no receipt, nor for who did not decide.
				boolean none = route.path().endsWith("/receipt") && List.of(403, 409).contains(answer.status());
				assertRead(route + " by " + key.getKey(), none ? 200 : answer.status(), answer.raw().body());
			}
		}
		this.read.add(route.path());
	}

	private static boolean isFor(Route route, Caller caller) {
		return route.allows(Caller.ANYBODY) || route.allows(caller)
				|| (route.allows(Caller.PERSON) && caller != Caller.AGENT);
	}

	private static Caller caller(String user) {
		return user.equals("alice") ? Caller.APPROVER : user.equals("admin") ? Caller.ADMINISTRATOR : Caller.AUDITOR;
	}

	private static void assertRead(String what, int status, String text) {
		assertThat(status).as(what).isEqualTo(200);
		assertThat(text).as(what).doesNotContain("cannot be read");
	}

	private void simulate() {
		this.server.admin().post("/policies/simulate", "{\"permissionId\":\"" + this.permission + "\"}").expect(200);
	}

	private void verify(TestServer server) throws IOException {
		server.bean(AuditSequencer.class).seal();
		assertThat(server.admin().get("/audit/verify").expect(200).data().path("problems")).isEmpty();
		Path export = this.directory.resolve("export.jsonl");
		Files.writeString(export, server.admin().get("/audit/export").raw().body());
		server.admin().get("/audit/export?format=csv").expect(200);
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
		CommandLine.run(new String[] { "audit", "verify", export.toString() }, print, print);
		assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("cannot be read").doesNotContain("changed");
	}

	private String object(int depth) {
		int shape = this.random.nextInt(10);
		if (shape == 0) {
			// As deep as is allowed, or a level more.
			int levels = depth - this.random.nextInt(3);
			return "{\"d\":".repeat(levels) + value(0) + "}".repeat(levels);
		}
		int count = (shape == 1) ? 100 : this.random.nextInt(5);
		StringBuilder json = new StringBuilder("{");
		for (int i = 0; i < count; i++) {
			json.append((i > 0) ? "," : "")
				.append(Json.write(name()))
				.append(':')
				.append(value(Math.min(depth - 1, 4)));
		}
		return json.append('}').toString();
	}

	private String value(int depth) {
		return switch (this.random.nextInt((depth > 1) ? 7 : 5)) {
			case 0 ->
				(this.random.nextInt(60) == 0) ? REFUSED.get(this.random.nextInt(REFUSED.size())) : Json.write(name());
			case 1 -> String.valueOf(this.random.nextBoolean());
			case 2, 3 -> number();
			case 4 -> "null";
			case 5 -> "[" + value(depth - 1) + "," + value(depth - 1) + "]";
			default -> "{" + Json.write(name()) + ":" + value(depth - 1) + "}";
		};
	}

	private String number() {
		int digits = 62 + this.random.nextInt(3);
		int exponent = 306 + this.random.nextInt(3);
		return switch (this.random.nextInt(8)) {
			case 0 -> "7".repeat(digits);
			case 1 -> "-0." + "3".repeat(digits);
			case 2 -> "1e" + exponent;
			case 3 -> "-1.5E-" + exponent;
			case 4 -> "1" + "0".repeat(exponent);
			case 5 -> "0." + "0".repeat(exponent - 1) + "1";
			case 6 -> "0e" + exponent;
			default -> String.valueOf(this.random.nextLong());
		};
	}

	// A text of a field, near its limits or hostile, and now and then one that is
	// refused.
	private String text(int min, int max) {
		return switch (this.random.nextInt(8)) {
			case 0 -> Json.write("t".repeat(max - this.random.nextInt(3)));
			case 1 -> Json.write("t".repeat(min + this.random.nextInt(2)));
			case 2 -> Json.write("\ud83d\ude00".repeat(Math.max(1, max / 2)));
			default -> {
				String name = name();
				yield Json.write((name.length() < min) ? "x" : name.substring(0, Math.min(max, name.length())));
			}
		};
	}

	// Names of all planes, and such as stand for something elsewhere.
	private String name() {
		return switch (this.random.nextInt(8)) {
			case 0 -> HostileText.ALL.get(this.random.nextInt(HostileText.ALL.size()));
			case 1 -> "otp_" + "A".repeat(20) + this.random.nextInt(1000);
			case 2 -> "ak_live_" + "A".repeat(20) + this.random.nextInt(1000);
			case 3 -> "n".repeat(253 + this.random.nextInt(3));
			case 4 -> new String(new int[] { codePoint(), codePoint(), codePoint() }, 0, 3);
			case 5 -> List.of("", " ", ".", "a.b", "$", "@type", "@value", "__proto__", "cannot read", "null", "\u202e",
					"\t", "\u0085", "\ufffe")
				.get(this.random.nextInt(14));
			default -> "max_" + this.random.nextInt(1000);
		};
	}

	private int codePoint() {
		int codePoint = 1 + this.random.nextInt(Character.MAX_CODE_POINT - 1);
		return (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) ? 'x' : codePoint;
	}

}
