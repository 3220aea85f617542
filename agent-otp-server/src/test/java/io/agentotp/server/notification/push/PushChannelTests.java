package io.agentotp.server.notification.push;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.config.PushSettings;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.DeliveryException.Remedy;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class PushChannelTests {

	private static final Instant NOW = Instant.parse("2030-01-01T10:00:00Z");

	private static final String ID = "0b0e7c9a-5d0b-4a53-9d0c-2f1f6a3b7c11";

	private static final PushReceiver RECEIVER = new PushReceiver();

	private final BlockingQueue<Sent> sent = new LinkedBlockingQueue<>();

	private final Map<String, String> answer = new TreeMap<>();

	private int status = 201;

	private HttpServer service;

	private PushKeys keys;

	private PushChannel channel;

	@BeforeEach
	void start() throws IOException {
		this.service = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
		this.service.createContext("/", (exchange) -> {
			this.sent.add(new Sent(exchange.getRequestHeaders(), exchange.getRequestBody().readAllBytes()));
			this.answer.forEach(exchange.getResponseHeaders()::set);
			exchange.sendResponseHeaders(this.status, -1);
			exchange.close();
		});
		this.service.start();
		this.keys = new PushKeys(List.of(PushKey.ofSeed(new byte[] { 2 }), PushKey.ofSeed(new byte[] { 1 })));
		this.channel = new PushChannel(new PushSettings("mailto:ops@example.com", List.of(URI.create(origin()))),
				this.keys, () -> NOW);
	}

	@AfterEach
	void stop() {
		this.service.stop(0);
	}

	@Test
	void sendWhenTakenThenSignedForItsServiceAndReadByItsBrowserOnly() throws Exception {
		assertThat(this.channel.send(pending(Locale.GERMAN))).isEmpty();
		Sent message = this.sent.take();
		assertThat(message.header("TTL")).isEqualTo("600");
		assertThat(message.header("Urgency")).isEqualTo("high");
		assertThat(message.header("Content-Encoding")).isEqualTo("aes128gcm");
		assertThat(message.header("Topic")).isEqualTo(ID.replace("-", ""));
		String[] vapid = message.header("Authorization").split("vapid t=|, k=");
		assertThat(vapid[2]).isEqualTo(this.channel.key());
		String[] jwt = vapid[1].split("\\.");
		JsonNode claims = Json.read(Base64.getUrlDecoder().decode(jwt[1]));
		assertThat(claims.path("aud").stringValue()).isEqualTo(origin());
		assertThat(claims.path("sub").stringValue()).isEqualTo("mailto:ops@example.com");
		assertThat(claims.path("exp").longValue()).isBetween(NOW.getEpochSecond(), NOW.getEpochSecond() + 86_400);
		Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
		signature.initVerify(PushKey.read(Base64.getUrlDecoder().decode(vapid[2])));
		signature.update((jwt[0] + "." + jwt[1]).getBytes(StandardCharsets.US_ASCII));
		assertThat(signature.verify(Base64.getUrlDecoder().decode(jwt[2]))).isTrue();
		assertThat(RECEIVER.decrypt(message.body())).isEqualTo(Json.object()
			.put("title", "Eine Anfrage wartet auf eine Entscheidung")
			.put("text", "Ansehen und entscheiden")
			.put("permission", ID));
	}

	@Test
	void sendWhenRequestSaysMuchThenNothingOfItLeaves() throws Exception {
		this.channel.send(pending(Locale.ENGLISH));
		assertThat(RECEIVER.decrypt(this.sent.take().body()).toString()).doesNotContain("billing", "refund", "secret",
				"anna");
	}

	@Test
	void sendWhenSubscribedWithAnOlderKeyThenSignedWithThat() throws Exception {
		String older = PushKey.ofSeed(new byte[] { 1 }).text();
		this.channel.send(notification(Kind.PENDING, endpoint(), secrets(older), Locale.ENGLISH, NOW.plusSeconds(60)));
		assertThat(this.sent.take().header("Authorization")).endsWith(", k=" + older);
	}

	@Test
	void sendWhenTestThenWithoutTopicAndRequest() throws Exception {
		this.channel.send(new Notification("n", Kind.TEST, to(endpoint(), secrets(this.channel.key()), Locale.ENGLISH),
				null, null, URI.create("https://otp.example.com/"), Set.of()));
		Sent message = this.sent.take();
		assertThat(message.header("Topic")).isNull();
		assertThat(RECEIVER.decrypt(message.body()).path("permission").isNull()).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "404,FORGET_ADDRESS", "410,FORGET_ADDRESS", "400,GIVE_UP", "401,GIVE_UP", "403,GIVE_UP", "413,GIVE_UP",
			"301,GIVE_UP", "307,GIVE_UP", "429,RETRY", "500,RETRY", "503,RETRY" })
	void sendWhenNotTakenThenRemedyOfTheStatus(int answered, Remedy remedy) {
		this.status = answered;
		this.answer.put("Location", origin() + "/elsewhere");
		DeliveryException failure = failure(pending(Locale.ENGLISH));
		assertThat(failure.remedy()).isEqualTo(remedy);
		assertThat(failure).hasMessageNotContaining("localhost");
		assertThat(this.sent).hasSize(1);
	}

	@Test
	void sendWhenServiceWantsToBeLeftAloneThenSaysHowLong() {
		this.status = 429;
		this.answer.put("Retry-After", "120");
		assertThat(failure(pending(Locale.ENGLISH)).after()).isEqualTo(Duration.ofSeconds(120));
		this.answer.put("Retry-After", "Wed, 01 Jan 2030 10:02:00 GMT");
		assertThat(failure(pending(Locale.ENGLISH)).after()).isNull();
	}

	@Test
	void sendWhenServiceIsNotThereThenRetry() {
		Notification notification = pending(Locale.ENGLISH);
		this.service.stop(0);
		assertThat(failure(notification).remedy()).isEqualTo(Remedy.RETRY);
	}

	@Test
	void sendWhenNobodyCanDecideAnyMoreThenNotSent() {
		assertThat(failure(notification(Kind.PENDING, endpoint(), secrets(this.channel.key()), Locale.ENGLISH, NOW))
			.remedy()).isEqualTo(Remedy.GIVE_UP);
		assertThat(this.sent).isEmpty();
	}

	@Test
	void sendWhenSubscriptionCannotBeUsedThenForgottenAndNotSent() {
		for (String secrets : Arrays.asList(null, "", "{}", secrets(PushKey.random().text()))) {
			assertThat(failure(notification(Kind.PENDING, endpoint(), secrets, Locale.ENGLISH, NOW.plusSeconds(60)))
				.remedy()).isEqualTo(Remedy.FORGET_ADDRESS);
		}
		assertThat(failure(notification(Kind.PENDING, "https://10.0.0.1/x", secrets(this.channel.key()), Locale.ENGLISH,
				NOW.plusSeconds(60)))
			.remedy()).isEqualTo(Remedy.FORGET_ADDRESS);
		assertThat(this.sent).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "https://fcm.googleapis.com/fcm/send/a:b", "https://FCM.googleapis.com/x",
			"https://updates.push.services.mozilla.com/wpush/v2/x", "https://web.push.apple.com/x",
			"https://wns2-par02p.notify.windows.com/w/?token=x" })
	void problemOfAddressWhenServiceOfABrowserThenNone(String endpoint) {
		assertThat(this.channel.problemOfAddress(endpoint)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://fcm.googleapis.com/x", "https://fcm.googleapis.com:8443/x",
			"https://fcm.googleapis.com.example.com/x", "https://example.com/fcm.googleapis.com",
			"https://fcm.googleapis.com@10.0.0.1/x", "https://10.0.0.1/x", "https://[::1]/x", "https://localhost/x",
			"http://169.254.169.254/latest", "file:///etc/passwd", "ftp://fcm.googleapis.com/x", "notify.windows.com",
			"https://evilpush.apple.com/", "https://x#y", "", " ", "https://\u0000",
			"https://fcm.googleapis.com\\@10.0.0.1/" })
	void problemOfAddressWhenElsewhereThenRefused(String endpoint) {
		assertThat(this.channel.problemOfAddress(endpoint)).isPresent();
		assertThatExceptionOfType(InvalidInputException.class).isThrownBy(
				() -> this.channel.secrets(endpoint, RECEIVER.key(), RECEIVER.secret(), this.channel.key(), "Phone"));
	}

	@Test
	void secretsWhenKeysCannotBeUsedThenRefused() {
		String key = this.channel.key();
		for (String[] wrong : new String[][] { { "", RECEIVER.secret(), key }, { "AAAA", RECEIVER.secret(), key },
				{ RECEIVER.key(), "AAAA", key }, { RECEIVER.key(), "§", key },
				{ RECEIVER.key(), RECEIVER.secret(), "" }, { RECEIVER.key(), RECEIVER.secret(), RECEIVER.key() } }) {
			assertThatExceptionOfType(InvalidInputException.class)
				.isThrownBy(() -> this.channel.secrets(endpoint(), wrong[0], wrong[1], wrong[2], "Phone"));
		}
	}

	@Test
	void deviceWhenStoredThenItsName() {
		assertThat(PushChannel.device(secrets(this.channel.key()))).isEqualTo("Phone");
		assertThat(PushChannel.device(null)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "ops@example.com", "http://example.com", "mailto:", "mailto:a b@example.com" })
	void settingsWhenSubjectIsNoContactThenRefused(String subject) {
		assertThatExceptionOfType(InvalidSettingException.class).isThrownBy(() -> new PushSettings(subject, List.of()))
			.withMessageContaining("notifications.push.subject");
	}

	@ParameterizedTest
	@ValueSource(strings = { "push.example.com", "https://push.example.com/x", "https://a@push.example.com",
			"ftp://push.example.com", "https://push.example.com?a" })
	void settingsWhenEndpointIsNoOriginThenRefused(String endpoint) {
		assertThatExceptionOfType(InvalidSettingException.class)
			.isThrownBy(() -> new PushSettings("mailto:ops@example.com", List.of(URI.create(endpoint))))
			.withMessageContaining("notifications.push.endpoints");
	}

	private DeliveryException failure(Notification notification) {
		return catchThrowableOfType(DeliveryException.class, () -> this.channel.send(notification));
	}

	private Notification pending(Locale language) {
		return notification(Kind.PENDING, endpoint(), secrets(this.channel.key()), language,
				NOW.plus(Duration.ofMinutes(10)));
	}

	private static Notification notification(Kind kind, String endpoint, String secrets, Locale language,
			Instant until) {
		Notification.Request request = new Notification.Request(ID, "billing", "refund.create", "order/1", "A refund",
				false, List.of(new Notification.Fact("amount", "secret")), true, "because", NOW, until, null);
		return new Notification(UUID.randomUUID().toString(), kind, to(endpoint, secrets, language), request, null,
				URI.create("https://otp.example.com/approvals/" + ID), Set.of());
	}

	private static Notification.Recipient to(String endpoint, String secrets, Locale language) {
		return new Notification.Recipient("anna", endpoint, secrets, language, ZoneOffset.UTC);
	}

	private String secrets(String key) {
		return Subscription.of(RECEIVER.key(), RECEIVER.secret(), key, "Phone").orElseThrow().json();
	}

	private String origin() {
		return "http://localhost:" + this.service.getAddress().getPort();
	}

	private String endpoint() {
		return origin() + "/push/1";
	}

	private record Sent(Headers headers, byte[] body) {

		String header(String name) {
			return this.headers.getFirst(name);
		}

	}

}
