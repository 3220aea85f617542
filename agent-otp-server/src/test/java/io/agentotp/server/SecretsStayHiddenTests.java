package io.agentotp.server;

import java.util.List;
import java.util.Map;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.NotificationSettings;
import io.agentotp.server.config.OidcSettings;
import io.agentotp.server.config.PasskeySettings;
import io.agentotp.server.json.Json;
import io.agentotp.server.permission.Grant;
import io.agentotp.server.permission.PermissionRequest;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tokens, keys and passwords are nowhere but with those who need them.
 */
@ExtendWith(OutputCaptureExtension.class)
class SecretsStayHiddenTests {

	@DisplayName("attack A17: tokens and keys leak nowhere")
	@Test
	void wholeLoopWhenEverythingIsLoggedThenNoSecretInDatabaseAuditDecisionOrLog(CapturedOutput output) {
		try (TestServer server = TestServer.start("logging.level.io.agentotp=trace",
				"logging.level.org.springframework.web=trace", "logging.level.org.springframework.jdbc=trace",
				"logging.level.org.springframework.security=trace")) {
			Api mailer = server.mailer();
			String id = mailer.pending("mail.send");
			Api.Answer decided = server.alice().decide(id, true).expect(200);
			String token = mailer.token(id);
			assertThat(mailer.use(id, "otp_" + "x".repeat(43)).data().path("success").booleanValue()).isFalse();
			assertThat(mailer.use(id, token).data().path("success").booleanValue()).isTrue();
			JsonNode auto = mailer.with("Idempotency-Key", "k1").request("read.file").data();

			List<String> secrets = List.of(token, auto.path("token").stringValue(), TestServer.MAILER_KEY,
					TestServer.ALICE_KEY);
			String database = database(server);
			String audit = server.alice().get("/audit?limit=100").raw().body();
			assertThat(secrets).allSatisfy((secret) -> {
				assertThat(database).doesNotContain(secret);
				assertThat(audit).doesNotContain(secret);
				assertThat(decided.raw().body()).doesNotContain(secret);
			});
			assertThat(server.alice().get("/permissions").raw().body()).doesNotContain("otp_");
			secrets.forEach((secret) -> assertThat(output.getAll()).doesNotContain(secret));
		}
		assertThat(output.getAll()).doesNotContain(TestServer.PASSWORD);
	}

	@Test
	void partsOfAPermissionWhenPrintedThenNeitherWhatTheTokenIsMadeOfNorWhatTheAgentSays() {
		Grant grant = new Grant(Json.object().put("to", "hide-me"), 1, 0, "hide-me", "hide-me", "id", null, null);
		PermissionRequest request = new PermissionRequest("mail.send", "hide-me", Json.object().put("to", "hide-me"),
				Json.object().put("reason", "hide-me"), 300, "hide-me", Json.object().put("hide-me", "hide-me"));
		assertThat(grant + " " + request).contains("mail.send").doesNotContain("hide-me");
	}

	@Test
	void propertiesWhenPrintedThenNoSecrets() {
		String secret = "hide-me-hide-me-hide-me-hide-me-hide-me";
		AgentOtpServerProperties.Agent agent = new AgentOtpServerProperties.Agent(null, "ak_live_" + secret, "bob",
				null, null);
		AgentOtpServerProperties.User user = new AgentOtpServerProperties.User(null, secret, "uk_" + secret,
				java.util.Set.of(AgentOtpServerProperties.Role.APPROVER), java.util.Set.of(), null, null, Map.of(),
				null, null);
		AgentOtpServerProperties.Datasource datasource = new AgentOtpServerProperties.Datasource("jdbc:x", "x", secret,
				4);
		OidcSettings oidc = new OidcSettings(java.net.URI.create("https://login.example.com"), "id", secret, null,
				List.of(), List.of("groups"), Map.of(AgentOtpServerProperties.Role.APPROVER, java.util.Set.of("ops")),
				Map.of());
		assertThat(new AgentOtpServerProperties(true, "/", null, java.time.Duration.ofMinutes(1), datasource, secret,
				null, null, Map.of("a", agent),
				new AgentOtpServerProperties.Sessions(java.time.Duration.ofMinutes(1), java.time.Duration.ofHours(1)),
				Map.of("u", user), new AgentOtpServerProperties.Policies(true, List.of(), java.time.Duration.ZERO),
				new AgentOtpServerProperties.Audit(null, null, null, java.time.Duration.ZERO),
				new AgentOtpServerProperties.Limits(1, 1, 0, 1, 1), false,
				new AgentOtpServerProperties.Retention(null, null, java.time.Duration.ofHours(1)), false,
				new Binder(new MapConfigurationPropertySource(Map.of())).bindOrCreate("notifications",
						NotificationSettings.class),
				new PasskeySettings(null, List.of()), Map.of("o", oidc), true))
			.asString()
			.doesNotContain(secret);
		assertThat(List.of(agent, user, datasource, oidc)).asString().doesNotContain(secret);
	}

	private static String database(TestServer server) {
		StringBuilder all = new StringBuilder();
		server.jdbc()
			.sql("SELECT table_name FROM information_schema.tables WHERE LOWER(table_name) LIKE 'agentotp_%'")
			.query(String.class)
			.list()
			.forEach((table) -> all.append(server.jdbc().sql("SELECT * FROM \"" + table + "\"").query().listOfRows()));
		assertThat(all).contains("mail.send");
		return all.toString();
	}

}
