package io.agentotp.server.notification.push;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.agentotp.server.NodePrograms;
import io.agentotp.server.NodePrograms.NodeProgram;
import io.agentotp.server.config.PushSettings;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.DeliveryException.Remedy;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Kind;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * A push service that others have written takes the messages, and reads them as the
 * browsers would.
 */
@Tag("interop")
class PushInteropTests {

	private static final String ID = "0b0e7c9a-5d0b-4a53-9d0c-2f1f6a3b7c11";

	private final HttpClient client = HttpClient.newHttpClient();

	private URI service;

	@Test
	void sendWhenServiceIsOfOthersThenItVerifiesAndReadsUntilTheSubscriptionEnds() throws Exception {
		try (NodeProgram program = NodePrograms.start("push")) {
			this.service = URI.create("http://localhost:" + program.read());
			assertThat(program.read()).contains("running");
			PushKey own = PushKey.ofSeed(new byte[] { 1 });
			PushKey other = PushKey.ofSeed(new byte[] { 2 });
			PushChannel channel = new PushChannel(new PushSettings("mailto:ops@example.com", List.of(this.service)),
					new PushKeys(List.of(own, other)), InstantSource.system());
			JsonNode subscribed = post("/subscribe",
					Map.of("userVisibleOnly", "true", "applicationServerKey", own.text()))
				.path("data");
			for (Kind kind : List.of(Kind.PENDING, Kind.REMINDER, Kind.ESCALATED)) {
				channel.send(notification(channel, kind, subscribed, own));
			}
			String clientHash = subscribed.path("clientHash").stringValue();
			JsonNode messages = post("/get-notifications", Map.of("clientHash", clientHash)).at("/data/messages");
			assertThat(messages).hasSize(3);
			assertThat(Json.read(messages.path(0).stringValue())).isEqualTo(Json.object()
				.put("title", "A request waits for a decision")
				.put("text", "Look and decide")
				.put("permission", ID));
			// Another key is not the one that the browser subscribed with.
			assertThat(failure(channel, notification(channel, Kind.PENDING, subscribed, other)).remedy())
				.isEqualTo(Remedy.GIVE_UP);
			post("/expire-subscription/" + clientHash, Map.of());
			assertThat(failure(channel, notification(channel, Kind.PENDING, subscribed, own)).remedy())
				.isEqualTo(Remedy.FORGET_ADDRESS);
		}
	}

	private static DeliveryException failure(PushChannel channel, Notification notification) {
		return catchThrowableOfType(DeliveryException.class, () -> channel.send(notification));
	}

	private static Notification notification(PushChannel channel, Kind kind, JsonNode subscribed, PushKey key) {
		Instant now = Instant.now();
		String endpoint = subscribed.path("endpoint").stringValue();
		String secrets = channel.secrets(endpoint, subscribed.at("/keys/p256dh").stringValue(),
				subscribed.at("/keys/auth").stringValue(), key.text(), "Phone");
		return new Notification("n", kind,
				new Notification.Recipient("anna", endpoint, secrets, Locale.ENGLISH, ZoneOffset.UTC),
				new Notification.Request(ID, "", "", null, "A request", false, List.of(), false, null, now,
						now.plusSeconds(600), null),
				null, URI.create("https://otp.example.com/approvals/" + ID), Set.of());
	}

	private JsonNode post(String path, Map<String, ?> body) throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(this.service.resolve(path))
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(Json.write(body)))
			.build();
		String answer = this.client.send(request, HttpResponse.BodyHandlers.ofString()).body();
		return answer.startsWith("{") ? Json.read(answer) : Json.object();
	}

}
