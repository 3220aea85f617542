package io.agentotp.server.notification.webhook;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import io.agentotp.server.HostileText;
import io.agentotp.server.config.MessageDetails;
import io.agentotp.server.config.WebhookSettings;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.DeliveryException.Remedy;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.SampleNotifications;
import io.agentotp.server.notification.http.HttpPoster;
import io.agentotp.server.notification.http.HttpReceiver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Webhooks, verified by the library of Standard Webhooks.
 */
class WebhookChannelTests {

	private static final String NEW = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

	private static final String OLD = "whsec_b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQgb2xkIG9sZA==";

	private static final String OTHER = "whsec_b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIhIQ==";

	static final List<String> hostileTexts = HostileText.ALL;

	private HttpReceiver receiver;

	private HttpPoster poster;

	@BeforeEach
	void start() throws Exception {
		this.receiver = new HttpReceiver();
		this.poster = HttpReceiver.poster();
	}

	@AfterEach
	void stop() {
		this.poster.close();
		this.receiver.close();
	}

	private WebhookChannel channel(String... secrets) {
		return channel(InstantSource.system(), secrets);
	}

	private WebhookChannel channel(InstantSource clock, String... secrets) {
		WebhookSettings.Endpoint endpoint = new WebhookSettings.Endpoint(this.receiver.url("/hook"), List.of(secrets));
		return new WebhookChannel(new WebhookSettings(MessageDetails.FACTS, Map.of("ci", endpoint)), this.poster,
				clock);
	}

	private void verify(String secret) throws WebhookVerificationException {
		HttpReceiver.Received request = this.receiver.received().get(this.receiver.received().size() - 1);
		String body = request.body();
		HttpHeaders headers = HttpHeaders.of(
				request.headers()
					.entrySet()
					.stream()
					.collect(Collectors.toMap(Map.Entry::getKey, (header) -> List.of(header.getValue()))),
				(name, value) -> true);
		// on the page
		new Webhook(secret).verify(body, headers);
		// end
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CONFIRM")
	void sendWhenReceiverVerifiesThenSignedByBothSecretsAndNoOther(Kind kind) throws Exception {
		WebhookChannel channel = channel(NEW, OLD);
		assertThat(channel.tells(kind)).isTrue();
		assertThat(channel.send(SampleNotifications.of(kind, "ci"))).isEmpty();
		verify(NEW);
		verify(OLD);
		assertThatExceptionOfType(WebhookVerificationException.class).isThrownBy(() -> verify(OTHER));
		HttpReceiver.Received request = this.receiver.received().get(0);
		assertThat(request.headers()).containsEntry("Content-Type", "application/json")
			.containsEntry("webhook-id", "n-" + kind.name().toLowerCase(Locale.ROOT) + "-1")
			.containsEntry("User-Agent", "agent-otp");
		JsonNode body = Json.read(request.body());
		assertThat(body.path("type").stringValue()).matches("(permission|service)\\.[a-z]+");
		assertThat(Instant.parse(body.path("timestamp").stringValue())).isNotNull();
	}

	@Test
	void sendWhenRequestWaitsThenBodyHasTheNamesOfTheApi() throws Exception {
		channel(NEW).send(SampleNotifications.of(Kind.PENDING, "ci"));
		assertThat(Json.read(this.receiver.received().get(0).body())).isEqualTo(Json.read("""
				{"type": "permission.pending", "timestamp": "2026-11-30T12:00:00Z", "data": {
				  "id": "perm-1", "agentId": "mailer", "action": "email.send", "resource": "email:bob@example.com",
				  "title": "Mail to bob@example.com: Your invoice",
				  "facts": [{"label": "To", "value": "bob@example.com"},
				    {"label": "Text", "value": "Dear Bob,\\nhere it is."}, {"label": "Mails at most", "value": "1"}],
				  "complete": true, "reason": "The customer asked for it", "highRisk": false,
				  "createdAt": "2026-11-30T12:00:00Z", "expiresAt": "2026-11-30T12:10:00Z",
				  "status": "pending", "approvalUrl": "https://otp.example.com/approvals/perm-1"}}
				"""));
	}

	@Test
	void sendWhenDecidedThenBodySaysByWhomAndHow() throws Exception {
		channel(NEW).send(SampleNotifications.of(Kind.DECIDED, "ci"));
		JsonNode body = Json.read(this.receiver.received().get(0).body());
		assertThat(body.path("type").stringValue()).isEqualTo("permission.decided");
		assertThat(body.path("timestamp").stringValue()).isEqualTo("2026-11-30T12:01:00Z");
		assertThat(body.path("data").path("status").stringValue()).isEqualTo("denied");
		assertThat(body.path("data").path("decidedBy").stringValue()).isEqualTo("alice");
		assertThat(body.path("data").path("decisionReason").stringValue()).isEqualTo("Not today");
	}

	@Test
	void sendWhenNothingIsToldThenOnlyThatARequestWaits() throws Exception {
		channel(NEW).send(SampleNotifications.of(Kind.PENDING, "ci", SampleNotifications.nothing()));
		assertThat(Json.read(this.receiver.received().get(0).body()).path("data").propertyNames())
			.containsExactlyInAnyOrder("id", "complete", "highRisk", "createdAt", "expiresAt", "status", "approvalUrl");
	}

	@Test
	void sendWhenSentAgainThenSameIdAndNewTimestamp() throws Exception {
		Notification notification = SampleNotifications.of(Kind.PENDING, "ci");
		Instant now = Instant.now();
		channel(InstantSource.fixed(now), NEW).send(notification);
		channel(InstantSource.fixed(now.plusSeconds(30)), NEW).send(notification);
		verify(NEW);
		assertThat(this.receiver.received()).extracting((request) -> request.headers().get("webhook-id"))
			.containsExactly("n-pending-1", "n-pending-1");
		assertThat(this.receiver.received()).extracting((request) -> request.headers().get("webhook-timestamp"))
			.containsExactly(Long.toString(now.getEpochSecond()), Long.toString(now.getEpochSecond() + 30));
	}

	@ParameterizedTest
	@CsvSource({ "200,", "201,", "204,", "299,", "300, RETRY", "301, RETRY", "302, RETRY", "304, RETRY", "400, RETRY",
			"401, RETRY", "404, RETRY", "408, RETRY", "410, FORGET_ADDRESS", "413, RETRY", "429, RETRY", "500, RETRY",
			"502, RETRY", "503, RETRY", "504, RETRY" })
	void sendWhenAnsweredThenTakenOrNot(int status, Remedy remedy) {
		this.receiver.answersWith(status, Map.of("Retry-After", "7", "Location", "/elsewhere"));
		WebhookChannel channel = channel(NEW);
		Notification notification = SampleNotifications.of(Kind.PENDING, "ci");
		if (remedy == null) {
			assertThatCode(() -> channel.send(notification)).doesNotThrowAnyException();
		}
		else {
			assertThatExceptionOfType(DeliveryException.class).isThrownBy(() -> channel.send(notification))
				.satisfies((ex) -> assertThat(ex.remedy()).isEqualTo(remedy))
				.satisfies((ex) -> assertThat(ex.after())
					.isEqualTo((remedy == Remedy.RETRY) ? Duration.ofSeconds(7) : null));
		}
		assertThat(this.receiver.received()).hasSize(1);
	}

	@Test
	void sendWhenReceiverIsGoneThenTriedAgain() {
		this.receiver.close();
		assertThatExceptionOfType(DeliveryException.class)
			.isThrownBy(() -> channel(NEW).send(SampleNotifications.of(Kind.PENDING, "ci")))
			.satisfies((ex) -> assertThat(ex.remedy()).isEqualTo(Remedy.RETRY))
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("hook").doesNotContain(NEW));
	}

	@Test
	void sendWhenEndpointIsUnknownThenGivenUp() {
		assertThatExceptionOfType(DeliveryException.class)
			.isThrownBy(() -> channel(NEW).send(SampleNotifications.of(Kind.PENDING, "gone")))
			.satisfies((ex) -> assertThat(ex.remedy()).isEqualTo(Remedy.GIVE_UP));
	}

	@ParameterizedTest
	@FieldSource("hostileTexts")
	void sendWhenTextIsHostileThenItArrivesAsItIsAndSigned(String text) throws Exception {
		channel(NEW).send(SampleNotifications.of(Kind.PENDING, "ci", SampleNotifications.hostile(text)));
		verify(NEW);
		assertThat(Json.read(this.receiver.received().get(0).body()).path("data").path("action").stringValue())
			.isEqualTo(text);
	}

	@Test
	void sendWhenTextsAreLongThenLeftOutAndSaidSo() throws Exception {
		channel(NEW)
			.send(SampleNotifications.of(Kind.PENDING, "ci", SampleNotifications.hostile("\u0001".repeat(4000))));
		String body = this.receiver.received().get(0).body();
		assertThat(body.length()).isLessThan(WebhookBody.MAX_BYTES + 6 * 4000);
		JsonNode data = Json.read(body).path("data");
		assertThat(data.path("complete").booleanValue()).isFalse();
		assertThat(data.has("facts")).isFalse();
		assertThat(data.path("approvalUrl").stringValue()).isNotEmpty();
	}

	@Test
	void sendWhenIdHasADotThenNotInTheHeader() throws Exception {
		Notification notification = SampleNotifications.of(Kind.PENDING, "ci");
		channel(NEW).send(new Notification("a.1\r\nb", Kind.PENDING, notification.to(), notification.request(), null,
				notification.link(), Set.of()));
		verify(NEW);
		assertThat(this.receiver.received().get(0).headers()).containsEntry("webhook-id", "a_1__b");
	}

	@Test
	void settingsWhenPrintedThenSayNoSecret() {
		WebhookSettings settings = new WebhookSettings(MessageDetails.FACTS, Map.of("ci",
				new WebhookSettings.Endpoint(URI.create("https://hooks.example.com/T0/secret"), List.of(NEW))));
		assertThat(settings.toString()).doesNotContain("secret").doesNotContain("MfKQ").contains("hooks.example.com");
	}

}
