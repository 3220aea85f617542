package io.agentotp.server.notification.webhook;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.agentotp.server.config.WebhookSettings;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.NotificationChannel;
import io.agentotp.server.notification.http.HttpAnswer;
import io.agentotp.server.notification.http.HttpPoster;

/**
 * Tells programs: each endpoint is a place.
 */
final class WebhookChannel implements NotificationChannel {

	private static final int GONE = 410;

	private final WebhookSettings settings;

	private final HttpPoster http;

	private final InstantSource clock;

	WebhookChannel(WebhookSettings settings, HttpPoster http, InstantSource clock) {
		this.settings = settings;
		this.http = http;
		this.clock = clock;
	}

	@Override
	public String name() {
		return "webhook";
	}

	@Override
	public List<String> places() {
		return this.settings.endpoints().keySet().stream().sorted().toList();
	}

	@Override
	public boolean reachesPeople() {
		return false;
	}

	@Override
	public Details details() {
		return Details.valueOf(this.settings.details().name());
	}

	@Override
	public boolean tells(Notification.Kind kind) {
		return kind != Notification.Kind.CONFIRM;
	}

	@Override
	public Optional<String> send(Notification notification) throws DeliveryException {
		WebhookSettings.Endpoint endpoint = this.settings.endpoints().get(notification.to().address());
		if (endpoint == null || endpoint.url() == null) {
			throw DeliveryException.giveUp("The endpoint is not in the settings of this node");
		}
		// A dot would end it.
		String id = notification.id().replaceAll("[^A-Za-z0-9_-]", "_");
		long timestamp = this.clock.instant().getEpochSecond();
		byte[] body = WebhookBody.of(notification, this.clock.instant());
		HttpAnswer answer = this.http.post(endpoint.url(),
				Map.of("Content-Type", "application/json", "webhook-id", id, "webhook-timestamp",
						Long.toString(timestamp), "webhook-signature",
						WebhookSignature.of(id, timestamp, body, endpoint.keys())),
				body);
		if (answer.status() == GONE) {
			throw answer.forgetAddress();
		}
		// Also what only somebody at the receiver can put right: that may happen in time.
		if (!answer.isTaken()) {
			throw answer.retry();
		}
		return Optional.empty();
	}

}
