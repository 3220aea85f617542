package io.agentotp.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.command.CommandLine;
import io.agentotp.server.json.Json;
import io.agentotp.server.web.Caller;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever the service takes, each of its routes and pages can read.
 */
@Tag("sql")
class AcceptedBodiesTests {

	private static final long SEED = Long.getLong("agentotp.test.seed", 11);

	private static final int TRIES = Integer.getInteger("agentotp.test.tries", 300);

	private static final int BETWEEN_WALKS = 60;

	private final Random random = new Random(SEED);

	private final List<String> reached = new ArrayList<>();

	@TempDir
	Path directory;

	@Test
	void bodiesWhenAcceptedThenEveryRouteAndPageReadsThem() throws Exception {
		try (TestServer server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH)) {
			Browser admin = new Browser(server.url()).signedIn("admin");
			String policy = null;
			int accepted = 0;
			for (int i = 1; i <= TRIES; i++) {
				String json = "{\"action\":" + Json.write(name()) + ",\"resource\":" + Json.write(name())
						+ ",\"scope\":" + object(30) + ",\"context\":" + object(30) + "}";
				Api.Answer asked = server.mailer().post("/permissions/request", json);
				assertThat(asked.status()).as(json).isIn(202, 400);
				String id = asked.data().path("id").asString("");
				if (!id.isEmpty()) {
					accepted++;
					server.mailer().get("/permissions/" + id).expect(200);
					assertThat(admin.get("/approvals/" + id).status()).as(json).isEqualTo(200);
				}
				String rule = "{\"name\":\"p" + i + "\",\"action\":\"deny\",\"conditions\":{\"agentId\":{\"equals\":"
						+ "\"nobody\"},\"context.x\":{\"in\":[" + value(27) + "]}},\"scopeTemplate\":" + object(29)
						+ "}";
				Api.Answer made = server.admin().post("/policies", rule);
				assertThat(made.status()).as(rule).isIn(201, 400);
				policy = (made.status() == 201) ? made.data().path("id").stringValue() : policy;
				if (!id.isEmpty() && this.random.nextInt(3) == 0) {
					String decision = "{\"approved\":true,\"reason\":" + Json.write(name()) + "}";
					assertThat(server.alice().post("/permissions/" + id + "/decide", decision).status()).isIn(200, 409);
					String token = server.mailer().get("/permissions/" + id).data().path("token").asString("");
					String use = "{\"token\":\"" + token + "\",\"actionDetails\":" + object(30) + "}";
					assertThat(server.mailer().post("/permissions/" + id + "/use", use).status()).as(use)
						.isIn(200, 400);
				}
				if (!id.isEmpty() && (i % BETWEEN_WALKS == 0 || i == TRIES)) {
					walk(server, admin, id, policy);
					verify(server);
				}
			}
			assertThat(accepted).as("of " + TRIES).isGreaterThan(TRIES / 2);
			assertThat(policy).isNotNull();
			assertThat(this.reached).hasSizeGreaterThan(20);
		}
	}

	private void walk(TestServer server, Browser admin, String id, String policy) {
		for (Route route : Route.all(server)) {
			if (!route.method().equals("GET") || (route.path().contains("/policies/{id}") && policy == null)) {
				continue;
			}
			String path = route.path()
				.replace("{id}",
						route.path().contains("/agents/") ? "mailer"
								: route.path().contains("/policies/") ? String.valueOf(policy) : id)
				.replace("{version}", "2") + "?seen=x&limit=100";
			int status = !route.isApi() ? admin.get(path).status()
					: server.api(route.allows(Caller.AGENT) ? TestServer.MAILER_KEY : TestServer.ADMIN_KEY)
						.get(path.replace("/api/v1", ""))
						.status();
			assertThat(status).as(route.toString()).isEqualTo(200);
			this.reached.add(route.path());
		}
		String past = "{\"permissionId\":\"" + id + "\"}";
		server.admin().post("/policies/simulate", past).expect(200);
		server.mailer().post("/permissions/query", "{\"ids\":[\"" + id + "\"]}").expect(200);
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
		int count = (shape == 1) ? 400 : this.random.nextInt(5);
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
			case 0 -> Json.write(name());
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

	// Names of all planes, and such as stand for something elsewhere.
	private String name() {
		return switch (this.random.nextInt(6)) {
			case 0 -> HostileText.ALL.get(this.random.nextInt(HostileText.ALL.size()));
			case 1 -> "otp_" + "A".repeat(20) + this.random.nextInt(1000);
			case 2 -> "ak_live_" + "A".repeat(20) + this.random.nextInt(1000);
			case 3 -> "n".repeat(1 + this.random.nextInt(300));
			case 4 -> new String(new int[] { codePoint(), codePoint(), codePoint() }, 0, 3);
			default -> "max_" + this.random.nextInt(1000);
		};
	}

	private int codePoint() {
		int codePoint = 1 + this.random.nextInt(Character.MAX_CODE_POINT - 1);
		return (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) ? 'x' : codePoint;
	}

}
