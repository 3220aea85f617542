package io.agentotp.server.notification.telegram;

import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

import io.agentotp.server.config.TelegramSettings;
import io.agentotp.server.notification.ChatDecisions;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.NotificationChannel;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tells people and groups in Telegram, where people decide.
 */
final class TelegramChannel implements NotificationChannel {

	static final String NAME = "telegram";

	private static final Pattern PERSON = Pattern.compile("[1-9][0-9]{0,19}");

	// Of a message that offers answers.
	private static final String ANSWERS = ":a";

	private final TelegramSettings settings;

	private final TelegramApi api;

	private final TelegramUpdates updates;

	private final TelegramListener listener;

	TelegramChannel(TelegramSettings settings, TelegramApi api, TelegramUpdates updates, TelegramListener listener) {
		this.settings = settings;
		this.api = api;
		this.updates = updates;
		this.listener = listener;
	}

	/**
	 * How a message that offers answers is found again.
	 */
	static String reference(String chat, String message) {
		return chat + ":" + message + ANSWERS;
	}

	@Override
	public String name() {
		return NAME;
	}

	@Override
	public List<String> places() {
		return List.copyOf(this.settings.chats().keySet());
	}

	@Override
	public Optional<String> problemOfAddress(String address) {
		return PERSON.matcher(address).matches() ? Optional.empty()
				: Optional.of("must be the number that Telegram has for the person, and not the name");
	}

	@Override
	public Details details() {
		return Details.valueOf(this.settings.details().name());
	}

	@Override
	public boolean tells(Notification.Kind kind) {
		// People prove their account by its link.
		return kind != Notification.Kind.CONFIRM;
	}

	@Override
	public Optional<String> send(Notification notification) throws DeliveryException {
		TelegramMessage message = TelegramMessage.of(notification);
		String to = notification.to().address();
		String chat = (notification.to().person() != null) ? to : Objects.requireNonNull(this.settings.chats().get(to));
		JsonNode sent = this.api.call("sendMessage", message.body().put("chat_id", Long.parseLong(chat)));
		String id = sent.path("message_id").asString("");
		return Optional.of(message.answers() ? reference(chat, id) : chat + ":" + id);
	}

	@Override
	public void update(Notification notification, String reference) throws DeliveryException {
		String[] parts = reference.split(":", -1);
		ObjectNode body = TelegramMessage.of(notification)
			.body()
			.put("chat_id", Long.parseLong(parts[0]))
			.put("message_id", Long.parseLong(parts[1]));
		this.api.call("editMessageText", body);
	}

	@Override
	public Optional<String> problem() {
		return this.listener.problem();
	}

	@Override
	public Optional<URI> connectLink(String code) {
		return this.listener.bot().map((bot) -> URI.create("https://t.me/" + bot + "?start=" + code));
	}

	@Override
	public void open(ChatDecisions decisions) {
		this.updates.open(decisions);
		this.listener.start();
	}

	@Override
	public void close() {
		this.listener.close();
		this.updates.close();
	}

}
