package io.agentotp.server.notification.teams;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.agentotp.server.config.TeamsSettings;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.NotificationChannel;
import io.agentotp.server.notification.http.HttpAnswer;
import io.agentotp.server.notification.http.HttpPoster;

/**
 * Tells channels and chats of Microsoft Teams: each workflow is a place. A card has a
 * link to the page and decides nothing.
 */
final class TeamsChannel implements NotificationChannel {

	private static final int GONE = 410;

	private static final int REQUEST_TIMEOUT = 408;

	private static final int TOO_MANY_REQUESTS = 429;

	private final TeamsSettings settings;

	private final HttpPoster http;

	TeamsChannel(TeamsSettings settings, HttpPoster http) {
		this.settings = settings;
		this.http = http;
	}

	@Override
	public String name() {
		return "teams";
	}

	@Override
	public List<String> places() {
		return this.settings.workflows().keySet().stream().sorted().toList();
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
		URI url = this.settings.workflows().get(notification.to().address());
		if (url == null) {
			throw DeliveryException.giveUp("The workflow is not in the settings of this node");
		}
		HttpAnswer answer = this.http.post(url, Map.of("Content-Type", "application/json"), TeamsCard.of(notification));
		if (answer.isTaken()) {
			return Optional.empty();
		}
		if (answer.status() == GONE) {
			throw answer.forgetAddress();
		}
		// A workflow that is switched off or gone takes this card no more.
		boolean passes = answer.status() >= 500 || answer.status() == TOO_MANY_REQUESTS
				|| answer.status() == REQUEST_TIMEOUT;
		throw passes ? answer.retry() : answer.giveUp();
	}

}
