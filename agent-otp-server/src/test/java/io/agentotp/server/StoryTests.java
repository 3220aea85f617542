package io.agentotp.server;

import java.time.Duration;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the page of a permission tells of it afterwards.
 */
@Tag("sql")
class StoryTests {

	private static TestServer server;

	private final Browser alice = new Browser(server.url()).signedIn("alice");

	@BeforeAll
	static void start() {
		server = TestServer.start();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void pageWhenNarrowedAndUsedThenTellsWhatAndWhenAndWhatTheAgentReports() {
		String id = approved("{\"action\":\"mail.send\",\"scope\":{\"max_emails\":100,\"max_uses\":2}}",
				"{\"approved\":true,\"scopeModifications\":{\"max_emails\":50}}");
		assertThat(page(id)).contains("Narrowed: max_emails : 50 instead of 100", "Not used yet.");
		server.clock.move(Duration.ofMinutes(3));
		use(id, "succeeded");
		assertThat(page(id))
			.contains("(3 minutes ago)", "Used once of 2, last", "(just now)", "The agent reports: the call succeeded.")
			.doesNotContain("Not used yet.");
		use(id, "Approved by the CFO");
		assertThat(page(id)).contains("Used 2 times of 2").doesNotContain("The agent reports", "Used once");
	}

	@Test
	void pageWhenDeniedThenTellsOfNoUse() {
		String id = server.mailer().pending("mail.send");
		server.alice().decide(id, false).expect(200);
		assertThat(page(id)).contains("Denied by alice").doesNotContain("Used ", "Not used yet.", "Narrowed");
	}

	@Test
	void pageWhenRevokedThenTellsWhoApprovedItAndWhetherItWasUsedAndWhenItEnded() {
		String id = approved("{\"action\":\"mail.send\",\"scope\":{\"max_uses\":2}}", "{\"approved\":true}");
		server.admin().post("/permissions/" + id + "/revoke", "{\"reason\":\"mistake\"}").expect(200);
		assertThat(page(id)).containsSubsequence("Revoked.", "Approved by alice", "Not used.", "Revoked by admin, ",
				"UTC", "Reason: mistake");
		String used = approved("{\"action\":\"mail.send\",\"scope\":{\"max_uses\":2}}", "{\"approved\":true}");
		use(used, "succeeded");
		server.admin().post("/permissions/" + used + "/revoke", "{\"reason\":\"mistake\"}").expect(200);
		assertThat(page(used)).contains("Used once of 2").doesNotContain("Not used.");
	}

	private static String approved(String request, String decision) {
		String id = server.mailer().post("/permissions/request", request).expect(202).data().path("id").stringValue();
		server.alice().post("/permissions/" + id + "/decide", decision).expect(200);
		return id;
	}

	private static void use(String id, String outcome) {
		server.mailer()
			.post("/permissions/" + id + "/use",
					"{\"token\":\"%s\",\"actionDetails\":{\"outcome\":\"%s\"}}".formatted(server.mailer().token(id),
							outcome))
			.expect(200);
	}

	/** The words of the part that tells how it ended. */
	private String page(String id) {
		String page = this.alice.get("/approvals/" + id).text();
		String result = page.substring(page.indexOf("id=\"result\""), page.indexOf("id=\"terms\""));
		return result.replaceAll("<[^>]*>", " ").replaceAll("\\s+", " ").replace(" ,", ",").replace(" .", ".");
	}

}
