package io.agentotp.server.notification.slack;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import io.agentotp.server.config.SlackSettings;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.chat.ChatApi;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The methods of Slack's API.
 */
final class SlackApi {

	private static final Duration TIMEOUT = Duration.ofSeconds(15);

	// Of a person or a channel that cannot be reached any more.
	private static final Set<String> NO_ADDRESS = Set.of("channel_not_found", "user_not_found", "users_not_found",
			"user_disabled", "is_archived", "not_in_channel", "cannot_dm_bot", "messages_tab_disabled",
			"user_not_in_channel", "channel_is_archived", "restricted_action");

	// Of one message.
	private static final Set<String> NO_MESSAGE = Set.of("invalid_blocks", "invalid_blocks_format", "msg_too_long",
			"msg_blocks_too_long", "no_text", "too_many_attachments", "message_not_found", "cant_update_message",
			"edit_window_closed", "block_mismatch", "invalid_arguments", "invalid_arg_name");

	/**
	 * Of the app: nothing gets better before somebody changes its settings.
	 */
	static final Set<String> FATAL = Set.of("invalid_auth", "not_authed", "account_inactive", "token_revoked",
			"token_expired", "missing_scope", "no_permission", "org_login_required", "not_allowed_token_type",
			"link_disabled", "team_access_not_granted", "access_denied");

	private static final Map<String, String> REMEDIES = Map.of("not_in_channel",
			"The app is not in the channel. Write /invite and the name of the app there", "channel_not_found",
			"There is no such channel or member, or it is a private channel that the app is not in", "is_archived",
			"The channel is archived. Name another one", "invalid_auth",
			"The bot-token is not good. Copy it from OAuth & Permissions of the app", "missing_scope",
			"The app lacks a permission. Add it under OAuth & Permissions, and install the app again");

	private final ChatApi api = new ChatApi("Slack");

	private final SlackSettings settings;

	SlackApi(SlackSettings settings) {
		this.settings = settings;
	}

	ChatApi http() {
		return this.api;
	}

	/**
	 * Calls a method as the bot.
	 * @param method its name
	 * @param body the parameters
	 * @return the answer
	 * @throws DeliveryException if it is an error
	 */
	JsonNode asBot(String method, ObjectNode body) throws DeliveryException {
		return call(method, Objects.requireNonNull(this.settings.botToken()), body);
	}

	/**
	 * Calls a method as the app.
	 */
	JsonNode asApp(String method, ObjectNode body) throws DeliveryException {
		return call(method, Objects.requireNonNull(this.settings.appToken()), body);
	}

	private JsonNode call(String method, String token, ObjectNode body) throws DeliveryException {
		ChatApi.Answer answer = this.api.post(URI.create(this.settings.apiUrl() + "/" + method), token, body, TIMEOUT);
		if (answer.status() == 200 && answer.body().path("ok").asBoolean(false)) {
			return answer.body();
		}
		String error = answer.body().path("error").asString("");
		// Nothing else of the answer is repeated.
		String code = error.matches("[a-z0-9_]{1,60}") ? error : "HTTP " + answer.status();
		String remedy = REMEDIES.get(code);
		String text = "Slack refused " + method + ": " + code + ((remedy != null) ? ". " + remedy : "");
		if (NO_ADDRESS.contains(code)) {
			throw DeliveryException.forgetAddress(text);
		}
		if (NO_MESSAGE.contains(code)) {
			throw DeliveryException.giveUp(text);
		}
		throw DeliveryException.retry(text, answer.after());
	}

}
