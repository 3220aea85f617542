package io.agentotp.server;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.json.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an agent says of a use stays in the audit log for good, so there is an end to it.
 */
@Tag("sql")
class UseDetailsTests {

	// Each of these takes a page its time.
	private static final String ODD = "\u202e";

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.start();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	private static Api.Answer use(String id, String text) {
		String body = "{\"token\":\"otp_unknown\",\"actionDetails\":{\"text\":\"" + text + "\"}}";
		return server.mailer().post("/permissions/" + id + "/use", body);
	}

	private static JsonNode latest(String id) {
		return server.admin().get("/audit?permissionId=" + id).data().get(0).path("details");
	}

	@Test
	void useWhenDetailsAreLongThenOnlyTheirSizeAndHashAreKept() {
		String id = server.mailer().pending("mail.send");
		String limit = "x".repeat(4096 - "{'text':''}".length());
		use(id, limit).expect(200);
		assertThat(latest(id).path("actionDetails").path("text").stringValue()).isEqualTo(limit);
		use(id, limit + "x").expect(200);
		assertThat(latest(id).has("actionDetails")).isFalse();
		assertThat(latest(id).path("actionDetailsLeftOut").path("bytes").intValue()).isEqualTo(4097);
		assertThat(latest(id).path("actionDetailsLeftOut").path("sha256").stringValue()).matches("[0-9a-f]{64}");
		// Bytes, not characters.
		use(id, "é".repeat(2100)).expect(200);
		assertThat(latest(id).has("actionDetailsLeftOut")).isTrue();
		server.bean(AuditSequencer.class).seal();
		assertThat(server.admin().get("/audit/verify").expect(200).data().path("problems")).isEmpty();
	}

	@Test
	void pagesWhenAnAgentAddsManyLongRowsThenBoundedAndSaySo() {
		String id = server.mailer().pending("mail.send");
		for (int i = 0; i < 60; i++) {
			use(id, ODD.repeat(1300)).expect(200);
		}
		String scope = "{\"action\":\"mail.send\",\"scope\":{\"a\":\"" + ODD.repeat(15_000) + "\"}}";
		for (int i = 0; i < 10; i++) {
			server.mailer().post("/permissions/request", scope).expect(202);
		}
		Browser alice = new Browser(server.url()).signedIn("alice");
		Map<String, String> pages = new HashMap<>();
		for (String path : List.of("/approvals/" + id, "/audit", "/audit?permissionId=" + id, "/", "/history")) {
			Browser.Page page = alice.get(path);
			assertThat(page.status()).as(path).isEqualTo(200);
			assertThat(page.text().length()).as(path).isLessThan(8_000_000);
			pages.put(path, page.text());
		}
		assertThat(pages.get("/approvals/" + id)).contains("Only the latest rows", "too long for this page",
				"/audit?permissionId=" + id);
		assertThat(pages.get("/audit")).contains("too long for this page");
		JsonNode rows = Json.read(alice.get("/api/v1/audit/permissions/" + id + "?limit=100").text()).path("data");
		assertThat(rows).hasSize(61);
	}

}
