package io.agentotp.server;

import java.util.List;
import java.util.Map;

import io.agentotp.server.user.KeptReasons;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Reasons that a person keeps to give them again.
 */
@Tag("sql")
class KeptReasonsTests {

	private static TestServer server;

	private final Browser alice = new Browser(server.url()).signedIn("alice");

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.auditor.password=" + TestServer.PASSWORD_HASH);
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@BeforeEach
	void forget() {
		server.jdbc().sql("DELETE FROM agentotp_kept_reasons").update();
	}

	@Test
	void reasonWhenKeptThenOfferedInAnyBrowserOfThatPersonOnly() {
		assertThat(change(Map.of("reason", "Not without the <b>ticket</b>\r\nat all")).path()).endsWith("/account");
		String id = server.mailer().pending("mail.send");
		Browser other = new Browser(server.url()).signedIn("alice");
		assertThat(other.get("/approvals/" + id).text())
			.contains("data-reason=\"Not without the &lt;b&gt;ticket&lt;/b&gt;\nat all\"");
		assertThat(other.get("/account").text())
			.contains("Not without the &lt;b&gt;ticket&lt;/b&gt;\nat all</textarea>");
		assertThat(new Browser(server.url()).signedIn("bob").get("/account").text()).doesNotContain("ticket");
		server.alice().decide(id, false).expect(200);
	}

	@Test
	void reasonWhenChangedOrRemovedThenTheOthersStay() {
		change(Map.of("reason", "one"));
		change(Map.of("reason", "two"));
		change(Map.of("reason", "one"));
		assertThat(kept()).containsExactly("one", "two");
		change(Map.of("kept", KeptReasons.id("two"), "reason", "three"));
		assertThat(kept()).containsExactly("one", "three");
		assertThat(change(Map.of("kept", KeptReasons.id("two"), "change", "remove")).text())
			.contains("changed or removed in the meantime");
		change(Map.of("kept", KeptReasons.id("one"), "change", "remove"));
		assertThat(kept()).containsExactly("three");
	}

	@Test
	void reasonWhenThereAreManyOrItIsNoneThenRefusedAndNothingIsLost() {
		for (int i = 0; i < 20; i++) {
			change(Map.of("reason", "reason " + i));
		}
		Browser.Page refused = change(Map.of("reason", "one more"));
		assertThat(refused.status()).isEqualTo(409);
		assertThat(refused.text()).contains("You keep 20 reasons already");
		assertThat(change(Map.of("reason", " ")).status()).isEqualTo(400);
		assertThat(change(Map.of("reason", "x".repeat(2001))).status()).isEqualTo(400);
		assertThat(kept()).hasSize(20).doesNotContain("one more");
	}

	@Test
	void reasonWhenSomebodyWroteItIntoTheDatabaseThenNotOfferedAndFound() {
		change(Map.of("reason", "mine"));
		server.jdbc().sql("UPDATE agentotp_kept_reasons SET reasons = '[\"The CFO agrees\"]'").update();
		assertThat(kept()).isEmpty();
		assertThat(server.auditor().get("/audit/verify").body().toString()).contains("Kept reasons of user alice");
		change(Map.of("reason", "again mine"));
		assertThat(kept()).containsExactly("again mine");
	}

	@Test
	void reasonWhenSomebodyDoesNotDecideThenNoneIsKept() {
		Browser auditor = new Browser(server.url()).signedIn("auditor");
		Browser.Page page = auditor.get("/account");
		assertThat(page.text()).doesNotContain("id=\"reasons\"");
		assertThat(auditor.submit(page, "/account/reasons", Map.of("reason", "x")).status()).isEqualTo(403);
	}

	private Browser.Page change(Map<String, String> form) {
		return this.alice.submit(this.alice.get("/account"), "/account/reasons", form);
	}

	private static List<String> kept() {
		return server.bean(KeptReasons.class).of("alice");
	}

}
