package io.agentotp.server;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import com.slack.api.app_backend.SlackSignature;
import io.agentotp.server.ChatServer.Message;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.DeliveryException.Remedy;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.NotificationChannel;
import io.agentotp.server.notification.Notifications;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class SlackTests {

	private static final String ALICE = "agentotp.server.users.alice.addresses.slack=U00000001";

	private SlackServer slack;

	private TestServer server;

	private void start(boolean socketMode, String... settings) {
		this.slack = new SlackServer(socketMode);
		this.server = TestServer
			.start(Stream.of(Stream.of(this.slack.settings()), Stream.of(ALICE), Stream.of(settings))
				.flatMap((each) -> each)
				.toArray(String[]::new));
	}

	@AfterEach
	void stop() {
		this.server.close();
		this.slack.close();
	}

	private Message message(String id) {
		Await.until("the message is known",
				() -> this.server.jdbc()
					.sql("SELECT COUNT(*) FROM agentotp_notification WHERE permission_id = ? AND reference IS NOT NULL")
					.param(id)
					.query(Long.class)
					.single() > 0);
		return this.slack.messages()
			.stream()
			.filter((message) -> message.permission().equals(id))
			.findFirst()
			.orElseThrow();
	}

	private String body(String id, String press) {
		return "payload="
				+ URLEncoder.encode(Json.write(SlackServer.payload("U00000001", message(id), "approve", id, press)),
						StandardCharsets.UTF_8);
	}

	private static String sign(String secret, String time, String body) {
		return new SlackSignature.Generator(secret).generate(time, body);
	}

	@Test
	void requestWhenNotSignedBySlackNowThenRefusedAndNothingDecided() {
		start(false);
		String id = this.server.mailer().pendingBound("mail.send");
		String body = body(id, UUID.randomUUID().toString());
		Instant now = this.server.clock.instant();
		String time = String.valueOf(now.getEpochSecond());
		String good = sign(SlackServer.SIGNING_SECRET, time, body);
		assertThat(SlackServer.post(this.server, body, null, good)).isEqualTo(401);
		assertThat(SlackServer.post(this.server, body, time, null)).isEqualTo(401);
		assertThat(SlackServer.post(this.server, body, time, good.substring(3))).isEqualTo(401);
		assertThat(SlackServer.post(this.server, body, time, good.toUpperCase(Locale.ROOT))).isEqualTo(401);
		assertThat(SlackServer.post(this.server, body, time, "v0=")).isEqualTo(401);
		assertThat(SlackServer.post(this.server, body + " ", time, good)).isEqualTo(401);
		assertThat(SlackServer.post(this.server, body.replace("U00000001", "U00000002"), time, good)).isEqualTo(401);
		assertThat(SlackServer.post(this.server, body, time, sign("another-secret-0123456789", time, body)))
			.isEqualTo(401);
		assertThat(SlackServer.post(this.server, body, "+" + time, good)).isEqualTo(401);
		assertThat(SlackServer.post(this.server, body, "9".repeat(30), good)).isEqualTo(401);
		for (Duration off : new Duration[] { Duration.ofSeconds(301), Duration.ofSeconds(-301),
				Duration.ofDays(-400) }) {
			String stamp = String.valueOf(now.plus(off).getEpochSecond());
			assertThat(SlackServer.post(this.server, body, stamp, sign(SlackServer.SIGNING_SECRET, stamp, body)))
				.as(off.toString())
				.isEqualTo(401);
		}
		// What cannot be read is not read before its signature.
		assertThat(SlackServer.post(this.server, "payload=%7B", time, good)).isEqualTo(401);
		assertThat(SlackServer.post(this.server, "payload=%7B", time,
				sign(SlackServer.SIGNING_SECRET, time, "payload=%7B")))
			.isEqualTo(400);
		assertThat(this.server.mailer().status(id)).isEqualTo("pending");
		assertThat(this.slack.calls("chat.postEphemeral")).isEmpty();
		String edge = String.valueOf(now.minusSeconds(299).getEpochSecond());
		assertThat(SlackServer.post(this.server, body, edge, sign(SlackServer.SIGNING_SECRET, edge, body)))
			.isEqualTo(200);
		Await.until("it is approved", () -> this.server.mailer().status(id).equals("approved"));
	}

	@Test
	void requestWhenSentAgainWithinItsTimeThenDecidesNothing() {
		start(false);
		String first = this.server.mailer().pendingBound("mail.send");
		String second = this.server.mailer().pendingBound("mail.send");
		String press = UUID.randomUUID().toString();
		String time = String.valueOf(this.server.clock.instant().getEpochSecond());
		for (String id : new String[] { first, second }) {
			String body = body(id, press);
			assertThat(SlackServer.post(this.server, body, time, sign(SlackServer.SIGNING_SECRET, time, body)))
				.isEqualTo(200);
			Await.until("the first one is approved", () -> this.server.mailer().status(first).equals("approved"));
		}
		Await.until("the second one is refused", () -> !this.slack.toldTo("U00000001").isEmpty());
		assertThat(this.server.mailer().status(second)).isEqualTo("pending");
	}

	@ParameterizedTest
	@ValueSource(strings = { "{}", "[]", "null", "{\"type\":\"view_submission\"}",
			"{\"type\":\"block_actions\",\"actions\":[]}", "{\"type\":\"block_actions\",\"actions\":{}}",
			"{\"type\":1}" })
	void requestWhenNoPressThenAcknowledgedOnly(String payload) {
		start(false);
		String body = "payload=" + URLEncoder.encode(payload, StandardCharsets.UTF_8);
		String time = String.valueOf(this.server.clock.instant().getEpochSecond());
		assertThat(SlackServer.post(this.server, body, time, sign(SlackServer.SIGNING_SECRET, time, body)))
			.isEqualTo(200);
		assertThat(SlackServer.post(this.server, "ssl_check=1", time,
				sign(SlackServer.SIGNING_SECRET, time, "ssl_check=1")))
			.isEqualTo(200);
	}

	@Test
	void pressWhenBlockOrValueIsOfAnotherRequestThenDecidesNothing() {
		start(false);
		String shown = this.server.mailer().pendingBound("mail.send");
		String other = this.server.mailer().pendingBound("mail.send");
		Message message = message(shown);
		// In the message of one request, the id of another.
		this.slack.press(this.server, "U00000001", message, "approve", other, UUID.randomUUID().toString());
		Await.until("she is told", () -> !this.slack.toldTo("U00000001").isEmpty());
		assertThat(this.server.mailer().status(shown)).isEqualTo("pending");
		assertThat(this.server.mailer().status(other)).isEqualTo("pending");
	}

	@Test
	void channelWhenApproverPressesThereThenDecidesAndOthersDoNot() {
		start(false, "agentotp.server.notifications.slack.channels.ops=C0123456789");
		String id = this.server.mailer().pendingBound("mail.send");
		Await.until("the channel is told",
				() -> this.slack.messages().stream().anyMatch((each) -> each.chat().equals("C0123456789")));
		Await.until("both are known",
				() -> this.server.jdbc()
					.sql("SELECT COUNT(*) FROM agentotp_notification WHERE permission_id = ? AND reference IS NOT NULL")
					.param(id)
					.query(Long.class)
					.single() == 2);
		Message room = this.slack.messages()
			.stream()
			.filter((each) -> each.chat().equals("C0123456789"))
			.findFirst()
			.orElseThrow();
		this.slack.press(this.server, "U00000099", room, "approve", id, UUID.randomUUID().toString());
		Await.until("the stranger is told", () -> !this.slack.toldTo("U00000099").isEmpty());
		assertThat(this.server.mailer().status(id)).isEqualTo("pending");
		this.slack.press(this.server, "U00000001", room, "deny", id, UUID.randomUUID().toString());
		Await.until("it is denied", () -> this.server.mailer().status(id).equals("denied"));
		Await.until("no message has buttons",
				() -> this.slack.messages().stream().allMatch((each) -> each.buttons().isEmpty()));
	}

	@Test
	void strangerWhenPressesOftenThenNotLookedAtAnyMore() {
		start(false, "agentotp.server.limits.wrong-passwords-per-minute=3");
		String id = this.server.mailer().pendingBound("mail.send");
		Message message = message(id);
		for (int i = 1; i <= 6; i++) {
			int count = i;
			this.slack.press(this.server, "U00000099", message, "approve", id, UUID.randomUUID().toString());
			Await.until("the stranger is told", () -> this.slack.toldTo("U00000099").size() == count);
		}
		assertThat(this.slack.toldTo("U00000099").subList(0, 3)).allMatch((text) -> text.contains("not connected"));
		assertThat(this.slack.toldTo("U00000099").subList(3, 6)).allMatch((text) -> text.contains("Too many"));
		assertThat(this.server.mailer().status(id)).isEqualTo("pending");
	}

	@ParameterizedTest
	@ValueSource(strings = { "drop", "{\"type\":\"disconnect\",\"reason\":\"refresh_requested\"}",
			"{\"type\":\"disconnect\",\"reason\":\"warning\"}" })
	void socketWhenItEndsThenOpenedAgainAndPressesCount(String end) {
		start(true);
		String id = this.server.mailer().pendingBound("mail.send");
		Message message = message(id);
		Await.until("connected", () -> this.slack.connections() == 1);
		int before = this.slack.calls("apps.connections.open").size();
		if (end.equals("drop")) {
			this.slack.drop();
		}
		else {
			this.slack.say(end);
		}
		Await.until("opened again",
				() -> this.slack.calls("apps.connections.open").size() > before && this.slack.connections() > 0);
		this.slack.press(this.server, "U00000001", message, "approve", id, UUID.randomUUID().toString());
		Await.until("it is approved", () -> this.server.mailer().status(id).equals("approved"));
	}

	@Test
	void socketWhenSwitchedOffThenAdministratorsAreToldAndMessagesAreStillSent() {
		start(true);
		NotificationChannel channel = channel();
		Await.until("connected", () -> channel.problem().isEmpty());
		for (int i = 0; i < 3; i++) {
			this.slack.next("apps.connections.open", 200, "{\"ok\":false,\"error\":\"invalid_auth\"}");
		}
		this.slack.drop();
		Await.until("it is told", () -> channel.problem().isPresent());
		Await.until("why", () -> channel.problem().orElseThrow().contains("invalid_auth"));
		assertThat(channel.problem().orElseThrow()).contains("Nobody can decide in Slack")
			.doesNotContain("ticket", SlackServer.APP_TOKEN);
		assertThat(message(this.server.mailer().pendingBound("mail.send")).buttons()).isNotEmpty();
	}

	@Test
	void socketWhenSaysWhatNobodyKnowsThenStaysOpen() {
		start(true);
		Await.until("connected", () -> this.slack.connections() == 1);
		for (String odd : new String[] { "no json", "{\"type\":\"hello\"",
				"{\"type\":\"new_thing\",\"envelope_id\":\"e1\"}", "{\"type\":\"interactive\",\"envelope_id\":\"e2\"}",
				"{}" }) {
			this.slack.say(odd);
		}
		String id = this.server.mailer().pendingBound("mail.send");
		this.slack.press(this.server, "U00000001", message(id), "approve", id, UUID.randomUUID().toString());
		Await.until("it is approved", () -> this.server.mailer().status(id).equals("approved"));
		assertThat(this.slack.calls("apps.connections.open")).hasSize(1);
	}

	@Test
	void socketWhenMuchIsSaidAtOnceThenEachIsAcknowledgedOnOneConnection() {
		start(true);
		Await.until("connected", () -> this.slack.connections() == 1);
		List<String> envelopes = IntStream.range(0, 200).mapToObj((i) -> "burst-" + i).toList();
		this.slack.say(envelopes.stream()
			.map((id) -> "{\"type\":\"new_thing\",\"envelope_id\":\"" + id + "\"}")
			.toArray(String[]::new));
		Await.until("all are acknowledged", () -> this.slack.acknowledged(envelopes));
		assertThat(this.slack.calls("apps.connections.open")).hasSize(1);
	}

	private NotificationChannel channel() {
		return this.server.server().context().getBean("slackChannel", NotificationChannel.class);
	}

	@ParameterizedTest
	@CsvSource({ "200, channel_not_found, FORGET_ADDRESS", "200, is_archived, FORGET_ADDRESS",
			"200, user_disabled, FORGET_ADDRESS", "200, invalid_blocks, GIVE_UP", "200, msg_too_long, GIVE_UP",
			"200, ratelimited, RETRY", "429, ratelimited, RETRY", "200, invalid_auth, RETRY", "500, x, RETRY",
			"200, fatal_error, RETRY", "200, xoxb-in-the-error!, RETRY" })
	void sendWhenSlackRefusesThenTheRightRemedyAndNoSecret(int status, String error, Remedy remedy) {
		start(false);
		Notification notification = Notifications.of(Kind.PENDING, Notifications.request(), null);
		this.slack.next("chat.postMessage", status, "{\"ok\":false,\"error\":\"" + error + "\"}", "Retry-After", "7");
		DeliveryException failure = catchThrowableOfType(DeliveryException.class, () -> channel().send(notification));
		assertThat(failure.remedy()).isEqualTo(remedy);
		assertThat(failure.getMessage()).startsWith("Slack").doesNotContain("xoxb");
		if (error.equals("invalid_auth")) {
			assertThat(failure.getMessage()).contains("The bot-token is not good");
		}
		if (remedy == Remedy.RETRY) {
			assertThat(failure.after()).isEqualTo(Duration.ofSeconds(7));
		}
		assertThat(this.slack.calls("chat.postMessage").get(0).authorization())
			.isEqualTo("Bearer " + SlackServer.BOT_TOKEN);
	}

	@Test
	void sendWhenSlackIsNotThereThenRetriedWithoutItsAddress() {
		start(false);
		this.slack.close();
		DeliveryException failure = catchThrowableOfType(DeliveryException.class,
				() -> channel().send(Notifications.of(Kind.PENDING, Notifications.request(), null)));
		assertThat(failure.remedy()).isEqualTo(Remedy.RETRY);
		assertThat(failure.getMessage()).isEqualTo("Slack was not reached: ConnectException");
	}

	@Test
	void routeWhenTheServiceRunsAloneThenAtItsRoot(@TempDir Path directory) {
		this.slack = new SlackServer(false);
		this.server = TestServer.startAlone(directory,
				Stream.concat(Stream.of(this.slack.settings()), Stream.of(ALICE)).toArray(String[]::new));
		assertThat(this.server.url()).endsWith(String.valueOf(this.server.port()));
		String id = this.server.mailer().pendingBound("mail.send");
		this.slack.press(this.server, "U00000001", message(id), "approve", id, UUID.randomUUID().toString());
		Await.until("it is approved", () -> this.server.mailer().status(id).equals("approved"));
	}

	@Test
	void manifestWhenReadThenNamesWhatTheServiceUses() throws Exception {
		start(false);
		String page = Files.readString(Path.of("../docs/notifications.md"));
		String block = page.substring(page.indexOf("```yml\n") + 7, page.indexOf("```\n", page.indexOf("```yml\n")));
		JsonNode manifest = new YAMLMapper().readTree(block);
		assertThat(manifest.path("oauth_config").path("scopes").path("bot").path(0).stringValue())
			.isEqualTo("chat:write");
		assertThat(manifest.path("settings").path("interactivity").path("is_enabled").booleanValue()).isTrue();
		assertThat(manifest.path("settings").path("socket_mode_enabled").booleanValue()).isTrue();
		assertThat(manifest.path("features").path("bot_user").path("display_name").stringValue()).isNotEmpty();
	}

	@Test
	void routeWhenAnotherMethodPathOrABrowserThenNothingThere() throws Exception {
		start(false);
		HttpClient client = HttpClient.newHttpClient();
		for (String path : new String[] { "/channels/slack", "/channels", "/channels/", "/channels/telegram",
				"/channels/x" }) {
			HttpRequest get = HttpRequest.newBuilder(URI.create(this.server.url() + path)).build();
			assertThat(client.send(get, HttpResponse.BodyHandlers.ofString()).statusCode()).as(path)
				.isBetween(302, 405);
		}
		HttpRequest post = HttpRequest.newBuilder(URI.create(this.server.url() + "/channels/telegram"))
			.POST(HttpRequest.BodyPublishers.ofString("{}"))
			.build();
		assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(404);
		// Also with the key of an administrator, or from another site.
		HttpRequest key = HttpRequest.newBuilder(URI.create(this.server.url() + "/channels/slack"))
			.header("Authorization", "Bearer " + TestServer.ADMIN_KEY)
			.header("Origin", "https://evil.example")
			.POST(HttpRequest.BodyPublishers.ofString("payload=%7B%7D"))
			.build();
		HttpResponse<String> answer = client.send(key, HttpResponse.BodyHandlers.ofString());
		assertThat(answer.statusCode()).isEqualTo(401);
		assertThat(answer.headers().allValues("Set-Cookie")).isEmpty();
		assertThat(answer.body()).isEmpty();
	}

}
