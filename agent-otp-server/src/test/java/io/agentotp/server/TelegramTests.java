package io.agentotp.server;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import io.agentotp.server.ChatServer.Message;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.DeliveryException.Remedy;
import io.agentotp.server.notification.NotificationChannel;
import io.agentotp.server.notification.Notifications;
import io.agentotp.server.user.Address;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.user.Pairings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class TelegramTests {

	private static final String ALICE = "900001";

	private TelegramServer telegram;

	private TestServer server;

	private void start(boolean webhook, String... settings) {
		this.telegram = new TelegramServer(webhook);
		this.server = TestServer.start(Stream
			.of(Stream.of(this.telegram.settings()),
					Stream.of("agentotp.server.users.alice.addresses.telegram=" + ALICE), Stream.of(settings))
			.flatMap((each) -> each)
			.toArray(String[]::new));
	}

	@AfterEach
	void stop() {
		this.server.close();
		this.telegram.close();
	}

	private Message message(String id) {
		Await.until("the message is known",
				() -> this.server.jdbc()
					.sql("SELECT COUNT(*) FROM agentotp_notification WHERE permission_id = ? AND reference IS NOT NULL")
					.param(id)
					.query(Long.class)
					.single() > 0);
		return this.telegram.messages()
			.stream()
			.filter((message) -> message.permission().equals(id))
			.findFirst()
			.orElseThrow();
	}

	private NotificationChannel channel() {
		return this.server.server().context().getBean("telegramChannel", NotificationChannel.class);
	}

	@Test
	void webhookWhenSecretIsNotTheOneThenRefusedAndNothingDecided() {
		start(true);
		Await.until("Telegram knows the address", () -> !this.telegram.calls("setWebhook").isEmpty());
		ChatServer.Call set = this.telegram.calls("setWebhook").get(0);
		assertThat(set.body().path("url").stringValue()).isEqualTo("http://localhost:8080/agent-otp/channels/telegram");
		assertThat(set.body().path("secret_token").stringValue()).isEqualTo(TelegramServer.SECRET);
		assertThat(this.telegram.calls("getUpdates")).isEmpty();
		String id = this.server.mailer().pendingBound("mail.send");
		String update = Json.write(TelegramServer.pressed(ALICE, message(id), "a:" + id, UUID.randomUUID().toString()));
		for (String secret : new String[] { null, "", "x", TelegramServer.SECRET + "x",
				TelegramServer.SECRET.substring(1) }) {
			assertThat(TelegramServer.post(this.server, secret, update)).isEqualTo(401);
		}
		// What cannot be read is not read before the secret.
		assertThat(TelegramServer.post(this.server, "x", "{")).isEqualTo(401);
		assertThat(TelegramServer.post(this.server, TelegramServer.SECRET, "{")).isEqualTo(400);
		assertThat(this.telegram.calls("answerCallbackQuery")).isEmpty();
		assertThat(this.server.mailer().status(id)).isEqualTo("pending");
		assertThat(TelegramServer.post(this.server, TelegramServer.SECRET, update)).isEqualTo(200);
		Await.until("it is approved", () -> this.server.mailer().status(id).equals("approved"));
	}

	@Test
	void webhookWhenTelegramCannotReachTheServiceThenTheStartSaysSo() {
		start(false);
		String secret = "agentotp.server.notifications.telegram.webhook-secret=" + TelegramServer.SECRET;
		String token = "agentotp.server.notifications.telegram.bot-token=" + TelegramServer.TOKEN;
		for (String url : new String[] { "agentotp.server.test-keys=false",
				"agentotp.server.public-url=http://otp.example.org/a" }) {
			assertThatThrownBy(() -> TestServer.start(secret, token, url).close()).rootCause()
				.hasMessageContaining("agentotp.server.public-url")
				.hasMessageContaining("must be an https URL")
				.hasMessageNotContaining(TelegramServer.SECRET);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "x", "a:", "a:nothing", "d:11111111-2222-4333-8444-555555555555", "b:x" })
	void pressWhenDataIsNoneOfOursThenAnsweredAndNothingDecided(String data) {
		start(true);
		String id = this.server.mailer().pendingBound("mail.send");
		this.telegram.send(this.server, TelegramServer.pressed(ALICE, message(id), data, "odd-press"));
		Await.until("the phone stops waiting",
				() -> this.telegram.calls("answerCallbackQuery")
					.stream()
					.anyMatch((call) -> call.body().path("callback_query_id").stringValue().equals("odd-press")));
		assertThat(this.server.mailer().status(id)).isEqualTo("pending");
	}

	@Test
	void pressWhenInAGroupThenWhoPressesCountsAndNotTheGroup() {
		start(false, "agentotp.server.notifications.telegram.chats.ops=-100123",
				// Somebody who is named as the group is.
				"agentotp.server.users.bob.addresses.telegram=100123");
		String id = this.server.mailer().pendingBound("mail.send");
		Await.until("both are known",
				() -> this.server.jdbc()
					.sql("SELECT COUNT(*) FROM agentotp_notification WHERE permission_id = ? AND reference IS NOT NULL")
					.param(id)
					.query(Long.class)
					.single() == 2);
		Message group = this.telegram.messages()
			.stream()
			.filter((each) -> each.chat().equals("-100123"))
			.findFirst()
			.orElseThrow();
		this.telegram.press(this.server, "900099", group, "approve", id, UUID.randomUUID().toString());
		assertThat(this.telegram.toldTo("900099")).hasSize(1);
		assertThat(this.server.mailer().status(id)).isEqualTo("pending");
		this.telegram.press(this.server, ALICE, group, "approve", id, UUID.randomUUID().toString());
		assertThat(this.server.mailer().status(id)).isEqualTo("approved");
	}

	@Test
	void codeWhenSentByAPersonThenConnectedOnce() {
		start(false);
		Await.until("the bot is known", () -> channel().connectLink("x").isPresent());
		String code = this.server.bean(Pairings.class).code("auditor", "telegram", Actor.SYSTEM);
		assertThat(channel().connectLink(code).orElseThrow()).hasToString("https://t.me/tests_bot?start=" + code);
		// In a group others read it.
		this.telegram.write(this.server, "900007", "-100123", "/start " + code);
		this.telegram.write(this.server, "900007", "900007", "hello");
		this.telegram.write(this.server, "900007", "900007", "/start " + code);
		Addresses addresses = this.server.bean(Addresses.class);
		Await.until("connected", () -> addresses.find("telegram", "900007").isPresent());
		assertThat(addresses.find("telegram", "900007")).map(Address::user).contains("auditor");
		Await.until("told", () -> said("900007").size() == 1);
		// In the language of the account.
		assertThat(said("900007").get(0)).contains("verbunden", "auditor");
		this.telegram.write(this.server, "900008", "900008", "/start " + code);
		Await.until("told", () -> said("900008").size() == 1);
		assertThat(addresses.find("telegram", "900008")).isEmpty();
		assertThat(this.server.auditor().get("/audit?event=address_added").data().toString()).contains("900007");
	}

	@Test
	void codeWhenOldOrTriedOftenThenNotConnected() {
		start(false, "agentotp.server.limits.wrong-passwords-per-minute=3");
		String code = this.server.bean(Pairings.class).code("auditor", "telegram", Actor.SYSTEM);
		this.server.clock.move(Duration.ofMinutes(11));
		this.telegram.write(this.server, "900007", "900007", "/start " + code);
		for (int i = 0; i < 5; i++) {
			this.telegram.write(this.server, "900007", "900007", "/start guess-guess-guess-guess" + i);
		}
		Await.until("all are read", () -> this.telegram.confirmed() > 106);
		Await.until("told", () -> said("900007").size() == 3);
		String other = this.server.bean(Pairings.class).code("auditor", "telegram", Actor.SYSTEM);
		this.telegram.write(this.server, "900008", "900008", "/start " + other);
		Await.until("another account is not held up",
				() -> this.server.bean(Addresses.class).find("telegram", "900008").isPresent());
		assertThat(said("900007")).hasSize(3);
	}

	private List<String> said(String account) {
		return this.telegram.messages()
			.stream()
			.filter((each) -> each.chat().equals(account))
			.map(Message::text)
			.toList();
	}

	@Test
	void updatesWhenSeveralNodesThenOneAsksAndAnotherTakesOver() {
		this.telegram = new TelegramServer(false);
		this.server = TestServer.startNodes(TestDatabase.createPostgres(), 2,
				Stream
					.concat(Stream.of(this.telegram.settings()),
							Stream.of("agentotp.server.users.alice.addresses.telegram=" + ALICE))
					.toArray(String[]::new));
		Await.until("one asks", () -> !this.telegram.calls("getUpdates").isEmpty());
		Await.until("both know the bot", () -> this.telegram.calls("getMe").size() == 2);
		assertThat(this.telegram.calls("deleteWebhook")).hasSize(1);
		String id = this.server.mailer().pendingBound("mail.send");
		this.telegram.press(this.server, ALICE, message(id), "approve", id, UUID.randomUUID().toString());
		assertThat(this.server.mailer().status(id)).isEqualTo("approved");
		assertThat(this.server.jdbc().sql("SELECT COUNT(*) FROM agentotp_lease").query(Long.class).single()).isOne();
		// The one that has it is gone without a word.
		this.server.jdbc().sql("UPDATE agentotp_lease SET holder = 'gone'").update();
		this.server.clock.move(Duration.ofMinutes(2));
		Await.until("another one asks",
				() -> this.telegram.calls("deleteWebhook").size() >= 2 || this.server.jdbc()
					.sql("SELECT COUNT(*) FROM agentotp_lease WHERE holder <> 'gone'")
					.query(Long.class)
					.single() == 1);
	}

	@Test
	void updatesWhenTelegramFailsThenAdministratorsAreToldWithoutTheToken() {
		start(false);
		Await.until("connected", () -> channel().problem().isEmpty());
		for (int i = 0; i < 3; i++) {
			this.telegram.next("getUpdates", 409, "{\"ok\":false,\"error_code\":409,\"description\":\"Conflict\"}");
		}
		Await.until("told", () -> channel().problem().isPresent());
		assertThat(channel().problem().orElseThrow()).contains("Nobody can decide in Telegram", "409")
			.doesNotContain(TelegramServer.TOKEN);
	}

	@ParameterizedTest
	@CsvSource({ "403, Forbidden: bot was blocked by the user, FORGET_ADDRESS",
			"400, Bad Request: chat not found, FORGET_ADDRESS", "400, Bad Request: message is too long, GIVE_UP",
			"429, Too Many Requests, RETRY", "401, Unauthorized, RETRY", "404, Not Found, RETRY",
			"502, Bad Gateway, RETRY" })
	void sendWhenTelegramRefusesThenTheRightRemedyAndNoToken(int code, String description, Remedy remedy) {
		start(false);
		this.telegram.next("sendMessage", code, "{\"ok\":false,\"error_code\":" + code + ",\"description\":\""
				+ description + "\",\"parameters\":{\"retry_after\":7}}");
		DeliveryException failure = catchThrowableOfType(DeliveryException.class,
				() -> channel().send(Notifications.to("900001")));
		assertThat(failure.remedy()).isEqualTo(remedy);
		assertThat(failure.getMessage()).startsWith("Telegram refused sendMessage: " + code)
			.doesNotContain(TelegramServer.TOKEN);
		if (remedy == Remedy.RETRY) {
			assertThat(failure.after()).isEqualTo(Duration.ofSeconds(7));
		}
	}

	@Test
	void sendWhenTelegramIsNotThereThenRetriedWithoutTheToken() {
		start(true);
		this.telegram.close();
		DeliveryException failure = catchThrowableOfType(DeliveryException.class,
				() -> channel().send(Notifications.to("900001")));
		assertThat(failure.getMessage()).isEqualTo("Telegram was not reached: ConnectException");
	}

}
