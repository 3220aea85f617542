package io.agentotp.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who came in and went, and who tried, stands in the audit log, which strangers cannot
 * fill.
 */
@Tag("sql")
class SignInAuditTests {

	@ParameterizedTest
	@ValueSource(strings = { "/agent-otp", "/deep/otp" })
	void signInWhenRightWrongOrEndedThenRows(String path) {
		try (TestServer server = TestServer.start("agentotp.server.path=" + path)) {
			Browser alice = new Browser(server.url()).signedIn("alice");
			Browser.Page inbox = alice.get("/");
			alice.submit(inbox, "/sign-out", Map.of());
			assertThat(events(server, "signed_in")).singleElement()
				.satisfies((row) -> assertThat(row.path("actor").stringValue()).isEqualTo("user:alice"))
				.satisfies((row) -> assertThat(row.path("address").stringValue()).isNotEmpty());
			assertThat(events(server, "signed_out")).singleElement()
				.satisfies((row) -> assertThat(row.path("actor").stringValue()).isEqualTo("user:alice"));
			Browser stranger = new Browser(server.url());
			for (int i = 0; i < 40; i++) {
				stranger.submit(stranger.get("/sign-in"), "/sign-in",
						Map.of("username", (i == 0) ? "alice" : "hunter2", "password", "wrong"));
			}
			List<JsonNode> failed = events(server, "sign_in_failed");
			assertThat(failed).hasSize(30);
			assertThat(failed.toString()).contains("\"user\":\"alice\"").doesNotContain("hunter2");
			server.clock.move(Duration.ofMinutes(1));
			stranger.submit(stranger.get("/sign-in"), "/sign-in", Map.of("username", "bob", "password", "wrong"));
			assertThat(events(server, "sign_in_failed").get(0).toString()).contains("\"user\":\"bob\"", "\"more\":10");
		}
	}

	private static List<JsonNode> events(TestServer server, String event) {
		return server.admin().get("/audit?limit=100&event=" + event).expect(200).data().valueStream().toList();
	}

}
