package io.agentotp.server;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.user.Address;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.user.Pairings;
import io.agentotp.server.user.UserProfile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What is known of people: groups, how they are told, and addresses, each of which is one
 * person's.
 */
@Tag("sql")
class AddressTests {

	private static TestServer server;

	private static StoredCopy untouched;

	private static Addresses addresses;

	private static Pairings pairings;

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.bob.groups=finance,on-call",
				"agentotp.server.users.bob.language=de", "agentotp.server.users.bob.time-zone=Europe/Berlin",
				"agentotp.server.users.bob.issuer=https://id.example.com", "agentotp.server.users.bob.subject=b-1",
				"agentotp.server.users.bob.addresses.chat=U-BOB");
		addresses = server.bean(Addresses.class);
		pairings = server.bean(Pairings.class);
		untouched = StoredCopy.of(server);
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@BeforeEach
	void restore() {
		untouched.restore(server);
	}

	@Test
	void userWhenConfiguredThenHasGroupsAndAddresses() {
		assertThat(server.admin().get("/users/bob").expect(200).data().toString()).contains("""
				"groups":["finance","on-call"],"language":"de","timeZone":"Europe/Berlin",\
				"issuer":"https://id.example.com","subject":"b-1\"""")
			.contains("\"channel\":\"chat\",\"address\":\"U-BOB\",\"readOnly\":true");
		assertThat(addresses.find("chat", "U-BOB")).map(Address::user).contains("bob");
		String id = addresses.of("bob").get(0).id();
		assertThat(server.admin().send("DELETE", "/users/bob/addresses/" + id, "{}").expect(409).message())
			.contains("comes from the configuration");
		assertThat(addresses.find(id)).isPresent();
	}

	@Test
	void usersWhenConfiguredOtherwiseThenTheConfigurationCountsAndIsWrittenDown() {
		TestDatabase database = TestDatabase.createLasting();
		String bob = "agentotp.server.users.bob.";
		String alice = "agentotp.server.users.alice.";
		try (TestServer first = TestServer.startOn(database, bob + "groups=ops", bob + "issuer=i", bob + "subject=1",
				alice + "issuer=i", alice + "subject=2", bob + "addresses.chat=U-1,U-2")) {
			first.bean(Addresses.class).add("alice", "chat", "U-3", null, Actor.SYSTEM);
		}
		try (TestServer second = TestServer.startOn(database, bob + "groups=finance", bob + "issuer=i",
				bob + "subject=2", alice + "issuer=i", alice + "subject=1", bob + "addresses.chat=U-2,U-3")) {
			second.stopMaintenance();
			Addresses stored = second.bean(Addresses.class);
			assertThat(stored.find("chat", "U-1")).isEmpty();
			assertThat(stored.of("bob")).extracting(Address::address).containsExactlyInAnyOrder("U-2", "U-3");
			assertThat(stored.of("alice")).isEmpty();
			String user = second.admin().get("/users/bob").data().toString();
			assertThat(user).contains("\"groups\":[\"finance\"]", "\"subject\":\"2\"");
			assertThat(second.auditor().get("/audit?event=user_changed&limit=100").data().toString())
				.contains("\\\"finance\\\"");
			assertThat(second.auditor().get("/audit?event=address_removed&limit=100").data().toString())
				.contains("\"address\":\"U-1\"", "\"user\":\"alice\"");
			assertThat(second.auditor().get("/audit/verify").data().path("problems")).isEmpty();
		}
	}

	@Test
	void userWhenPatchedThenOnlyWhatIsSentChangesAndIsWrittenDown() {
		server.admin().post("/users", "{\"name\":\"carol\",\"roles\":[\"approver\"]}").expect(201);
		server.admin()
			.send("PATCH", "/users/carol", "{\"groups\":[\"ops\",\"finance\"],\"language\":\"fr\"}")
			.expect(200);
		assertThat(server.admin().send("PATCH", "/users/carol", "{\"language\":null}").expect(200).data().toString())
			.contains("\"groups\":[\"finance\",\"ops\"],\"language\":null")
			.contains("\"roles\":[\"approver\"]");
		assertThat(server.auditor().get("/audit?event=user_changed").data().toString())
			.contains("\"groups\":[\"finance\",\"ops\"],\"language\":\"fr\",\"user\":\"carol\"");
		assertThat(server.auditor().get("/audit/verify").data().path("problems")).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"groups\":[\"a b\"]}", "{\"groups\":\"a\"}", "{\"language\":\"not a language\"}",
			"{\"timeZone\":\"Mars/Base\"}", "{\"issuer\":\"https://x\"}", "{\"quietFrom\":\"22:00\"}",
			"{\"quietFrom\":\"25:00\",\"quietUntil\":\"07:00\"}", "{\"quietFrom\":\"7:00\",\"quietUntil\":\"8:00\"}",
			"{}", "{\"nothing\":1}" })
	void userWhenPatchedWithWhatCannotBeKeptThenRefused(String body) {
		server.admin().post("/users", "{\"name\":\"carol\",\"roles\":[\"approver\"]}").expect(201);
		String before = server.admin().get("/users/carol").data().toString();
		server.admin().send("PATCH", "/users/carol", body).expect(400);
		assertThat(server.admin().get("/users/carol").data().toString()).isEqualTo(before);
	}

	@Test
	void subjectWhenAnotherUserIsItThenRefused() {
		server.admin().post("/users", "{\"name\":\"carol\",\"roles\":[\"approver\"]}").expect(201);
		server.admin()
			.send("PATCH", "/users/carol", "{\"issuer\":\"https://id.example.com\",\"subject\":\"b-1\"}")
			.expect(409);
	}

	@Test
	void addressWhenItIsAnotherPersonsThenRefused() {
		addresses.add("alice", "chat", "U-ALICE", null, Actor.SYSTEM);
		assertThatExceptionOfType(ConflictException.class)
			.isThrownBy(() -> addresses.add("auditor", "chat", "U-ALICE", null, Actor.SYSTEM));
		server.admin().post("/users/alice/addresses", "{\"channel\":\"chat\",\"address\":\"U-BOB\"}").expect(409);
		assertThat(addresses.find("chat", "U-ALICE")).map(Address::user).contains("alice");
		assertThat(addresses.find("chat", "u-alice")).isEmpty();
		assertThat(addresses.find("mail", "U-ALICE")).isEmpty();
	}

	@Test
	void auditRowsWhenAboutAddressesOfOthersThenOnlySaidThatTheyCameAndWent() {
		String id = addresses.add("alice", "post", "alice@secret.example", null, Actor.SYSTEM).id();
		addresses.fail(id, "550 alice@secret.example is unknown");
		addresses.add("alice", "post", "alice@other.example", null, Actor.SYSTEM);
		server.admin().send("DELETE", "/users/alice/addresses/" + id, "{}").expect(200);
		String path = "/audit?limit=100";
		for (String event : List.of("address_added", "address_failed", "address_removed")) {
			assertThat(server.bob().get(path + "&event=" + event).data().toString()).contains(id)
				.doesNotContain("example");
			assertThat(new Browser(server.url()).signedIn("bob").get("/audit?event=" + event).text()).contains(id)
				.doesNotContain("secret.example");
			for (Api api : List.of(server.alice(), server.admin(), server.auditor())) {
				assertThat(api.get(path + "&event=" + event).data().toString()).contains("alice@secret.example");
			}
		}
	}

	@Test
	void addressWhenWrittenByHandThenNobodysAndFound() {
		String id = addresses.add("alice", "chat", "U-MALLORY", null, Actor.SYSTEM).id();
		server.jdbc().sql("UPDATE agentotp_user_address SET user_name = 'bob' WHERE id = ?").param(id).update();
		assertThat(addresses.find("chat", "U-MALLORY")).isEmpty();
		assertThat(addresses.of("bob")).extracting(Address::address).containsExactly("U-BOB");
		assertThat(server.auditor().get("/audit/verify").data().toString()).contains("Address " + id);
		server.admin().send("DELETE", "/users/bob/addresses/" + id, "{}").expect(200);
		assertThat(server.auditor().get("/audit/verify").data().path("problems")).isEmpty();
	}

	@Test
	void addressWhenNothingIsSentThereThenSaysWhyUntilAddedAnew() {
		String id = addresses
			.add("alice", "push", "https://push.example.com/x", "{\"auth\":\"secret-word\"}", Actor.SYSTEM)
			.id();
		addresses.fail(id, "gone");
		assertThat(addresses.find(id).orElseThrow().problem()).isEqualTo("gone");
		String user = server.admin().get("/users/alice").data().toString();
		assertThat(user).contains("\"problem\":\"gone\"").doesNotContain("push.example.com", "secret-word");
		Address again = addresses.add("alice", "push", "https://push.example.com/x", "{}", Actor.SYSTEM);
		assertThat(again.problem()).isNull();
		assertThat(addresses.of("alice")).hasSize(1);
		assertThat(server.auditor().get("/audit?limit=100").data().toString()).contains("address_failed")
			.doesNotContain("push.example.com", "secret-word");
		assertThat(server.auditor().get("/audit/verify").data().path("problems")).isEmpty();
	}

	@Test
	void userWhenEndedThenItsAddressesAreFree() {
		server.admin().post("/users", "{\"name\":\"carol\",\"roles\":[\"approver\"]}").expect(201);
		addresses.add("carol", "chat", "U-CAROL", null, Actor.SYSTEM);
		String code = pairings.code("carol", "chat", Actor.SYSTEM);
		server.admin().send("DELETE", "/users/carol", "{}").expect(200);
		assertThat(addresses.find("chat", "U-CAROL")).isEmpty();
		assertThat(pairings.redeem("chat", code, "U-CAROL", null)).isEmpty();
		addresses.add("alice", "chat", "U-CAROL", null, Actor.SYSTEM);
		assertThat(server.auditor().get("/audit/verify").data().path("problems")).isEmpty();
	}

	@Test
	void codeWhenSentOnceThenPairsAndNeverAgain() {
		String code = pairings.code("alice", "chat", Actor.SYSTEM);
		assertThat(pairings.redeem("other", code, "U-ALICE", null)).isEmpty();
		assertThat(pairings.redeem("chat", code + "x", "U-ALICE", null)).isEmpty();
		assertThat(pairings.redeem("chat", code, "U-ALICE", null)).map(Address::user).contains("alice");
		assertThat(pairings.redeem("chat", code, "U-OTHER", null)).isEmpty();
		assertThat(addresses.find("chat", "U-OTHER")).isEmpty();
	}

	@Test
	void codeWhenAnotherWasMadeOrItsTimeIsOverThenWorthless() {
		String first = pairings.code("alice", "chat", Actor.SYSTEM);
		String second = pairings.code("alice", "chat", Actor.SYSTEM);
		assertThat(pairings.redeem("chat", first, "U-ALICE", null)).isEmpty();
		server.clock.move(Pairings.LIFE.plus(Duration.ofSeconds(1)));
		assertThat(pairings.redeem("chat", second, "U-ALICE", null)).isEmpty();
		assertThat(addresses.of("alice")).isEmpty();
	}

	@Test
	void codeWhenWrittenByHandThenWorthless() {
		String code = pairings.code("alice", "chat", Actor.SYSTEM);
		server.jdbc().sql("UPDATE agentotp_pairing SET user_name = 'bob'").update();
		assertThat(pairings.redeem("chat", code, "U-MALLORY", null)).isEmpty();
		assertThat(addresses.find("chat", "U-MALLORY")).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "2026-01-10T20:59:00Z,", "2026-01-10T21:00:00Z,2026-01-11T06:00:00Z",
			"2026-01-11T05:59:59Z,2026-01-11T06:00:00Z", "2026-01-11T06:00:00Z,",
			"2026-03-28T23:30:00Z,2026-03-29T05:00:00Z" })
	void quietHoursWhenOvernightThenEndInTheMorningOfTheirZone(Instant now, Instant until) {
		UserProfile profile = UserProfile.NONE.withPreferences(null, "Europe/Berlin", "22:00", "07:00", false);
		assertThat(profile.quietUntil(now, ZoneOffset.UTC)).isEqualTo(Optional.ofNullable(until));
	}

	@Test
	void quietHoursWhenOfOneDayThenOfTheZoneOfTheService() {
		UserProfile profile = UserProfile.NONE.withPreferences(null, null, "12:00", "13:00", false);
		ZoneId tokyo = ZoneId.of("Asia/Tokyo");
		assertThat(profile.quietUntil(Instant.parse("2026-01-10T03:30:00Z"), tokyo))
			.contains(Instant.parse("2026-01-10T04:00:00Z"));
		assertThat(profile.quietUntil(Instant.parse("2026-01-10T12:30:00Z"), tokyo)).isEmpty();
	}

	@Test
	void confirmWhenCodeOfTheAddressThenTheirsOnce() {
		String code = pairings.codeFor("bob", "post", "carol@example.com", Actor.SYSTEM);
		// What was sent to one address proves no other one, and nobody else has it.
		assertNotConfirmed("bob", "boss@example.com", code);
		assertNotConfirmed("alice", "carol@example.com", code);
		assertNotConfirmed("bob", "carol@example.com", code + "x");
		assertThat(pairings.redeem("post", code, "carol@example.com", null)).isEmpty();
		assertThat(pairings.confirm("bob", "post", "carol@example.com", code, Actor.SYSTEM).user()).isEqualTo("bob");
		assertThatExceptionOfType(ConflictException.class)
			.isThrownBy(() -> pairings.confirm("bob", "post", "carol@example.com", code, Actor.SYSTEM));
	}

	@Test
	void confirmWhenCodeIsOverOrForAChatThenNothing() {
		String code = pairings.codeFor("bob", "post", "late@example.com", Actor.SYSTEM);
		server.clock.move(Pairings.LIFE.plusSeconds(1));
		assertNotConfirmed("bob", "late@example.com", code);
		String ofChat = pairings.code("bob", "post", Actor.SYSTEM);
		assertNotConfirmed("bob", "late@example.com", ofChat);
	}

	private static void assertNotConfirmed(String user, String address, String code) {
		assertThatExceptionOfType(ConflictException.class)
			.isThrownBy(() -> pairings.confirm(user, "post", address, code, Actor.SYSTEM));
		assertThat(addresses.find("post", address)).isEmpty();
	}

}
