package io.agentotp.server;

import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Pages say how many have approved, and what a request waits for. Alice is asked first,
 * then bob.
 */
@ParameterizedClass
@EnumSource
class QuorumPageTests {

	private static TestServer server;

	private static StoredCopy untouched;

	@Parameter
	Form form;

	@BeforeParameterizedClassInvocation
	static void start(Form form, @TempDir Path directory) {
		server = form.start(directory, "agentotp.server.users.alice.groups=finance",
				"agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH);
		server.admin().post("/policies", """
				{"name":"wires","action":"require_approval","conditions":{"action":{"equals":"wire"}},
				"stages":[{"name":"finance","groups":["finance"]},{"name":"heads","people":["bob"]}]}""").expect(201);
		untouched = StoredCopy.of(server);
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		server.close();
	}

	@BeforeEach
	void restore() {
		untouched.restore(server);
	}

	@Test
	void pageWhenStagesThenSaysHowFarItIsAndWhoMayDecideNow() {
		String id = server.reader()
			.post("/permissions/request", "{\"action\":\"wire\",\"scope\":{\"max_amount\":100}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		Browser alice = new Browser(server.url()).signedIn("alice");
		Browser bob = new Browser(server.url()).signedIn("bob");
		assertThat(bob.get("/approvals/" + id).text()).contains("id=\"approvals\"", "id=\"other-stage\"", "finance")
			.doesNotContain("id=\"decision\"", "id=\"not-asked\"");
		assertThat(bob.get("/").text()).contains("data-approvals", "0 of 2 have approved, waiting for finance");
		Browser.Page page = alice.get("/approvals/" + id);
		assertThat(page.text()).contains("0 of 2 have approved, waiting for finance", "id=\"decision\"");
		alice.submit(page, "/approvals/" + id, Map.of("decision", "approve", "reason", "fine by me"));
		assertThat(alice.get("/approvals/" + id).text())
			.contains("1 of 2 have approved, waiting for heads", "id=\"voted-already\"", "data-counts=\"true\"",
					"fine by me", "id=\"revoke\"")
			.doesNotContain("id=\"decision\"", "id=\"not-asked\"", "id=\"other-stage\"");
		assertThat(alice.get("/").text()).contains("data-voted");
		assertThat(alice.get("/live/approvals/" + id).text()).contains("\"votes\":1");
		page = bob.get("/approvals/" + id);
		assertThat(page.text()).contains("id=\"decision\"", "1 of 2").doesNotContain("id=\"other-stage\"");
		assertThat(bob.send("GET", "/approvals/" + id, null, Map.of("Accept-Language", "de")).text())
			.contains("1 von 2 haben genehmigt, wartet auf heads");
		bob.submit(page, "/approvals/" + id, Map.of("decision", "approve"));
		assertThat(alice.get("/approvals/" + id).text()).contains("data-result=\"approved\"", "2 of 2 have approved");
		assertThat(alice.get("/history").text()).contains("alice, bob");
	}

	@Test
	void administratorWhenNotAskedThenSeesWhatItWaitsForOnly() {
		String id = server.reader().pending("wire");
		Browser admin = new Browser(server.url()).signedIn("admin");
		assertThat(admin.get("/approvals/" + id).text()).contains("finance").doesNotContain("id=\"decision\"", "bob");
		server.alice().decide(id, true).expect(200);
		assertThat(admin.get("/approvals/" + id).text()).contains("bob").doesNotContain("alice");
		assertThat(admin.get("/policies").text()).contains("Stage 1, finance", "Stage 2, heads");
	}

	@Test
	void approveWhenAlreadyApprovedOnAnotherPageThenSaysSo() {
		String id = server.reader().pending("wire");
		Browser alice = new Browser(server.url()).signedIn("alice");
		Browser.Page page = alice.get("/approvals/" + id);
		server.alice().decide(id, true).expect(200);
		assertThat(alice.submit(page, "/approvals/" + id, Map.of("decision", "deny")).text()).contains("id=\"late\"",
				"It waits for others");
		assertThat(server.reader().status(id)).isEqualTo("pending");
	}

}
