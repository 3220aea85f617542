package io.agentotp.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

import io.agentotp.server.ChatServer.Message;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Presses of buttons in a chat: the same tests in each.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ChatPressTests {

	private static final String POLICIES = """
			policies:
			  - name: payments
			    action: require_approval
			    conditions: { action: { equals: pay } }
			    approvers: { people: [alice, dave] }
			  - name: signed
			    action: require_approval
			    conditions: { action: { equals: sign.it } }
			    stepUp: passkey
			  - name: again
			    action: require_approval
			    conditions: { action: { equals: sign.in } }
			    stepUp: fresh
			actions:
			  - action: wipe
			    risk: high
			""";

	/**
	 * Alice, bob who owns the agent, carol whom the policy does not name, dave, admin.
	 */
	private static final List<String> PEOPLE = List.of("alice", "bob", "carol", "dave", "admin", "erin");

	private ChatServer chat;

	private TestServer server;

	abstract ChatServer chat();

	/**
	 * Which quarter of all presses is tried, from 0 to 3.
	 */
	abstract int quarter();

	@BeforeAll
	void start() {
		this.chat = chat();
		List<String> settings = new ArrayList<>(List.of(this.chat.settings()));
		settings.add(TestServer.policies(POLICIES));
		for (String user : List.of("carol", "dave")) {
			settings.add("agentotp.server.users." + user + ".api-key=uk_" + user + "-0123456789abcdefghijklmn");
		}
		PEOPLE.stream()
			.filter((user) -> !user.equals("erin"))
			.forEach((user) -> settings
				.add("agentotp.server.users." + user + ".addresses." + this.chat.channel() + "=" + account(user)));
		settings.add("agentotp.server.users.dave.language=de");
		this.server = TestServer.start(settings.toArray(String[]::new));
		this.server.admin().post("/users", "{\"name\":\"erin\",\"roles\":[\"approver\"]}").expect(201);
		this.server.admin()
			.post("/users/erin/addresses",
					"{\"channel\":\"" + this.chat.channel() + "\",\"address\":\"" + account("erin") + "\"}")
			.expect(201);
	}

	@AfterAll
	void stop() {
		this.server.close();
		this.chat.close();
	}

	@BeforeEach
	void forget() {
		this.chat.forget();
	}

	private String account(String user) {
		return this.chat.account(PEOPLE.indexOf(user) + 1);
	}

	private Message messageTo(String user, String id) {
		String to = this.chat.chatOf(account(user));
		Await.until(user + " is told", () -> message(to, id) != null);
		Message message = message(to, id);
		// The chat has it a moment before the service knows that.
		Await.until("the message is known",
				() -> this.server.jdbc()
					.sql("SELECT COUNT(*) FROM agentotp_notification WHERE permission_id = ? AND reference LIKE ?")
					.params(id, message.chat() + ":" + message.id() + "%")
					.query(Long.class)
					.single() > 0);
		return message(to, id);
	}

	private Message message(String chat, String id) {
		return this.chat.messages()
			.stream()
			.filter((message) -> message.chat().equals(chat) && message.permission().equals(id))
			.findFirst()
			.orElse(null);
	}

	private void press(String user, Message message, String answer, String id) {
		this.chat.press(this.server, account(user), message, answer, id, UUID.randomUUID().toString());
	}

	private String ask(String action) {
		return this.server.mailer()
			.post("/permissions/request",
					Calls.bound("{\"action\":\"" + action + "\",\"resource\":\"x:" + UUID.randomUUID()
							+ "\",\"scope\":{\"max_uses\":1},\"context\":{\"reason\":\"Because\"},"
							+ "\"call\":{\"target\":{\"tool\":\"send\"},\"arguments\":[]}}"))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	private String status(String id) {
		return this.server.mailer().status(id);
	}

	private void buttonsGo(String user, String id) {
		Await.until("the buttons are gone", () -> messageTo(user, id).buttons().isEmpty());
	}

	@Test
	void pressWhenApproverThenDecidesAndAllMessagesSaySo() {
		String id = ask("mail.send");
		Message message = messageTo("alice", id);
		assertThat(message.buttons()).containsExactly("approve", "deny");
		assertThat(messageTo("dave", id).text()).contains("Eine Anfrage wartet");
		press("alice", message, "approve", id);
		Await.until("it is approved", () -> status(id).equals("approved"));
		assertThat(this.server.mailer().use(id, this.server.mailer().token(id)).status()).isEqualTo(200);
		buttonsGo("alice", id);
		buttonsGo("dave", id);
		assertThat(messageTo("alice", id).text()).contains("Approved by alice");
		assertThat(messageTo("dave", id).text()).contains("Genehmigt von alice");
		JsonNode row = this.server.auditor()
			.get("/audit?permissionId=" + id + "&event=approved")
			.expect(200)
			.data()
			.path(0);
		assertThat(row.path("actor").stringValue()).isEqualTo("user:alice");
		assertThat(row.path("details").path("chat").path("channel").stringValue()).isEqualTo(this.chat.channel());
		assertThat(row.path("details").path("chat").path("address").stringValue()).isEqualTo(account("alice"));
		assertThat(row.path("details").path("chat").path("message").stringValue())
			.startsWith(message.chat() + ":" + message.id());
		// Others do not learn where.
		assertThat(this.server.bob().get("/audit?permissionId=" + id + "&event=approved").expect(200).data().toString())
			.contains("user:alice")
			.doesNotContain("\"chat\"", account("alice"));
		assertThat(this.server.auditor().get("/audit/verify").expect(200).data().path("problems")).isEmpty();
	}

	@Test
	void pressWhenDeniedThenTokenNeverComes() {
		String id = ask("mail.send");
		press("alice", messageTo("alice", id), "deny", id);
		Await.until("it is denied", () -> status(id).equals("denied"));
		assertThat(this.server.mailer().get("/permissions/" + id).data().has("token")).isFalse();
		buttonsGo("alice", id);
		assertThat(messageTo("alice", id).text()).contains("Denied by alice");
	}

	@Test
	void pressWhenNotOneOfThoseWhoMayThenOnlyTheyAreToldAndItStillWaits() {
		for (String who : List.of("bob", "admin", "stranger", "carol")) {
			String id = ask(who.equals("carol") ? "pay" : "mail.send");
			Message message = messageTo("alice", id);
			String account = who.equals("stranger") ? this.chat.account(9) : account(who);
			for (String answer : List.of("approve", "deny")) {
				int before = this.chat.toldTo(account).size();
				this.chat.press(this.server, account, message, answer, id, UUID.randomUUID().toString());
				Await.until(who + " is told why", () -> this.chat.toldTo(account).size() > before);
			}
			assertThat(status(id)).as(who).isEqualTo("pending");
			assertThat(messageTo("alice", id).buttons()).isNotEmpty();
			assertThat(Stream.of("alice", "dave").map(this::account).map(this.chat::toldTo)).allMatch(List::isEmpty);
			if (who.equals("carol")) {
				assertThat(this.chat.messages())
					.noneMatch((each) -> each.permission().equals(id) && each.chat().equals(this.chat.chatOf(account)));
			}
		}
	}

	/**
	 * Each state of a request, each person, each answer, each message: the ways into the
	 * chats share the work, for all of them lead to the same decision.
	 */
	@Test
	void pressWhenAnyStatePersonAnswerAndMessageThenOnlyWhatMayDecides() {
		pressAll((quarter) -> quarter == quarter());
	}

	@Tag("slow")
	@Test
	void pressWhenAnyOfTheOthersThenOnlyWhatMayDecides() {
		pressAll((quarter) -> quarter != quarter());
	}

	private void pressAll(IntPredicate tried) {
		Map<String, Consumer<String>> states = new LinkedHashMap<>();
		states.put("pending", (id) -> {
		});
		states.put("approved", (id) -> this.server.alice().decide(id, true).expect(200));
		states.put("denied", (id) -> this.server.alice().decide(id, false).expect(200));
		states.put("revoked", (id) -> this.server.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200));
		int count = 0;
		for (String action : List.of("mail.send", "pay", "wipe", "sign.it", "sign.in")) {
			for (Map.Entry<String, Consumer<String>> state : states.entrySet()) {
				if (action.startsWith("sign.") && state.getKey().equals("approved")) {
					// Not by a key alone.
					continue;
				}
				for (String who : List.of("alice", "bob", "carol", "dave", "admin", "stranger")) {
					for (String answer : List.of("approve", "deny")) {
						for (boolean own : List.of(true, false)) {
							// Another one for each state, so each quarter has each
							// person and each answer for each action.
							int pair = count++ / 2;
							if (tried.test((pair + pair / 12) % 4)) {
								pressed(action, state.getKey(), state.getValue(), who, answer, own);
							}
						}
					}
				}
			}
		}
	}

	private void pressed(String action, String state, Consumer<String> change, String who, String answer, boolean own) {
		String id = ask(action);
		boolean told = List.of("alice", "dave").contains(who) || (who.equals("carol") && !action.equals("pay"));
		Message message = messageTo(told ? who : "alice", id);
		change.accept(id);
		Message pressed = own ? message : new Message(message.chat(), "1" + message.id(), "", List.of(), false, id);
		String account = who.equals("stranger") ? this.chat.account(9) : account(who);
		int before = this.chat.toldTo(account).size();
		this.chat.press(this.server, account, pressed, answer, id, UUID.randomUUID().toString());
		String what = action + " " + state + " " + who + " " + answer + " " + own;
		if (told && own && state.equals("pending") && List.of("mail.send", "pay").contains(action)) {
			Await.until(what, () -> !status(id).equals("pending"));
			assertThat(status(id)).as(what).isEqualTo(answer.equals("approve") ? "approved" : "denied");
		}
		else {
			Await.until(what + " is told", () -> this.chat.toldTo(account).size() > before);
			assertThat(status(id)).as(what).isEqualTo(state);
			if (state.equals("approved") && told) {
				assertThat(this.chat.toldTo(account).get(before)).as(what).contains("alice");
			}
		}
		if (status(id).equals("pending")) {
			this.server.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200);
		}
	}

	@Test
	void pressWhenSentAgainThenDecidesNothing() {
		String id = ask("mail.send");
		Message message = messageTo("erin", id);
		String press = UUID.randomUUID().toString();
		this.server.admin().send("PATCH", "/users/erin", "{\"roles\":[\"auditor\"]}").expect(200);
		this.chat.press(this.server, account("erin"), message, "approve", id, press);
		Await.until("she is told", () -> !this.chat.toldTo(account("erin")).isEmpty());
		assertThat(status(id)).isEqualTo("pending");
		this.server.admin().send("PATCH", "/users/erin", "{\"roles\":[\"approver\"]}").expect(200);
		this.chat.press(this.server, account("erin"), message, "approve", id, press);
		Await.until("she is told again", () -> this.chat.toldTo(account("erin")).size() > 1);
		assertThat(status(id)).isEqualTo("pending");
		press("erin", message, "approve", id);
		Await.until("another press decides", () -> status(id).equals("approved"));
	}

	@Test
	void pressWhenAddressWasRemovedThenRefusedAtOnce() {
		String id = ask("mail.send");
		Message message = messageTo("erin", id);
		String address = this.server.admin()
			.get("/users/erin")
			.data()
			.path("addresses")
			.path(0)
			.path("id")
			.stringValue();
		this.server.admin().send("DELETE", "/users/erin/addresses/" + address, "{}").expect(200);
		press("erin", message, "approve", id);
		Await.until("she is told", () -> !this.chat.toldTo(account("erin")).isEmpty());
		assertThat(status(id)).isEqualTo("pending");
		this.server.admin()
			.post("/users/erin/addresses",
					"{\"channel\":\"" + this.chat.channel() + "\",\"address\":\"" + account("erin") + "\"}")
			.expect(201);
	}

	@Test
	void pressWhenTwoAtTheSameMomentThenOneDecides() throws Exception {
		for (int i = 0; i < 10; i++) {
			String id = ask("mail.send");
			Message first = messageTo("alice", id);
			Message second = messageTo("dave", id);
			AtOnce.run(2, (number) -> {
				press((number == 0) ? "alice" : "dave", (number == 0) ? first : second,
						(number == 0) ? "approve" : "deny", id);
				return number;
			});
			Await.until("it is decided", () -> !status(id).equals("pending"));
			String late = status(id).equals("approved") ? "dave" : "alice";
			Await.until("the other one is told",
					() -> this.chat.toldTo(account(late))
						.stream()
						.anyMatch((text) -> text.contains(late.equals("dave") ? "alice" : "dave")));
			assertThat(this.server.auditor()
				.get("/audit?permissionId=" + id)
				.data()
				.findValuesAsString("event")
				.stream()
				.filter((event) -> event.equals("approved") || event.equals("denied"))).hasSize(1);
			this.chat.forget();
		}
	}

	@Test
	void endWhenByWhateverWayThenButtonsGo() {
		Map<String, Consumer<String>> ends = new LinkedHashMap<>();
		ends.put("Approved by dave",
				(id) -> new Api(this.server.url(), "uk_dave-0123456789abcdefghijklmn").decide(id, true));
		ends.put("Denied by alice", (id) -> {
			Browser browser = new Browser(this.server.url()).signedIn("alice");
			browser.submit(browser.get("/approvals/" + id), "/approvals/" + id, Map.of("decision", "deny"));
		});
		ends.put("ended before anybody decided",
				(id) -> this.server.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200));
		ends.put("The request ended", (id) -> {
			this.server.admin().post("/agents/mailer/freeze", "{\"reason\":\"x\"}").expect(200);
			this.server.admin().post("/agents/mailer/unfreeze", "{}").expect(200);
		});
		ends.put("nobody decided in time", (id) -> this.server.clock.move(Duration.ofMinutes(11)));
		ends.forEach((text, end) -> {
			String id = ask("mail.send");
			Message message = messageTo("alice", id);
			assertThat(message.buttons()).isNotEmpty();
			end.accept(id);
			buttonsGo("alice", id);
			assertThat(messageTo("alice", id).text()).contains(text);
			assertThat(messageTo("alice", id).edited()).isTrue();
		});
	}

}
