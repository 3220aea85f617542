package io.agentotp.server;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An approver grants less than was asked for, without JavaScript.
 */
class NarrowingPageTests {

	// n0 to n4, in this order; what stands in between cannot be narrowed.
	private static final String SCOPE = """
			{"max_emails":10,"folder":"drafts","min_balance":5,"allowed_recipients":["a@x","b@x","<b>c"],
			"tags":["t"],"blocked_domains":["evil.example"],"may_forward":true,"read_only":false,"inner":{"max_size":2.5}}""";

	private static TestServer server;

	private final Browser alice = new Browser(server.url()).signedIn("alice");

	private final String id = server.mailer()
		.post("/permissions/request", "{\"action\":\"mail.send\",\"scope\":" + SCOPE + "}")
		.expect(202)
		.data()
		.path("id")
		.stringValue();

	@BeforeAll
	static void start() {
		server = TestServer.start();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void formWhenShownThenHasWhatCanBeNarrowed() {
		String text = this.alice.get("/approvals/" + this.id).text();
		assertThat(text)
			.contains("name=\"n0\"", "at most 10", "name=\"n1\"", "at least 5", "name=\"n2.shown\"", "name=\"n3\"",
					"name=\"n4\"", "at most 2.5", "inner.max_size")
			.doesNotContain("name=\"n5", "<b>c", "may_forward</span> <");
	}

	@Test
	void approveWhenNarrowedThenThatIsGrantedAndShown() {
		Browser.Page done = submit(Map.of("n0", "3", "n1", "7", "n2", "1", "n3", "bad.example\n\n worse.example ", "n4",
				"2", "reason", "less will do"));
		assertThat(done.status()).isEqualTo(200);
		JsonNode permission = server.mailer().get("/permissions/" + this.id).data();
		assertThat(permission.path("status").stringValue()).isEqualTo("approved");
		assertThat(permission.path("scope").toString()).isEqualTo("""
				{"max_emails":3,"folder":"drafts","min_balance":7,"allowed_recipients":["b@x"],"tags":["t"],\
				"blocked_domains":["evil.example","bad.example","worse.example"],"may_forward":true,"read_only":false,\
				"inner":{"max_size":2}}""");
		assertThat(done.text()).contains("Granted scope", "Requested scope, before narrowing", "less will do");
	}

	@Test
	void approveWhenNothingIsChangedThenAllOfItIsGranted() {
		submit(Map.of("n0", "10", "n1", "5", "n4", "2.5"));
		assertThat(server.mailer().get("/permissions/" + this.id).data().path("scope").toString())
			.isEqualTo(SCOPE.replace("\n", ""));
	}

	@ParameterizedTest
	@CsvSource(delimiter = ';',
			value = { "n0;11;max_emails would be wider than what was asked for", "n0;1e300;max_emails would be wider",
					"n0;1e400;max_emails must be a number of at most 64 significant digits",
					"n1;4;min_balance would be wider", "n0;many;max_emails must be a number",
					"n0;'';max_emails must be a number", "n0;\"3\";max_emails must be a number",
					"n0;NaN;max_emails must be a number", "n0;3,5;max_emails must be a number",
					"n4;3;inner.max_size would be wider", "n2;7;allowed_recipients leaves nothing that is allowed" })
	void approveWhenWiderOrNotReadableThenSaysWhichAndNothingIsDecided(String field, String value, String message) {
		Browser.Page page = submit(Map.of(field, value, "reason", "kept <words>"));
		assertThat(page.status()).isEqualTo(400);
		assertThat(page.text()).contains("id=\"narrowing-problem\"", message, "kept &lt;words&gt;", "id=\"approve\"");
		if (!field.equals("n2") && !value.contains("\"")) {
			assertThat(page.text()).contains("name=\"" + field
					+ "\" inputmode=\"decimal\" autocomplete=\"off\" value=\"" + value + "\" aria-invalid=\"true\"");
		}
		assertThat(server.mailer().status(this.id)).isEqualTo("pending");
	}

	@ParameterizedTest
	@CsvSource({ "400,true,approved", "1200,false,denied", "1200,false,approved" })
	void decideWhenTheScopeIsLongThenTheFormIsStillTaken(int length, boolean narrows, String status) {
		String recipients = IntStream.range(0, length)
			.mapToObj((number) -> "\"r" + number + "@x\"")
			.collect(Collectors.joining(",", "[", "]"));
		String many = server.mailer()
			.post("/permissions/request",
					"{\"action\":\"mail.send\",\"scope\":{\"allowed_recipients\":" + recipients + "}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		Browser.Page page = this.alice.get("/approvals/" + many);
		StringBuilder body = new StringBuilder("decision=" + (status.equals("denied") ? "deny" : "approve") + "&_csrf=")
			.append(URLEncoder.encode(page.csrf(), StandardCharsets.UTF_8));
		Matcher fields = Pattern.compile("name=\"(n[0-9][^\"]*)\" value=\"([0-9]+)\"").matcher(page.text());
		while (fields.find()) {
			body.append('&').append(fields.group(1)).append('=').append(fields.group(2));
		}
		if (status.equals("approved")) {
			Browser.Page unseen = this.alice.send("POST", "/approvals/" + many, body.toString(), Map.of());
			assertThat(unseen.status()).isEqualTo(400);
			assertThat(unseen.text()).contains("id=\"unseen-problem\"");
			assertThat(server.mailer().status(many)).isEqualTo("pending");
			body.append("&unseen=yes");
		}
		assertThat(this.alice.send("POST", "/approvals/" + many, body.toString(), Map.of()).status()).isEqualTo(200);
		JsonNode permission = server.mailer().get("/permissions/" + many).data();
		assertThat(permission.path("status").stringValue()).isEqualTo(status);
		assertThat(page.text().contains("id=\"narrow\"")).isEqualTo(narrows);
		assertThat(page.text().contains("id=\"narrow-elsewhere\"")).isEqualTo(!narrows);
		assertThat(permission.path("scope").path("allowed_recipients").size()).isEqualTo(length);
	}

	@Test
	void approveWhenMaxUsesIsNoCountThenSaysSo() {
		String many = server.mailer()
			.post("/permissions/request", "{\"action\":\"mail.send\",\"scope\":{\"max_uses\":3}}")
			.data()
			.path("id")
			.stringValue();
		for (String uses : new String[] { "0", "1.5", "-1", "4" }) {
			Browser.Page page = this.alice.submit(this.alice.get("/approvals/" + many), "/approvals/" + many,
					Map.of("decision", "approve", "n0", uses));
			assertThat(page.status()).as(uses).isEqualTo(400);
			assertThat(page.text()).contains("max_uses ");
		}
		this.alice.submit(this.alice.get("/approvals/" + many), "/approvals/" + many,
				Map.of("decision", "approve", "n0", "2"));
		assertThat(server.mailer().get("/permissions/" + many).data().path("scope").path("max_uses").intValue())
			.isEqualTo(2);
	}

	@Test
	void denyWhenFieldsAreChangedThenDeniedAllTheSame() {
		Map<String, String> form = new HashMap<>(Map.of("decision", "deny", "n0", "many"));
		this.alice.submit(this.alice.get("/approvals/" + this.id), "/approvals/" + this.id, form);
		assertThat(server.mailer().status(this.id)).isEqualTo("denied");
	}

	private Browser.Page submit(Map<String, String> fields) {
		Map<String, String> form = new HashMap<>(fields);
		form.put("decision", "approve");
		if (fields.containsKey("n2")) {
			form.put("n2.shown", "1");
		}
		return this.alice.submit(this.alice.get("/approvals/" + this.id), "/approvals/" + this.id, form);
	}

}
