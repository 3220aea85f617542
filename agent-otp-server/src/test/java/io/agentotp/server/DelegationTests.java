package io.agentotp.server;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.user.Delegation;
import io.agentotp.server.user.Delegations;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who decides for whom while they are away, and how one says so.
 */
@ParameterizedClass
@EnumSource
@Tag("sql")
class DelegationTests {

	private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

	private static TestServer server;

	private static StoredCopy untouched;

	private static Delegations delegations;

	@Parameter
	Form form;

	@BeforeParameterizedClassInvocation
	static void start(Form form, @TempDir Path directory) {
		server = form.start(directory, "agentotp.server.users.alice.time-zone=Europe/Berlin");
		delegations = server.bean(Delegations.class);
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
	void delegationWhenMadeOnThePageThenHoldsForTheseDaysInTheZoneOfWhoIsAway() {
		Browser alice = new Browser(server.url()).signedIn("alice");
		assertThat(alice.get("/account").text()).contains("/account/away\"");
		Browser.Page page = alice.get("/account/away");
		assertThat(page.text()).contains("Europe/Berlin", "value=\"bob\"")
			.doesNotContain("value=\"alice\"", "value=\"auditor\"", "value=\"admin\"");
		LocalDate today = LocalDate.ofInstant(now(), BERLIN);
		alice.submit(page, "/account/away",
				Map.of("to", "bob", "from", today.plusDays(2).toString(), "until", today.plusDays(3).toString()));
		Instant first = today.plusDays(2).atStartOfDay(BERLIN).toInstant();
		Instant end = today.plusDays(4).atStartOfDay(BERLIN).toInstant();
		assertThat(delegations.of("alice", first.minusMillis(1))).isEmpty();
		assertThat(delegations.of("alice", first)).containsExactly("bob");
		assertThat(delegations.forWhom("bob", end.minusMillis(1))).containsExactly("alice");
		assertThat(delegations.of("alice", end)).isEmpty();
		assertThat(new Browser(server.url()).signedIn("bob").get("/account/away").text()).contains("id=\"stand-in\"",
				"data-from=\"alice\"");
		page = alice.get("/account/away?saved=true");
		DateTimeFormatter days = DateTimeFormatter.ofPattern("d MMM uuuu", Locale.ENGLISH);
		assertThat(page.text()).contains("data-to=\"bob\"", "Saved.", "from " + days.format(today.plusDays(2))
				+ " until the end of " + days.format(today.plusDays(3)) + " (Europe/Berlin)");
		assertThat(new Browser(server.url()).signedIn("bob").get("/account").text()).contains("data-from=\"alice\"",
				"until the end of " + days.format(today.plusDays(3)));
		alice.submit(page, "/account/away/" + delegations.from("alice").get(0).id() + "/end", Map.of());
		assertThat(delegations.of("alice", first)).isEmpty();
		assertThat(server.auditor().get("/audit?limit=10").data().toString()).contains("\"delegated\"",
				"\"delegation_ended\"", "\"from\":\"alice\",\"to\":\"bob\"");
		assertThat(server.auditor().get("/audit/verify").data().path("problems")).isEmpty();
	}

	@Test
	void delegationWhenItCannotBeThenThePageSaysWhyAndKeepsWhatWasTyped() {
		Browser alice = new Browser(server.url()).signedIn("alice");
		Browser.Page page = alice.get("/account/away");
		for (Map<String, String> given : List.of(Map.of("to", "auditor", "until", "2100-01-01"),
				Map.of("to", "alice", "until", day(1)), Map.of("to", "bob", "until", day(-2)),
				Map.of("to", "bob", "until", day(400)), Map.of("to", "bob", "until", "soon"),
				Map.of("to", "bob", "from", day(3), "until", day(1)))) {
			Browser.Page refused = alice.submit(page, "/account/away", given);
			assertThat(refused.status()).as(given.toString()).isEqualTo(400);
			assertThat(refused.text()).as(given.toString()).contains("id=\"problem\"");
		}
		assertThat(alice.submit(page, "/account/away", Map.of("to", "bob", "from", day(3), "until", day(1))).text())
			.contains("value=\"" + day(3) + "\"");
		assertThat(alice.submit(page, "/account/away", Map.of("to", "bob", "until", day(-2))).text())
			.contains("Last day must not be before the first day or today")
			.doesNotContain("endsAt");
		assertThat(delegations.from("alice")).isEmpty();
	}

	private String day(int days) {
		return LocalDate.ofInstant(now(), BERLIN).plusDays(days).toString();
	}

	@Test
	void delegationWhenAnotherPersonsThenCannotBeEnded() {
		String id = delegate("alice", "bob");
		assertThat(server.bob().send("DELETE", "/account/delegations/" + id, "{}").status()).isEqualTo(404);
		assertThat(delegations.of("alice", now())).containsExactly("bob");
		server.admin().send("DELETE", "/users/alice/delegations/" + id, "{}").expect(200);
		assertThat(delegations.of("alice", now())).isEmpty();
	}

	@Test
	void delegationWhenWhoIsAwayDelegatedFurtherThenTheChainEnds() {
		server.admin().post("/users", "{\"name\":\"carol\",\"roles\":[\"approver\"]}").expect(201);
		delegate("alice", "bob");
		delegate("bob", "carol");
		assertThat(delegations.forWhom("carol", now())).containsExactly("bob");
		assertThat(delegations.of("alice", now())).containsExactly("bob");
	}

	@Test
	void delegationWhenWrittenByHandThenGivesNothingAndIsFound() {
		String id = delegate("alice", "bob");
		server.jdbc()
			.sql("UPDATE agentotp_delegation SET from_user = 'admin', to_user = 'alice' WHERE id = ?")
			.param(id)
			.update();
		assertThat(delegations.forWhom("alice", now())).isEmpty();
		assertThat(delegations.from("admin")).isEmpty();
		assertThat(server.auditor().get("/audit/verify").data().toString()).contains("Delegation " + id);
	}

	@Test
	void delegationWhenPutBackAfterItsEndThenFound() {
		String id = delegate("alice", "bob");
		Map<String, Object> row = server.jdbc().sql("SELECT * FROM agentotp_delegation").query().singleRow();
		server.alice().send("DELETE", "/account/delegations/" + id, "{}").expect(200);
		server.jdbc()
			.sql("UPDATE agentotp_delegation SET ended_at = NULL, seal = ? WHERE id = ?")
			.params(row.get("seal"), id)
			.update();
		assertThat(server.auditor().get("/audit/verify").data().toString()).contains("put back into an earlier one");
	}

	@Test
	void delegationWhenOneOfThemEndsThenEndsAndWhoMayNotDecideStandsInForNobody() {
		server.admin().post("/users", "{\"name\":\"carol\",\"roles\":[\"approver\"]}").expect(201);
		delegate("alice", "carol");
		delegate("carol", "bob");
		server.admin().send("PATCH", "/users/carol", "{\"roles\":[\"auditor\"]}").expect(200);
		assertThat(delegations.of("alice", now())).isEmpty();
		assertThat(delegations.forWhom("bob", now())).isEmpty();
		server.admin().send("DELETE", "/users/carol", "{}").expect(200);
		assertThat(delegations.from("alice")).isEmpty();
		assertThat(delegations.to("bob")).isEmpty();
		assertThat(server.auditor().get("/audit/verify").data().path("problems")).isEmpty();
	}

	private static String delegate(String from, String to) {
		Delegation made = delegations.create(from, to, null, now().plus(Duration.ofDays(1)), Actor.SYSTEM);
		return made.id();
	}

	private static Instant now() {
		return server.clock.instant();
	}

}
