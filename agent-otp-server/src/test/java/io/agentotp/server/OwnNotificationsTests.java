package io.agentotp.server;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.push.PushChannel;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.user.Address;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.user.UserProfile;
import io.agentotp.server.user.Users;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a person sets of how to be told, and that nobody else does.
 */
@Tag("sql")
class OwnNotificationsTests {

	private static final String PAGE = "/account/notifications";

	// Of a browser: a point of the curve, and 16 bytes.
	private static final String RECEIVER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

	private static final String SECRET = "BTBZMqHH6r4Tts7J_aSIgg";

	private static final String ENDPOINT = "https://fcm.googleapis.com/fcm/send/";

	private static final RecordingChannel POST = new RecordingChannel("post") {

		@Override
		public Optional<String> problemOfAddress(String address) {
			return address.contains("@") ? Optional.empty() : Optional.of("must have an @");
		}

	};

	private static final RecordingChannel CHAT = new RecordingChannel("chat") {

		@Override
		public boolean tells(Kind kind) {
			return kind != Kind.CONFIRM;
		}

		@Override
		public Optional<URI> connectLink(String code) {
			return Optional.of(URI.create("https://chat.example.com/start?code=" + code));
		}

	};

	private static TestServer server;

	private static StoredCopy untouched;

	private static Addresses addresses;

	private Browser alice;

	@BeforeAll
	static void start() {
		server = TestServer.start(Host.class, "agentotp.server.notifications.push.subject=mailto:ops@example.com",
				"agentotp.server.users.bob.addresses.post=bob@example.com",
				"agentotp.server.users.alice.groups=finance",
				"agentotp.server.users.auditor.password=" + TestServer.PASSWORD_HASH, TestServer.policies(
						"""
								policies:
								  - {name: money, action: require_approval, conditions: {action: {equals: money.move}}, approvers: {groups: [finance]}}
								  - {name: others, action: require_approval, conditions: {action: {equals: other.do}}, approvers: {people: [bob]}}
								  - name: late
								    action: require_approval
								    conditions: {action: {equals: late.do}}
								    approvers: {people: [bob]}
								    window: 2h
								    escalate: {after: 1h, to: {people: [alice]}}
								"""));
		addresses = server.bean(Addresses.class);
		untouched = StoredCopy.of(server);
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@BeforeEach
	void begin() {
		untouched.restore(server);
		server.clock.move(java.time.Duration.ofMinutes(2));
		POST.clear();
		CHAT.clear();
		this.alice = new Browser(server.url()).signedIn("alice");
	}

	@Test
	void addressWhenItsLinkIsOpenedByWhoAskedThenTheirs() {
		assertThat(submit("/add", Map.of("channel", "post", "address", "alice@example.com")).path())
			.endsWith(PAGE + "?done=sent");
		// It does not count before.
		assertThat(addresses.of("alice")).isEmpty();
		Notification sent = POST.sent.get(0);
		assertThat(sent.kind()).isEqualTo(Kind.CONFIRM);
		assertThat(sent.to().address()).isEqualTo("alice@example.com");
		assertThat(sent.to().person()).isEqualTo("alice");
		assertThat(sent.link().toString()).startsWith(server.url() + PAGE + "#post:");
		Map<String, String> proof = proof(sent);
		Browser bob = new Browser(server.url()).signedIn("bob");
		assertThat(bob.submit(bob.get(PAGE), PAGE + "/confirm", proof).status()).isEqualTo(409);
		assertThat(addresses.find("post", "alice@example.com")).isEmpty();
		assertThat(submit("/confirm", proof).path()).endsWith("?done=confirmed");
		assertThat(addresses.find("post", "alice@example.com")).get().extracting(Address::user).isEqualTo("alice");
		assertThat(submit("/confirm", proof).status()).isEqualTo(409);
		assertThat(audit("address_added")).contains("\"user\":\"alice\"", "alice@example.com", "user:alice");
	}

	@Test
	void addressWhenOpenedLinkIsForAnotherThenNothing() {
		submit("/add", Map.of("channel", "post", "address", "alice@example.com"));
		Map<String, String> proof = proof(POST.sent.get(0));
		assertThat(
				submit("/confirm", Map.of("channel", "post", "address", "boss@example.com", "code", proof.get("code")))
					.status())
			.isEqualTo(409);
		assertThat(addresses.of("alice")).isEmpty();
	}

	@Test
	void addressWhenItIsNoneThenNothingIsSent() {
		Browser.Page page = submit("/add", Map.of("channel", "post", "address", "nobody"));
		assertThat(page.status()).isEqualTo(400);
		assertThat(page.text()).contains("must have an @");
		assertThat(POST.tried).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "chat", "push", "nothing", "" })
	void addressWhenNoMessageProvesItThenNothing(String channel) {
		assertThat(submit("/add", Map.of("channel", channel, "address", "a@example.com")).status()).isEqualTo(404);
		assertThat(CHAT.tried).isEmpty();
	}

	@Test
	void messagesWhenManyThenLimited() {
		Map<String, String> stranger = Map.of("channel", "post", "address", "stranger@example.com");
		for (int i = 0; i < 3; i++) {
			assertThat(submit("/add", stranger).status()).isEqualTo(200);
		}
		assertThat(submit("/add", stranger).status()).isEqualTo(429);
		assertThat(POST.sent).hasSize(3);
	}

	@Test
	void connectWhenAskedForThenLinkOfTheChannelWithACodeOfThePerson() {
		Browser.Page page = submit("/connect", Map.of("channel", "chat"));
		assertThat(page.status()).isEqualTo(200);
		String code = page.text().replaceAll("(?s).*https://chat.example.com/start\\?code=([\\w-]+)\".*", "$1");
		assertThat(server.bean(io.agentotp.server.user.Pairings.class).redeem("chat", code, "U-1", null)).get()
			.extracting(Address::user)
			.isEqualTo("alice");
		assertThat(submit("/connect", Map.of("channel", "post")).status()).isEqualTo(409);
		assertThat(submit("/connect", Map.of("channel", "nothing")).status()).isEqualTo(404);
	}

	@Test
	void testWhenAddressIsOwnThenSentInTheOwnLanguage() {
		submit("", Map.of("language", "de", "zone", "Europe/Vienna", "quietFrom", "", "quietUntil", ""));
		Address own = addresses.add("alice", "post", "alice@example.com", null, Actor.SYSTEM);
		assertThat(submit("/test", Map.of("id", own.id())).path()).endsWith("?done=tested");
		Notification sent = POST.sent.get(0);
		assertThat(sent.kind()).isEqualTo(Kind.TEST);
		assertThat(sent.to().language().getLanguage()).isEqualTo("de");
		assertThat(sent.to().zone().getId()).isEqualTo("Europe/Vienna");
		assertThat(sent.answers()).isEmpty();
	}

	@Test
	void testWhenNotTakenThenSaysWhy() {
		Address own = addresses.add("alice", "post", "alice@example.com", null, Actor.SYSTEM);
		POST.failure = DeliveryException.retry("The post is closed", null);
		assertThat(submit("/test", Map.of("id", own.id())).text()).contains("The post is closed");
		assertThat(addresses.of("alice").get(0).problem()).isNull();
		POST.failure = DeliveryException.forgetAddress("There is no such house");
		assertThat(submit("/test", Map.of("id", own.id())).status()).isEqualTo(409);
		assertThat(addresses.of("alice").get(0).problem()).isEqualTo("There is no such house");
		assertThat(this.alice.get(PAGE).text()).contains("There is no such house");
	}

	@Test
	void othersAddressWhenTriedOrRemovedThenUntouched() {
		Address bobs = addresses.of("bob").get(0);
		assertThat(submit("/test", Map.of("id", bobs.id())).status()).isEqualTo(404);
		assertThat(submit("/remove", Map.of("id", bobs.id())).status()).isEqualTo(404);
		assertThat(POST.tried).isEmpty();
		assertThat(addresses.of("bob")).hasSize(1);
		assertThat(this.alice.get(PAGE).text()).doesNotContain("bob@example.com", bobs.id());
	}

	@Test
	void removeWhenOwnThenGoneAndOnRecord() {
		Address own = addresses.add("alice", "post", "alice@example.com", null, Actor.SYSTEM);
		assertThat(submit("/remove", Map.of("id", own.id())).path()).endsWith("?done=removed");
		assertThat(addresses.of("alice")).isEmpty();
		assertThat(audit("address_removed")).contains("user:alice");
		Browser bob = new Browser(server.url()).signedIn("bob");
		Browser.Page page = bob.get(PAGE);
		assertThat(page.text()).contains("bob@example.com").contains("from the configuration");
		assertThat(bob.submit(page, PAGE + "/remove", Map.of("id", addresses.of("bob").get(0).id())).status())
			.isEqualTo(409);
		assertThat(addresses.of("bob")).hasSize(1);
	}

	@Test
	void preferencesWhenSavedThenKeptAndOnRecord() {
		assertThat(submit("", Map.of("language", "de", "zone", "Europe/Vienna", "quietFrom", "22:00", "quietUntil",
				"06:30", "quietFirst", "on"))
			.path()).endsWith("?done=saved");
		UserProfile profile = server.bean(Users.class).get("alice").profile();
		assertThat(profile.language()).isEqualTo("de");
		assertThat(profile.quietFrom()).isEqualTo("22:00");
		assertThat(profile.quietFirst()).isTrue();
		assertThat(profile.groups()).containsExactly("finance");
		assertThat(this.alice.get(PAGE).text()).contains("value=\"22:00\"", "value=\"06:30\"",
				"value=\"Europe/Vienna\"");
		assertThat(audit("user_changed")).contains("quietFrom", "user:alice");
	}

	@Test
	void preferencesWhenNoneThenRefusedAndUnchanged() {
		for (Map<String, String> wrong : List.of(Map.of("zone", "Vienna"), Map.of("quietFrom", "22:00"),
				Map.of("quietFrom", "25:00", "quietUntil", "06:00"), Map.of("language", "klingon!"),
				Map.of("roles", "administrator"), Map.of("groups", "admins"))) {
			assertThat(submit("", wrong).status()).as(wrong.toString()).isEqualTo(400);
		}
		assertThat(submit("", Map.of("zone", "Vienna", "quietFrom", "22:00")).text()).contains(
				"id=\"preferences-problem\"", "Time zone must be a time zone such as Europe/Berlin",
				"Quiet until needs its other half", "value=\"Vienna\"", "value=\"22:00\"");
		assertThat(server.bean(Users.class).get("alice").profile().quietFrom()).isNull();
	}

	@Test
	void pageWhenAskedByPoliciesThenSaysByWhich() {
		String page = this.alice.get(PAGE).text();
		assertThat(page).contains("money", "(group finance)", "late", "after 1 hour").doesNotContain("others");
		String ofAuditor = new Browser(server.url()).signedIn("auditor").get(PAGE).text();
		assertThat(ofAuditor).doesNotContain("id=\"asked\"").contains("id=\"preferences\"");
	}

	@Test
	void browserWhenSubscribedThenListedByItsNameAndTheEndpointStaysSecret() {
		assertThat(push(this.alice, "1", "").path()).endsWith("?done=saved");
		Address own = addresses.find("push", ENDPOINT + "1").orElseThrow();
		assertThat(own.user()).isEqualTo("alice");
		assertThat(this.alice.get(PAGE).text()).contains("Chrome, Android", Secrets.sha256(ENDPOINT + "1"))
			.doesNotContain(ENDPOINT, RECEIVER, SECRET);
		assertThat(audit("address_added")).contains("\"channel\":\"push\"").doesNotContain(ENDPOINT, SECRET);
		// What it is now takes the place of what it was.
		push(this.alice, "2", ENDPOINT + "1");
		assertThat(addresses.of("alice")).extracting(Address::address).containsExactly(ENDPOINT + "2");
		this.alice.submit(this.alice.get(PAGE), PAGE + "/push/end", Map.of("endpoint", ENDPOINT + "2"));
		assertThat(addresses.of("alice")).isEmpty();
	}

	@Test
	void browserWhenItIsAnotherPersonsThenTheirs() {
		push(this.alice, "1", "");
		Browser bob = new Browser(server.url()).signedIn("bob");
		assertThat(push(bob, "1", "").status()).isEqualTo(409);
		push(bob, "2", ENDPOINT + "1");
		bob.submit(bob.get(PAGE), PAGE + "/push/end", Map.of("endpoint", ENDPOINT + "1"));
		assertThat(addresses.find("push", ENDPOINT + "1")).get().extracting(Address::user).isEqualTo("alice");
	}

	@Test
	void browserWhenItSaysWhatCannotBeThenRefused() {
		for (Map<String, String> wrong : List.of(Map.of("endpoint", "https://10.0.0.1/x"),
				Map.of("endpoint", "http://fcm.googleapis.com/x"), Map.of("p256dh", "AAAA"), Map.of("auth", "AAAA"),
				Map.of("key", RECEIVER))) {
			Map<String, String> fields = new java.util.HashMap<>(subscription("1", ""));
			fields.putAll(wrong);
			assertThat(this.alice.submit(this.alice.get(PAGE), PAGE + "/push", fields).status()).as(wrong.toString())
				.isEqualTo(400);
		}
		assertThat(addresses.of("alice")).isEmpty();
	}

	@Test
	void anyWhenWithoutTheTokenOfTheFormOrWithAKeyThenNothing() {
		this.alice.get(PAGE);
		for (String path : List.of("", "/add", "/confirm", "/connect", "/remove", "/test", "/push", "/push/end")) {
			assertThat(this.alice.post(PAGE + path, Map.of("channel", "post", "address", "a@example.com")).status())
				.as(path)
				.isEqualTo(403);
			for (String key : List.of(TestServer.MAILER_KEY, TestServer.ALICE_KEY)) {
				assertThat(new Browser(server.url())
					.send("POST", PAGE + path, "channel=post&address=a@example.com",
							Map.of("Authorization", "Bearer " + key))
					.status()).as(path).isIn(401, 403);
			}
		}
		assertThat(POST.tried).isEmpty();
	}

	@Test
	void workerWhenFetchedByAnybodyThenThereAndNotKept() {
		Browser.Page worker = new Browser(server.url()).get("/worker.js");
		assertThat(worker.status()).isEqualTo(200);
		assertThat(worker.header("Content-Type")).startsWith("text/javascript");
		assertThat(worker.header("Cache-Control")).contains("no-cache");
		assertThat(worker.header("Content-Security-Policy")).contains("worker-src 'self'", "manifest-src 'self'");
		for (String file : List.of("manifest.json", "icon-192.png", "icon-512.png")) {
			assertThat(new Browser(server.url()).get("/assets/" + file).status()).as(file).isEqualTo(200);
		}
	}

	private Browser.Page submit(String path, Map<String, String> fields) {
		return this.alice.submit(this.alice.get(PAGE), PAGE + path, fields);
	}

	private static Browser.Page push(Browser browser, String endpoint, String before) {
		return browser.submit(browser.get(PAGE), PAGE + "/push", subscription(endpoint, before), Map.of("User-Agent",
				"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"));
	}

	private static Map<String, String> subscription(String endpoint, String before) {
		return Map.of("endpoint", ENDPOINT + endpoint, "p256dh", RECEIVER, "auth", SECRET, "key",
				server.bean(PushChannel.class).key(), "before", before);
	}

	private static Map<String, String> proof(Notification sent) {
		String[] parts = sent.link().getRawFragment().split(":");
		return Map.of("channel", parts[0], "address", URLDecoder.decode(parts[1], StandardCharsets.UTF_8), "code",
				parts[2]);
	}

	private static String audit(String event) {
		return server.admin().get("/audit?event=" + event).expect(200).body().toString();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestServer.Host.class)
	static class Host {

		@Bean
		RecordingChannel post() {
			return POST;
		}

		@Bean
		RecordingChannel chat() {
			return CHAT;
		}

	}

}
