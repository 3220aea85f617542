package io.agentotp.server.notification.slack;

import java.util.Locale;
import java.util.Optional;

import io.agentotp.server.json.Json;
import io.agentotp.server.notification.ChatDecisions;
import io.agentotp.server.notification.ChatDecisions.Press;
import io.agentotp.server.notification.ChatDecisions.Reply;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.Notification.Answer;
import io.agentotp.server.notification.chat.Presses;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Takes presses of buttons, whose origin was verified. Slack has an answer before a press
 * is looked at, as it waits three seconds only.
 */
final class SlackPresses {

	private static final Logger logger = LoggerFactory.getLogger(SlackPresses.class);

	private final SlackApi api;

	private final Presses presses = new Presses(SlackChannel.NAME);

	private volatile @Nullable ChatDecisions decisions;

	SlackPresses(SlackApi api) {
		this.api = api;
	}

	void open(ChatDecisions to) {
		this.decisions = to;
	}

	void close() {
		this.presses.close();
	}

	/**
	 * Takes what Slack sent.
	 * @param payload the payload
	 * @return {@code false} if there is too much already, so that the press has to come
	 * again
	 */
	boolean take(JsonNode payload) {
		ChatDecisions to = this.decisions;
		Optional<Press> press = press(payload);
		// All else that people press, such as the link, needs an answer only.
		return to == null || press.isEmpty()
				|| this.presses.take(() -> decide(to, press.get(), payload.path("channel").path("id").asString("")));
	}

	private void decide(ChatDecisions to, Press press, String channel) {
		Reply reply = to.decide(press);
		if (reply.decided()) {
			// The message says so to everybody.
			return;
		}
		try {
			this.api.asBot("chat.postEphemeral",
					Json.object()
						.put("channel", channel)
						.put("user", press.address())
						.put("text", SlackMessage.escaped(reply.text()))
						.put("mrkdwn", false)
						.put("parse", "none"));
		}
		catch (DeliveryException ex) {
			logger.debug("Why a press in Slack did not decide was not told: {}", ex.getMessage());
		}
	}

	// The name of a person and the text of the message do not count.
	private static Optional<Press> press(JsonNode payload) {
		JsonNode action = payload.path("actions").path(0);
		String answer = action.path("action_id").asString("");
		String permission = action.path("value").asString("");
		String id = payload.path("trigger_id").asString("");
		String user = payload.path("user").path("id").asString("");
		String channel = payload.path("channel").path("id").asString("");
		String time = payload.path("message").path("ts").asString("");
		if (!payload.path("type").asString("").equals("block_actions") || payload.path("actions").size() != 1
				|| !action.path("block_id").asString("").equals(SlackMessage.BLOCK + permission)
				|| !(answer.equals("approve") || answer.equals("deny")) || id.isEmpty() || user.isEmpty()
				|| channel.isEmpty() || time.isEmpty()) {
			return Optional.empty();
		}
		return Optional.of(new Press(SlackChannel.NAME, id, user, permission,
				Answer.valueOf(answer.toUpperCase(Locale.ROOT)), SlackChannel.reference(channel, time)));
	}

}
