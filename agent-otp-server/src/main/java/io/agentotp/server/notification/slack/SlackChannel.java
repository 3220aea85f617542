package io.agentotp.server.notification.slack;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import io.agentotp.server.config.SlackSettings;
import io.agentotp.server.notification.ChatDecisions;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.NotificationChannel;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tells people and channels in Slack. People decide there over Socket Mode, or over HTTP.
 */
final class SlackChannel implements NotificationChannel {

	static final String NAME = "slack";

	private static final Pattern USER = Pattern.compile("[UW][A-Z0-9]{2,30}");

	// Of a message that offers answers.
	private static final String ANSWERS = ":a";

	private final SlackSettings settings;

	private final SlackApi api;

	private final SlackPresses presses;

	private @Nullable SlackSocket socket;

	SlackChannel(SlackSettings settings) {
		this.settings = settings;
		this.api = new SlackApi(settings);
		this.presses = new SlackPresses(this.api);
	}

	SlackPresses presses() {
		return this.presses;
	}

	/**
	 * How a message that offers answers is found again.
	 */
	static String reference(String channel, String time) {
		return channel + ":" + time + ANSWERS;
	}

	@Override
	public String name() {
		return NAME;
	}

	@Override
	public List<String> places() {
		return List.copyOf(this.settings.channels().keySet());
	}

	@Override
	public Optional<String> problemOfAddress(String address) {
		return USER.matcher(address).matches() ? Optional.empty()
				: Optional.of("must be the member ID in Slack, such as U0123456789: Copy member ID in the profile");
	}

	@Override
	public Details details() {
		return Details.valueOf(this.settings.details().name());
	}

	@Override
	public boolean tells(Notification.Kind kind) {
		// Only administrators set the id of a member.
		return kind != Notification.Kind.CONFIRM;
	}

	@Override
	public Optional<String> send(Notification notification) throws DeliveryException {
		SlackMessage message = SlackMessage.of(withAnswers(notification));
		String to = notification.to().address();
		ObjectNode body = message.body()
			.put("channel", (notification.to().person() != null) ? to : this.settings.channels().get(to));
		JsonNode answer = this.api.asBot("chat.postMessage", body);
		String channel = answer.path("channel").asString("");
		String time = answer.path("ts").asString("");
		return Optional.of(message.answers() ? reference(channel, time) : channel + ":" + time);
	}

	// Buttons whose presses reach nobody are none.
	private Notification withAnswers(Notification notification) {
		boolean heard = this.settings.appToken() != null || this.settings.signingSecret() != null;
		return heard ? notification : new Notification(notification.id(), notification.kind(), notification.to(),
				notification.request(), notification.outcome(), notification.link(), Set.of(), notification.progress());
	}

	@Override
	public void update(Notification notification, String reference) throws DeliveryException {
		String[] parts = reference.split(":", -1);
		ObjectNode body = SlackMessage.of(withAnswers(notification))
			.body()
			.put("channel", parts[0])
			.put("ts", parts[1]);
		// No parameters of this method.
		body.remove(List.of("unfurl_links", "unfurl_media", "mrkdwn"));
		this.api.asBot("chat.update", body);
	}

	@Override
	public Optional<String> problem() {
		SlackSocket open = this.socket;
		return (open != null) ? open.problem() : Optional.empty();
	}

	@Override
	public synchronized void open(ChatDecisions decisions) {
		this.presses.open(decisions);
		if (this.settings.appToken() != null && this.socket == null) {
			this.socket = new SlackSocket(this.api, this.presses);
			this.socket.start();
		}
	}

	@Override
	public synchronized void close() {
		if (this.socket != null) {
			this.socket.close();
		}
		this.presses.close();
	}

}
