package io.agentotp.server;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.database.Lease;
import io.agentotp.server.database.Times;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Answer;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.Notification.Progress;
import io.agentotp.server.notification.NotificationChannel.Details;
import io.agentotp.server.notification.NotificationReports;
import io.agentotp.server.notification.NotificationText;
import io.agentotp.server.notification.Told;
import io.agentotp.server.user.Address;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.user.Delegation;
import io.agentotp.server.user.Delegations;
import io.agentotp.server.user.UserChanges;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * People and places are told of requests and of their ends.
 */
@Tag("sql")
class NotificationTests {

	private static final RecordingChannel CHANNEL = new RecordingChannel("test");

	// The same on all nodes.
	private static final RecordingChannel OTHER = new RecordingChannel("other");

	private static final String POLICIES = """
			policies:
			  - name: reminded
			    action: require_approval
			    priority: 50
			    conditions: { action: { equals: remind.me } }
			    remind: [2m, 4m]
			  - name: escalated
			    action: require_approval
			    priority: 50
			    conditions: { action: { equals: escalate.me } }
			    approvers: { people: [carol] }
			    escalate: { after: 3m, to: { people: [alice] } }
			  - name: nobody
			    action: require_approval
			    priority: 50
			    conditions: { action: { equals: nobody.can } }
			    approvers: { people: [bob] }
			  - name: long
			    action: require_approval
			    priority: 50
			    conditions: { action: { equals: wait.long } }
			    window: 3d
			    remind: [2h]
			  - name: staged
			    action: require_approval
			    priority: 50
			    conditions: { action: { equals: stage.me } }
			    stages: [{ name: first, people: [carol] }, { name: second, people: [alice] }]
			    remind: [2m]
			  - name: named
			    action: require_approval
			    priority: 50
			    conditions: { action: { equals: named.only } }
			    approvers: { people: [carol], groups: [finance] }
			    window: 3d
			  - name: grouped
			    action: require_approval
			    priority: 50
			    conditions: { action: { equals: group.only } }
			    approvers: { groups: [finance] }
			    window: 3d
			""";

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.start(Host.class, TestServer.policies(POLICIES),
				"agentotp.server.users.alice.addresses.test=alice-1", "agentotp.server.users.bob.addresses.test=bob-1",
				"agentotp.server.users.carol.addresses.test=carol-1",
				"agentotp.server.users.carol.api-key=uk_carol-0123456789abcdefghijklmno",
				"agentotp.server.users.carol.time-zone=Europe/Vienna", "agentotp.server.users.carol.language=de",
				"agentotp.server.users.admin.addresses.test=admin-1",
				"agentotp.server.users.root.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.root.roles=administrator");
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@BeforeEach
	void clear() {
		CHANNEL.clear();
		CHANNEL.places = List.of("room");
		CHANNEL.details = Details.ARGUMENTS;
	}

	@Test
	void requestWhenItWaitsThenPlaceAndApproversAreToldButNotTheOwner() {
		String id = bound();
		await(id, Kind.PENDING, "room", "alice-1", "carol-1");
		Notification told = message(id, Kind.PENDING, "alice-1");
		assertThat(told.to().person()).isEqualTo("alice");
		assertThat(told.link()).hasToString(server.url() + "/approvals/" + id);
		assertThat(told.outcome()).isNull();
		assertThat(told.request().agent()).isEqualTo("mailer");
		assertThat(told.request().action()).isEqualTo("mail.send");
		assertThat(told.answers()).containsExactlyInAnyOrder(Answer.values());
		assertThat(message(id, Kind.PENDING, "carol-1").to().language()).hasToString("de");
		assertThat(message(id, Kind.PENDING, "carol-1").to().zone()).hasToString("Europe/Vienna");
	}

	@Test
	void decisionWhenMessagesWereSentThenEachSaysSoAndOnlyOthersAreToldAnew() {
		String id = server.mailer().pending("mail.send");
		await(id, Kind.PENDING, "room", "alice-1", "carol-1");
		server.alice().decide(id, true).expect(200);
		await(id, Kind.DECIDED, "room", "carol-1");
		Await.until("all say so", () -> RecordingChannel.about(CHANNEL.updated, id).size() == 3);
		assertThat(RecordingChannel.about(CHANNEL.updated, id)).allSatisfy((edit) -> {
			assertThat(edit.kind()).isEqualTo(Kind.DECIDED);
			assertThat(edit.outcome().status()).isEqualTo("approved");
			assertThat(edit.outcome().by()).isEqualTo("alice");
			assertThat(edit.answers()).isEmpty();
		});
		Await.until("who decided is not told, and it is written down",
				() -> Set.copyOf(states(id)).equals(Set.of("closed", "sent", "skipped")));
	}

	@Test
	void stageWhenItBeginsThenItsPeopleAreToldAndMessagesSayHowFarItIs() {
		String id = server.mailer().pendingBound("stage.me");
		await(id, Kind.PENDING, "room", "carol-1");
		assertThat(message(id, Kind.PENDING, "carol-1").progress()).isEqualTo(new Progress(0, 2, "first"));
		assertThat(message(id, Kind.PENDING, "room").progress()).isEqualTo(new Progress(0, 2, ""));
		server.clock.move(Duration.ofMinutes(1));
		server.api("uk_carol-0123456789abcdefghijklmno").decide(id, true).expect(200);
		await(id, Kind.PENDING, "room", "carol-1", "alice-1");
		Await.until("all say so", () -> RecordingChannel.about(CHANNEL.updated, id).size() >= 2);
		Notification carols = RecordingChannel.about(CHANNEL.updated, id)
			.stream()
			.filter((edit) -> "carol".equals(edit.to().person()))
			.findFirst()
			.orElseThrow();
		assertThat(carols.progress()).isEqualTo(new Progress(1, 2, "second"));
		assertThat(carols.answers()).isEmpty();
		assertThat(carols.outcome()).isNull();
		assertThat(NotificationText.heading(carols)).contains("1 von 2", "second");
		assertThat(message(id, Kind.PENDING, "alice-1").answers()).containsExactlyInAnyOrder(Answer.values());
		server.clock.move(Duration.ofSeconds(90));
		assertThat(CHANNEL.kinds(id)).doesNotContain(Kind.REMINDER);
		server.clock.move(Duration.ofSeconds(60));
		await(id, Kind.REMINDER, "room", "alice-1");
		server.alice().decide(id, true).expect(200);
		await(id, Kind.DECIDED, "room", "carol-1");
		Await.until("all say so", () -> states(id).stream().noneMatch(List.of("editing", "closing", "due")::contains));
		assertThat(RecordingChannel.about(CHANNEL.updated, id)).filteredOn((edit) -> edit.outcome() != null)
			.extracting((edit) -> edit.to().address())
			.contains("room", "carol-1", "alice-1");
	}

	@Test
	void reasonWhenContentsAreNotToldThenNotToldEither() {
		String named = server.mailer().pending("escalate.me");
		await(named, Kind.PENDING, "room", "carol-1");
		server.api("uk_carol-0123456789abcdefghijklmno")
			.post("/permissions/" + named + "/decide", "{\"approved\":false,\"reason\":\"Smith is ill\"}")
			.expect(200);
		await(named, Kind.DECIDED, "room");
		Await.until("all say so", () -> RecordingChannel.about(CHANNEL.updated, named).size() == 2);
		assertThat(message(named, Kind.DECIDED, "room").outcome().reason()).isNull();
		assertThat(RecordingChannel.about(CHANNEL.updated, named))
			.allSatisfy((edit) -> assertThat(edit.outcome().reason())
				.isEqualTo((edit.to().person() != null) ? "Smith is ill" : null));
		CHANNEL.details = Details.NOTHING;
		String id = server.mailer().pending("mail.send");
		await(id, Kind.PENDING, "room", "alice-1", "carol-1");
		server.alice()
			.post("/permissions/" + id + "/decide", "{\"approved\":true,\"reason\":\"Smith is ill\"}")
			.expect(200);
		await(id, Kind.DECIDED, "room", "carol-1");
		Await.until("all say so", () -> RecordingChannel.about(CHANNEL.updated, id).size() == 3);
		assertThat(RecordingChannel.about(CHANNEL.updated, id)).extracting((edit) -> edit.outcome().reason())
			.containsOnlyNulls();
		assertThat(message(id, Kind.DECIDED, "carol-1").outcome().reason()).isNull();
	}

	@Test
	void messageWhenItsAddressWasRemovedThenStillSaysThatItIsOver() {
		Addresses addresses = server.bean(Addresses.class);
		String address = addresses.add("carol", "test", "carol-2", null, Actor.SYSTEM).id();
		String id = server.mailer().pending("mail.send");
		await(id, Kind.PENDING, "room", "alice-1", "carol-1", "carol-2");
		server.admin().send("DELETE", "/users/carol/addresses/" + address, "{}").expect(200);
		server.alice().decide(id, true).expect(200);
		Await.until("all say so", () -> RecordingChannel.about(CHANNEL.updated, id).size() == 4);
		assertThat(RecordingChannel.about(CHANNEL.updated, id)).filteredOn((edit) -> edit.to().address().isEmpty())
			.singleElement()
			.satisfies((edit) -> {
				assertThat(edit.answers()).isEmpty();
				assertThat(edit.request().facts()).isEmpty();
				assertThat(edit.outcome().status()).isEqualTo("approved");
			});
		assertThat(states(id)).doesNotContain("failed");
	}

	@ParameterizedTest
	@ValueSource(strings = { "approved", "denied", "withdrawn", "revoked", "expired", "frozen" })
	void endWhenMessageWasSentThenItHasNoButtonsAnyMore(String end) {
		String id = server.mailer().pending("mail.send");
		await(id, Kind.PENDING, "room", "alice-1", "carol-1");
		switch (end) {
			case "approved", "denied" -> server.alice().decide(id, end.equals("approved")).expect(200);
			case "withdrawn" -> server.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200);
			case "revoked" -> server.admin().post("/permissions/" + id + "/revoke", "{\"reason\":\"no\"}").expect(200);
			case "expired" -> server.clock.move(Duration.ofMinutes(11));
			default -> {
				server.admin().post("/agents/mailer/freeze", "{}").expect(200);
				server.admin().post("/agents/mailer/unfreeze", "{}").expect(200);
			}
		}
		Await.until("all say so", () -> RecordingChannel.about(CHANNEL.updated, id).size() == 3);
		boolean decided = end.equals("approved") || end.equals("denied");
		assertThat(RecordingChannel.about(CHANNEL.updated, id)).allSatisfy((edit) -> {
			assertThat(edit.answers()).isEmpty();
			assertThat(edit.kind()).isEqualTo(decided ? Kind.DECIDED : Kind.ENDED);
			assertThat(edit.outcome().status()).isEqualTo(decided || end.equals("expired") ? end : "revoked");
			assertThat(edit.outcome().by()).isEqualTo(decided ? "alice" : null);
		});
	}

	@Test
	void decisionWhenNothingIsSentYetThenNothingIsSent() {
		CHANNEL.failure = DeliveryException.retry("down", null);
		String id = server.mailer().pending("mail.send");
		Await.until("all were tried", () -> failed(id) == 3);
		server.alice().decide(id, false).expect(200);
		CHANNEL.failure = null;
		server.clock.move(Duration.ofMinutes(5));
		String other = server.mailer().pending("mail.send");
		await(other, Kind.PENDING, "room", "alice-1", "carol-1");
		assertThat(states(id)).containsOnly("skipped");
		assertThat(CHANNEL.kinds(id)).isEmpty();
	}

	@Test
	void decisionWhileMessageIsSentThenItIsEditedAndTheEndIsTold() throws Exception {
		CountDownLatch begun = new CountDownLatch(3);
		CountDownLatch decided = new CountDownLatch(1);
		CHANNEL.before = (notification) -> {
			if (notification.kind() == Kind.PENDING) {
				begun.countDown();
				await(decided);
			}
		};
		String id = server.mailer().pending("mail.send");
		assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();
		server.alice().decide(id, false).expect(200);
		decided.countDown();
		await(id, Kind.DECIDED, "room", "carol-1");
		Await.until("all say so", () -> RecordingChannel.about(CHANNEL.updated, id).size() == 3);
	}

	@Test
	void sendWhenChannelFailsThenTriedAgainLaterWithTheSameId() {
		// After the last message that it took.
		server.clock.move(Duration.ofSeconds(1));
		CHANNEL.failure = DeliveryException.retry("the wire is cut", null);
		String id = server.mailer().pending("mail.send");
		Await.until("all were tried", () -> failed(id) == 3);
		Await.until("nobody was told", () -> told(id).equals("nobody"));
		assertThat(server.bean(NotificationReports.class).problems()).contains("test: the wire is cut");
		assertThat(server.host().getBean("agentotp-serverHealthIndicator", HealthIndicator.class).health())
			.satisfies((health) -> {
				assertThat(health.getStatus()).isEqualTo(Status.UP);
				assertThat(health.getDetails()).containsEntry("channelsFail", List.of("test: the wire is cut"));
			});
		CHANNEL.failure = null;
		server.clock.move(Duration.ofSeconds(7));
		await(id, Kind.PENDING, "room", "alice-1", "carol-1");
		assertThat(RecordingChannel.about(CHANNEL.sent, id))
			.allSatisfy((told) -> assertThat(CHANNEL.tried).filteredOn(told.id()::equals).hasSizeGreaterThan(1));
		Await.until("they are told", () -> told(id).equals("told"));
		Await.until("nothing fails", () -> server.bean(NotificationReports.class).problems().isEmpty());
	}

	@Test
	void sendWhenAddressIsNoneThenNothingIsSentThereAnyMoreAndThePageSaysSo() throws Exception {
		try (TestServer own = TestServer.start(OtherHost.class, "agentotp.server.users.alice.addresses.other=gone")) {
			OTHER.places = List.of();
			OTHER.failure = DeliveryException.forgetAddress("no such mailbox");
			String id = own.mailer().pending("mail.send");
			Addresses addresses = own.bean(Addresses.class);
			Await.until("it is known", () -> addresses.of("alice").get(0).problem() != null);
			Await.until("nothing is tried any more", () -> states(own, id).equals(List.of("failed")));
			String next = own.mailer().pending("mail.send");
			assertThat(states(own, next)).isEmpty();
			Browser alice = new Browser(own.url()).signedIn("alice");
			assertThat(alice.get("/approvals/" + next).text()).contains("Nobody was told of this request.",
					"has an address in a channel");
			assertThat(alice.get("/approvals/" + id).text()).contains("No channel has taken a message so far");
			assertThat(own.bean(NotificationReports.class).problems()).anyMatch((problem) -> problem.contains("alice"));
			OTHER.failure = null;
			alice.submit(alice.get("/account/notifications"), "/account/notifications/test",
					Map.of("id", addresses.of("alice").get(0).id()));
			assertThat(addresses.of("alice").get(0).problem()).isNull();
			Await.until("what waits is sent", () -> states(own, id).equals(List.of("sent")));
			Await.until("the other one, too", () -> states(own, next).equals(List.of("sent")));
			assertThat(own.auditor().get("/audit/verify").expect(200).data().path("problems")).isEmpty();
		}
	}

	@ParameterizedTest
	@EnumSource(Details.class)
	void requestWhenChannelTellsLessThenItTellsNoMore(Details details) {
		CHANNEL.details = details;
		String id = bound();
		await(id, Kind.PENDING, "room", "alice-1", "carol-1");
		Notification told = message(id, Kind.PENDING, "alice-1");
		Notification.Request request = told.request();
		assertThat(told.answers().isEmpty()).isEqualTo(details != Details.ARGUMENTS);
		assertThat(request.complete()).isEqualTo(details == Details.ARGUMENTS);
		assertThat(request.facts().toString() + request.facts().stream().map(Notification.Fact::value).toList())
			.matches((text) -> text.contains("ann") == (details == Details.ARGUMENTS));
		assertThat(request.action()).isEqualTo((details == Details.NOTHING) ? "" : "mail.send");
		assertThat(request.resource()).isEqualTo((details == Details.NOTHING) ? null : "inbox");
		assertThat(request.reason()).isEqualTo((details == Details.NOTHING) ? null : "because");
		assertThat(request.title()).isNotEmpty();
	}

	@Test
	void requestWhenPolicyRemindsThenRemindedInTimeAndNotAfterTheEnd() {
		String id = server.mailer().pending("remind.me");
		await(id, Kind.PENDING, "room", "alice-1", "carol-1");
		// Who has not got the first message is not reminded of it.
		Await.until("their rows say so", () -> !states(id).contains("due"));
		server.clock.move(Duration.ofSeconds(119));
		String before = server.mailer().pending("mail.send");
		await(before, Kind.PENDING, "room", "alice-1", "carol-1");
		assertThat(to(id, Kind.REMINDER)).isEmpty();
		server.clock.move(Duration.ofSeconds(1));
		await(id, Kind.REMINDER, "room", "alice-1", "carol-1");
		server.alice().decide(id, true).expect(200);
		await(id, Kind.DECIDED, "room", "carol-1");
		server.clock.move(Duration.ofMinutes(3));
		String after = server.mailer().pending("mail.send");
		await(after, Kind.PENDING, "room", "alice-1", "carol-1");
		assertThat(to(id, Kind.REMINDER)).hasSize(3);
	}

	@Test
	void requestWhenNobodyDecidesInTimeThenOthersMayAndAreTold() {
		String id = server.mailer().pending("escalate.me");
		await(id, Kind.PENDING, "room", "carol-1");
		Await.until("their rows say so", () -> !states(id).contains("due"));
		// Not all who read there are named by the policy.
		assertThat(message(id, Kind.PENDING, "room").request().action()).isEmpty();
		assertThat(message(id, Kind.PENDING, "room").answers()).isEmpty();
		server.alice().decide(id, true).expect(404);
		server.clock.move(Duration.ofMinutes(3));
		await(id, Kind.ESCALATED, "room", "alice-1");
		server.alice().decide(id, true).expect(200);
	}

	@Test
	void requestWhenEscalatedThenWhoStandsInIsToldToo() {
		server.admin().post("/users", "{\"name\":\"dora\",\"roles\":[\"approver\"]}").expect(201);
		server.bean(Addresses.class).add("dora", "test", "dora-1", null, Actor.SYSTEM);
		String id = server.mailer().pending("escalate.me");
		await(id, Kind.PENDING, "room", "carol-1");
		Delegation delegation = server.bean(Delegations.class)
			.create("alice", "dora", null, server.clock.instant().plus(Duration.ofDays(1)), Actor.SYSTEM);
		server.clock.move(Duration.ofMinutes(3));
		try {
			await(id, Kind.ESCALATED, "room", "alice-1", "dora-1");
		}
		finally {
			server.bean(Delegations.class).end("alice", delegation.id(), Actor.SYSTEM);
			server.admin().send("DELETE", "/users/dora", null).expect(200);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "PT0S", "PT1H" })
	void delegationWhenItBeginsAfterTheRequestThenWhoStandsInIsToldOnce(Duration after) {
		create("dora" + after.toHours());
		String address = "dora" + after.toHours() + "-1";
		String id = server.mailer().pending("named.only");
		await(id, Kind.PENDING, "room", "carol-1");
		Instant start = server.clock.instant().plus(after);
		Delegation delegation = server.bean(Delegations.class)
			.create("carol", "dora" + after.toHours(), start, start.plus(Duration.ofDays(1)), Actor.SYSTEM);
		server.clock.move(after);
		try {
			await(id, Kind.PENDING, "room", "carol-1", address);
			// Whatever else changes then.
			server.bean(Delegations.class).end("carol", delegation.id(), Actor.SYSTEM);
			server.bean(Delegations.class)
				.create("carol", "dora" + after.toHours(), null, start.plus(Duration.ofDays(1)), Actor.SYSTEM);
			String other = server.mailer().pending("mail.send");
			create("eve" + after.toHours());
			await(other, Kind.PENDING, "room", "alice-1", "carol-1", address, "eve" + after.toHours() + "-1");
			await(id, Kind.PENDING, "room", "carol-1", address);
			server.admin().send("DELETE", "/users/eve" + after.toHours(), null).expect(200);
		}
		finally {
			server.admin().send("DELETE", "/users/dora" + after.toHours(), null).expect(200);
		}
	}

	@Test
	void approverWhenNewOrReachableOnlyNowThenToldOfWhatWaits() {
		CHANNEL.failure = DeliveryException.retry("down", null);
		String id = server.mailer().pending("mail.send");
		Await.until("all were tried", () -> failed(id) == 3);
		create("finn");
		try {
			Await.until("the new one was tried", () -> failed(id) == 4);
			server.admin().send("PATCH", "/users/finn", "{\"roles\":[\"auditor\"]}").expect(200);
			CHANNEL.failure = null;
			server.clock.move(Duration.ofSeconds(40));
			await(id, Kind.PENDING, "room", "alice-1", "carol-1");
			Await.until("the rest is done", () -> !states(id).contains("due"));
			server.admin().send("PATCH", "/users/finn", "{\"roles\":[\"approver\"]}").expect(200);
			await(id, Kind.PENDING, "room", "alice-1", "carol-1", "finn-1");
		}
		finally {
			server.admin().send("DELETE", "/users/finn", null).expect(200);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "group", "role", "end" })
	void requestWhenTheOnlyOneMayNotDecideAnyMoreThenAdministratorsAreTold(String why) {
		String only = "only" + why;
		create(only, "\"finance\"");
		String id = server.mailer().pending("group.only");
		await(id, Kind.PENDING, "room", only + "-1");
		switch (why) {
			case "group" -> server.admin().send("PATCH", "/users/" + only, "{\"groups\":[]}").expect(200);
			case "role" -> server.admin().send("PATCH", "/users/" + only, "{\"roles\":[\"auditor\"]}").expect(200);
			default -> server.admin().send("DELETE", "/users/" + only, null).expect(200);
		}
		await(id, Kind.UNDECIDABLE, "room", "admin-1");
		if (!why.equals("end")) {
			server.admin().send("DELETE", "/users/" + only, null).expect(200);
		}
		server.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200);
		await(id, Kind.ENDED, "room");
	}

	@Test
	void requestWhenNobodyWhoIsNamedHasAnAddressThenNobodyWasTold() {
		server.admin().post("/users", "{\"name\":\"ida\",\"roles\":[\"approver\"]}").expect(201);
		server.admin().send("PATCH", "/users/ida", "{\"groups\":[\"finance\"]}").expect(200);
		String id = server.mailer().pending("group.only");
		await(id, Kind.PENDING, "room");
		assertThat(server.bean(NotificationReports.class).told(List.of(id)).get(id).problem())
			.isEqualTo(Told.Problem.NO_ADDRESS);
		server.clock.move(Duration.ofSeconds(61));
		await(id, Kind.UNTOLD, "room", "admin-1");
		server.admin().send("DELETE", "/users/ida", null).expect(200);
		server.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200);
	}

	@Test
	void requestWhenSomebodyElseWroteThatItEscalatedThenItDoesInTime() {
		String id = server.mailer().pending("escalate.me");
		await(id, Kind.PENDING, "room", "carol-1");
		server.jdbc().sql("UPDATE agentotp_permission SET escalated_at = created_at WHERE id = ?").param(id).update();
		server.clock.move(Duration.ofMinutes(3));
		await(id, Kind.ESCALATED, "room", "alice-1");
		server.alice().decide(id, true).expect(200);
	}

	@Test
	void leaseWhenItLastsLongerThanAnyThenTaken() {
		Instant far = server.clock.instant().plus(Duration.ofDays(300));
		server.jdbc()
			.sql("INSERT INTO agentotp_lease (name, holder, held_until) VALUES ('far', 'gone', ?)")
			.param(Times.toDatabase(far))
			.update();
		assertThat(server.bean(Lease.class).take("far", Duration.ofMinutes(1))).isTrue();
	}

	@Test
	void requestWhenAllHaveQuietHoursThenSaidAndAdministratorsAreTold() {
		CHANNEL.places = List.of();
		UserChanges changes = server.bean(UserChanges.class);
		Instant day = server.clock.instant().plus(Duration.ofDays(1)).truncatedTo(ChronoUnit.DAYS);
		changes.setPreferences("carol", (profile) -> profile.withPreferences("de", "UTC", "22:00", "06:00", true),
				Actor.SYSTEM);
		try {
			server.clock.set(day.plus(Duration.ofHours(23)));
			String id = server.mailer().pending("named.only");
			Await.until("it says so",
					() -> server.api("uk_carol-0123456789abcdefghijklmno")
						.get("/permissions?status=pending&limit=100")
						.expect(200)
						.data()
						.valueStream()
						.filter((permission) -> permission.path("id").stringValue().equals(id))
						.anyMatch((permission) -> permission.path("told").stringValue().equals("nobody")
								&& permission.path("toldProblem").asString("").contains("quiet hours")));
			server.clock.move(Duration.ofSeconds(61));
			await(id, Kind.UNTOLD, "admin-1");
			assertThat(message(id, Kind.UNTOLD, "admin-1").request().action()).isEmpty();
			server.clock.set(day.plus(Duration.ofHours(30)));
			await(id, Kind.PENDING, "carol-1");
			assertThat(to(id, Kind.UNTOLD)).hasSize(1);
		}
		finally {
			changes.setPreferences("carol",
					(profile) -> profile.withPreferences("de", "Europe/Vienna", null, null, false), Actor.SYSTEM);
		}
	}

	@Test
	void endWhenTheNodeThatHadAMessageIsGoneThenItsReceiverIsToldTheEnd() {
		CHANNEL.failure = DeliveryException.retry("down", null);
		String id = server.mailer().pending("mail.send");
		Await.until("all were tried", () -> failed(id) == 3);
		server.jdbc()
			.sql("UPDATE agentotp_notification SET claimed_by = 'gone-1', claimed_until = ? WHERE permission_id = ? AND person = 'carol'")
			.params(Times.toDatabase(server.clock.instant().plus(Duration.ofMinutes(2))), id)
			.update();
		server.alice().decide(id, false).expect(200);
		CHANNEL.failure = null;
		server.clock.move(Duration.ofMinutes(3));
		await(id, Kind.DECIDED, "carol-1");
		Await.until("it is written down",
				() -> states(id).stream().sorted().toList().equals(List.of("closed", "sent", "skipped", "skipped")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "sessions", "password" })
	void sessionsWhenAllEndThenBrowsersAreToldNothingAnyMore(String how) {
		Addresses addresses = server.bean(Addresses.class);
		server.admin().post("/users", "{\"name\":\"gina" + how + "\",\"roles\":[\"approver\"]}").expect(201);
		addresses.add("gina" + how, "test", "gina-browser-" + how, "{}", Actor.SYSTEM);
		addresses.add("gina" + how, "test", "gina-room-" + how, null, Actor.SYSTEM);
		if (how.equals("sessions")) {
			server.admin().send("DELETE", "/users/gina" + how + "/sessions", null).expect(200);
		}
		else {
			String link = server.admin().post("/users/gina" + how + "/link", null).expect(200).data().toString();
			String code = link.replaceAll("(?s).*#gina" + how + ":([^\"]+)\".*", "$1");
			server.bean(UserChanges.class).usePasswordLink("gina" + how, code, "another password 1", "127.0.0.1");
		}
		assertThat(addresses.of("gina" + how)).extracting(Address::address).containsExactly("gina-room-" + how);
		server.admin().send("DELETE", "/users/gina" + how, null).expect(200);
	}

	@Test
	void rowWhenSomebodyElseWroteItThenOthersAreSentAndTheRequestEnds() {
		String id = server.mailer().pending("mail.send");
		await(id, Kind.PENDING, "room", "alice-1", "carol-1");
		String next = Times.toDatabase(server.clock.instant().minus(Duration.ofHours(1))).toString();
		for (String row : List.of("'odd', 0, 'x', NULL, 'due', 0", "'reminder', 9, 'y', 'alice', 'due', 2147483647",
				"'pending', 9, 'place:room', 'bob', 'sent', 0", "'reminder', -1, 'place:none', NULL, 'closing', 0")) {
			server.jdbc()
				.sql("INSERT INTO agentotp_notification (permission_id, channel, next_at, created_at, kind, number, recipient,"
						+ " person, state, attempt) VALUES ('" + id + "', 'test', '" + next + "', '" + next + "', "
						+ row + ")")
				.update();
		}
		String other = server.mailer().pending("mail.send");
		await(other, Kind.PENDING, "room", "alice-1", "carol-1");
		server.alice().decide(id, true).expect(200);
		Await.until("nothing is left", () -> !states(id).contains("due") && !states(id).contains("closing"));
		server.mailer().post("/permissions/" + other + "/revoke", "{}").expect(200);
	}

	@Test
	void placeWhenItIsGoneThenThePageSaysSoUntilItTakesATestMessage() throws Exception {
		assumeTrue(server.size() == 1, "Each node knows what it was told itself");
		CHANNEL.before = (notification) -> CHANNEL.failure = (notification.to().person() == null)
				? DeliveryException.forgetAddress("gone") : null;
		String id = server.mailer().pending("mail.send");
		await(id, Kind.PENDING, "alice-1", "carol-1");
		Browser admin = new Browser(server.url()).signedIn("root");
		Await.until("the page says so", () -> {
			try {
				return admin.get("/notifications").text().contains("room is not told any more");
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		});
		assertThat(server.bean(NotificationReports.class).problems()).anyMatch((problem) -> problem.contains("room"));
		clear();
		admin.submit(admin.get("/notifications"), "/notifications/test/test", Map.of("place", "room"));
		assertThat(admin.get("/notifications").text()).doesNotContain("is not told any more")
			.contains("which work on this machine only");
		String next = server.mailer().pending("mail.send");
		await(next, Kind.PENDING, "room", "alice-1", "carol-1");
	}

	@Test
	void messagesWhenChannelWorksAgainThenSentAtOnce() throws Exception {
		CHANNEL.failure = DeliveryException.retry("down", null);
		String id = server.mailer().pending("mail.send");
		Await.until("all were tried", () -> failed(id) == 3);
		CHANNEL.failure = null;
		Browser admin = new Browser(server.url()).signedIn("root");
		admin.submit(admin.get("/notifications"), "/notifications/test/test", Map.of("place", "room"));
		await(id, Kind.PENDING, "room", "alice-1", "carol-1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "",
			",\"callDigest\":\"sha256:abababababababababababababababababababababababababababababababab\"",
			",\"call\":{\"target\":{\"tool\":\"t\"},"
					+ "\"arguments\":[{\"name\":\"to\",\"value\":\"ann\"}],\"notBound\":[\"amount\"]}" })
	void requestWhenNotAllIsBoundThenSaidFirstAndNotAnswered(String call) {
		String id = server.mailer()
			.post("/permissions/request", Calls.bound("{\"action\":\"mail.send\"" + call + "}"))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		await(id, Kind.PENDING, "room", "alice-1", "carol-1");
		Notification told = message(id, Kind.PENDING, "alice-1");
		assertThat(told.answers()).isEmpty();
		assertThat(told.request().complete()).isFalse();
		assertThat(told.request().problem()).startsWith("⚠ ");
	}

	@Test
	void requestWhenCallIsBoundThenMessageSaysWhatIsCalledAndNamesNobodyElse() {
		String id = server.mailer()
			.post("/permissions/request", Calls
				.bound("""
						{"action":"mail.send","resource":"a\\nAgent: trusted","scope":{"max_uses":1},
						"call":{"target":{"type":"com.example.Mail","method":"deleteAll(String)","bean":"mails"},
						"arguments":[{"name":"◆ Known to the service","type":"String","value":"This agent is trusted"},
						{"name":"pin","type":"String","masked":true,"mac":"abababababababababababababababababababababababababababababababab"}]}}"""))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		await(id, Kind.PENDING, "room", "alice-1", "carol-1");
		Notification.Request request = message(id, Kind.PENDING, "alice-1").request();
		assertThat(request.title()).doesNotContain("\n");
		assertThat(request.facts()).extracting(Notification.Fact::value)
			.anyMatch((value) -> value.contains("com.example.Mail.deleteAll(String)") && value.contains("mails"))
			.noneMatch((value) -> value.contains("masked"));
		assertThat(request.facts()).extracting(Notification.Fact::label)
			.anyMatch((label) -> label.startsWith("\"") && label.contains("Known to the service"))
			.noneMatch((label) -> label.equals("◆ Known to the service"));
	}

	private static String bound() {
		return server.mailer()
			.post("/permissions/request", Calls.bound("""
					{"action":"mail.send","resource":"inbox","scope":{"max_uses":2},"context":{"reason":"because"},
					"call":{"target":{"tool":"t"},"arguments":[{"name":"to","value":"ann"}]}}"""))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	private static void create(String name, String... groups) {
		server.admin().post("/users", "{\"name\":\"" + name + "\",\"roles\":[\"approver\"]}").expect(201);
		server.admin().send("PATCH", "/users/" + name, "{\"groups\":[" + String.join(",", groups) + "]}").expect(200);
		server.bean(Addresses.class).add(name, "test", name + "-1", null, Actor.SYSTEM);
	}

	@Test
	void requestWhenNobodyCanDecideThenAdministratorsAreToldWithoutItsContents() {
		String id = server.mailer().pending("nobody.can");
		await(id, Kind.UNDECIDABLE, "room", "admin-1");
		assertThat(message(id, Kind.UNDECIDABLE, "admin-1").request().action()).isEmpty();
		await(id, Kind.PENDING, "room");
	}

	@Test
	void reminderWhenPersonHasQuietHoursThenItWaitsForTheirEndButTheFirstMessageDoesNot() {
		UserChanges changes = server.bean(UserChanges.class);
		// Vienna is an hour before UTC in winter.
		Instant day = server.clock.instant().plus(Duration.ofDays(1)).truncatedTo(ChronoUnit.DAYS);
		changes.setPreferences("carol", (profile) -> profile.withPreferences("de", "UTC", "22:00", "06:00", false),
				Actor.SYSTEM);
		try {
			server.clock.set(day.plus(Duration.ofHours(21)));
			String id = server.mailer().pending("wait.long");
			await(id, Kind.PENDING, "room", "alice-1", "carol-1");
			server.clock.move(Duration.ofHours(2));
			await(id, Kind.REMINDER, "room", "alice-1");
			awaitPutOff(id);
			server.clock.set(day.plus(Duration.ofHours(30)));
			await(id, Kind.REMINDER, "room", "alice-1", "carol-1");
			changes.setPreferences("carol", (profile) -> profile.withPreferences("de", "UTC", "05:00", "09:00", true),
					Actor.SYSTEM);
			String next = server.mailer().pending("wait.long");
			await(next, Kind.PENDING, "room", "alice-1");
			awaitPutOff(next);
			server.clock.set(day.plus(Duration.ofHours(33)));
			await(next, Kind.PENDING, "room", "alice-1", "carol-1");
		}
		finally {
			changes.setPreferences("carol",
					(profile) -> profile.withPreferences("de", "Europe/Vienna", null, null, false), Actor.SYSTEM);
		}
	}

	@Test
	void sendWhenPersonIsNoApproverAnyMoreThenSkipped() {
		server.admin().post("/users", "{\"name\":\"dave\",\"roles\":[\"approver\"]}").expect(201);
		server.bean(Addresses.class).add("dave", "test", "dave-1", null, Actor.SYSTEM);
		CHANNEL.failure = DeliveryException.retry("down", null);
		String id = server.mailer().pending("mail.send");
		Await.until("all were tried", () -> failed(id) == 4);
		server.admin().send("PATCH", "/users/dave", "{\"roles\":[\"auditor\"]}").expect(200);
		CHANNEL.failure = null;
		// Beyond a second try, too, which may have begun before.
		server.clock.move(Duration.ofSeconds(40));
		await(id, Kind.PENDING, "room", "alice-1", "carol-1");
		Await.until("the rest is done", () -> !states(id).contains("due"));
		assertThat(to(id, Kind.PENDING)).doesNotContain("dave-1");
	}

	@Test
	void startWhenTwoChannelsHaveOneNameThenRefused() {
		assertThatException().isThrownBy(() -> TestServer.start(TwoHost.class).close())
			.withRootCauseInstanceOf(InvalidSettingException.class)
			.havingRootCause()
			.withMessageContaining("Two notification channels have the name 'test'");
	}

	@Test
	void testMessageWhenAdministratorSendsOneThenThePageSaysWhatCameOfIt() throws Exception {
		Browser admin = new Browser(server.url()).signedIn("root");
		Browser.Page page = admin.get("/notifications");
		assertThat(page.text()).contains("Notifications", "Send me a test message", "Send a test message to room",
				"agentotp.server.notifications.slack");
		assertThat(admin.submit(page, "/notifications/test/test", Map.of("place", "room")).text())
			.contains("Channel test has taken the test message.");
		assertThat(CHANNEL.sent).hasSize(1);
		assertThat(admin.submit(page, "/notifications/test/test", Map.of()).text())
			.contains("You have no address in this channel");
		CHANNEL.failure = DeliveryException.giveUp("the room is <b>locked</b>");
		assertThat(admin.submit(page, "/notifications/test/test", Map.of("place", "room")).text())
			.contains("has not taken the test message", "the room is &lt;b&gt;locked&lt;/b&gt;");
		assertThat(admin.submit(page, "/notifications/test/test", Map.of("place", "hall")).text())
			.contains("There is no such place");
		assertThat(admin.submit(page, "/notifications/none/test", Map.of()).status()).isEqualTo(404);
		assertThat(CHANNEL.sent).hasSize(1);
		Browser alice = new Browser(server.url()).signedIn("alice");
		assertThat(alice.get("/notifications").status()).isEqualTo(403);
		assertThat(alice.get("/").text()).doesNotContain("Notifications");
	}

	private String told(String id) {
		return server.alice()
			.get("/permissions?status=pending&limit=100")
			.expect(200)
			.data()
			.valueStream()
			.filter((permission) -> permission.path("id").stringValue().equals(id))
			.findFirst()
			.orElseThrow()
			.path("told")
			.stringValue();
	}

	private static List<Map<String, Object>> rows(String id) {
		return server.jdbc()
			.sql("SELECT kind, channel, person, state, next_at, claimed_by, last_error FROM agentotp_notification WHERE permission_id = ?")
			.param(id)
			.query()
			.listOfRows();
	}

	private static long failed(String id) {
		return server.jdbc()
			.sql("SELECT COUNT(*) FROM agentotp_notification WHERE permission_id = ? AND last_error IS NOT NULL")
			.param(id)
			.query(Long.class)
			.single();
	}

	private static List<String> states(String id) {
		return states(server, id);
	}

	private static List<String> states(TestServer of, String id) {
		return of.jdbc()
			.sql("SELECT state FROM agentotp_notification WHERE permission_id = ? AND channel <> ''")
			.param(id)
			.query(String.class)
			.list();
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await(1, TimeUnit.MINUTES);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	// What the channel has taken, and what is written down.
	private static void await(String id, Kind kind, String... to) {
		try {
			Await.until(kind + " is told to " + List.of(to),
					() -> to(id, kind).equals(List.of(to).stream().sorted().toList()));
		}
		catch (AssertionError ex) {
			throw new AssertionError(ex.getMessage() + ", but " + to(id, kind) + " of " + rows(id), ex);
		}
		Await.until("it is written down", () -> server.jdbc()
			.sql("SELECT COUNT(*) FROM agentotp_notification WHERE permission_id = ? AND kind = ? AND sent_at IS NOT NULL AND channel <> ''")
			.params(id, kind.name().toLowerCase(Locale.ROOT))
			.query(Long.class)
			.single() == to.length);
	}

	// A claim that the clock jumps over is free for another sender, which is no fault.
	private static void awaitPutOff(String id) {
		Await.until("what is left waits for later", () -> server.jdbc()
			.sql("SELECT COUNT(*) FROM agentotp_notification WHERE permission_id = ? AND state = 'due' AND next_at <= ?")
			.params(id, Times.toDatabase(server.clock.instant()))
			.query(Long.class)
			.single() == 0);
	}

	private static List<String> to(String id, Kind kind) {
		return RecordingChannel.about(CHANNEL.sent, id)
			.stream()
			.filter((told) -> told.kind() == kind)
			.map((told) -> told.to().address())
			.sorted()
			.toList();
	}

	private static Notification message(String id, Kind kind, String address) {
		return RecordingChannel.about(CHANNEL.sent, id)
			.stream()
			.filter((told) -> told.kind() == kind && told.to().address().equals(address))
			.findFirst()
			.orElseThrow();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestServer.Host.class)
	static class Host {

		@Bean
		RecordingChannel channel() {
			return CHANNEL;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestServer.Host.class)
	static class OtherHost {

		@Bean
		RecordingChannel channel() {
			return OTHER;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestServer.Host.class)
	static class TwoHost {

		@Bean
		RecordingChannel one() {
			return new RecordingChannel("test");
		}

		@Bean
		RecordingChannel other() {
			return new RecordingChannel("test");
		}

	}

}
