package io.agentotp.server;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The service on its own: at the root, with files that outlive it.
 */
class StandaloneTests {

	@TempDir
	Path directory;

	@Test
	void runWhenRestartedThenKeepsPermissionsAndTokens() {
		String id;
		String token;
		JsonNode keys;
		try (ServletWebServerApplicationContext context = run()) {
			Api mailer = new Api(url(context), TestServer.MAILER_KEY);
			id = mailer.pending("mail.send");
			assertThat(mailer.get("/permissions/" + id).data().path("approvalUrl").stringValue())
				.isEqualTo(url(context) + "/approvals/" + id);
			new Api(url(context), TestServer.ALICE_KEY).decide(id, true).expect(200);
			token = mailer.token(id);
			keys = new Api(url(context), TestServer.ALICE_KEY).get("/audit/keys").data();
			assertThat(new Browser(url(context)).get("/").path()).isEqualTo("/sign-in");
			assertThat(new Browser(url(context)).signedIn("alice").get("/").text()).contains("id=\"inbox\"");
		}
		assertThat(this.directory.resolve("agent-otp.mv.db")).exists();
		assertThat(this.directory.resolve("secret")).exists();
		try (ServletWebServerApplicationContext context = run()) {
			Api mailer = new Api(url(context), TestServer.MAILER_KEY);
			assertThat(mailer.token(id)).isEqualTo(token);
			assertThat(mailer.use(id, token).data().path("success").booleanValue()).isTrue();
			assertThat(new Api(url(context), TestServer.ALICE_KEY).get("/audit/keys").data()).isEqualTo(keys);
		}
	}

	@Test
	void defaultsWhenReadThenNoFileOfOursIsPickedUpByAHost() {
		assertThat(getClass().getResource("/application.yml")).isNull();
		assertThat(getClass().getResource("/application.properties")).isNull();
		assertThat(Files.exists(Path.of("data"))).isFalse();
	}

	private ServletWebServerApplicationContext run() {
		return (ServletWebServerApplicationContext) AgentOtpServerApplication.application()
			.run("--server.port=0", "--spring.datasource.url=jdbc:h2:file:" + this.directory.resolve("agent-otp"),
					"--agentotp.server.secret-file=" + this.directory.resolve("secret"),
					"--agentotp.server.audit.key-file=" + this.directory.resolve("audit.key"),
					"--agentotp.server.audit.checkpoint-file=" + this.directory.resolve("checkpoints.jsonl"),
					"--agentotp.server.agents.mailer.api-key=" + TestServer.MAILER_KEY,
					"--agentotp.server.users.alice.password=" + TestServer.PASSWORD_HASH,
					"--agentotp.server.users.alice.api-key=" + TestServer.ALICE_KEY,
					ServerProcess.WITHOUT_PAGES_OF_A_HOST);
	}

	private static String url(ServletWebServerApplicationContext context) {
		return "http://localhost:" + context.getWebServer().getPort();
	}

}
