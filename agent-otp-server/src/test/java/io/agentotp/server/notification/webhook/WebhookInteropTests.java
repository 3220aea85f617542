package io.agentotp.server.notification.webhook;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.agentotp.server.HostileText;
import io.agentotp.server.NodePrograms;
import io.agentotp.server.NodePrograms.NodeProgram;
import io.agentotp.server.config.MessageDetails;
import io.agentotp.server.config.WebhookSettings;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.SampleNotifications;
import io.agentotp.server.notification.http.HttpPoster;
import io.agentotp.server.notification.http.HttpReceiver;
import io.agentotp.server.notification.http.HttpReceiver.Received;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Webhooks, verified by the library for JavaScript.
 */
@Tag("interop")
class WebhookInteropTests {

	private static final String NEW = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

	private static final String OLD = "whsec_b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQgb2xkIG9sZA==";

	private static final String OTHER = "whsec_b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIhIQ==";

	@Test
	void sendWhenReceiverIsInJavaScriptThenItVerifiesWithEachSecretAndRefusesAllElse() throws Exception {
		try (HttpReceiver receiver = new HttpReceiver();
				HttpPoster poster = HttpReceiver.poster();
				NodeProgram verifier = NodePrograms.start("webhook")) {
			WebhookChannel channel = new WebhookChannel(
					new WebhookSettings(MessageDetails.FACTS,
							Map.of("ci", new WebhookSettings.Endpoint(receiver.url("/"), List.of(NEW, OLD)))),
					poster, InstantSource.system());
			channel.send(SampleNotifications.of(Kind.PENDING, "ci"));
			for (String text : HostileText.ALL) {
				channel.send(SampleNotifications.of(Kind.PENDING, "ci", SampleNotifications.hostile(text)));
			}
			for (Received message : receiver.received()) {
				assertThat(verify(verifier, NEW, message.headers(), message.body()))
					.isEqualTo("verified permission.pending");
				assertThat(verify(verifier, OLD, message.headers(), message.body()))
					.isEqualTo("verified permission.pending");
				assertThat(verify(verifier, OTHER, message.headers(), message.body())).startsWith("refused");
				assertThat(verify(verifier, NEW, message.headers(), message.body() + " ")).startsWith("refused");
				Map<String, String> later = new TreeMap<>(message.headers());
				later.put("Webhook-timestamp", "1");
				assertThat(verify(verifier, NEW, later, message.body())).startsWith("refused");
			}
		}
	}

	private static String verify(NodeProgram verifier, String secret, Map<String, String> headers, String body)
			throws Exception {
		verifier.write(Json.write(Map.of("secret", secret, "headers", headers, "body", body)));
		return verifier.read();
	}

}
