package io.agentotp.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.server.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Telegram, as far as the service uses it.
 */
final class TelegramServer extends ChatServer {

	static final String TOKEN = "1234567:bot-of-tests-0123456789";

	static final String SECRET = "webhook-secret-0123456789";

	private static final HttpClient CLIENT = HttpClient.newHttpClient();

	private final boolean webhook;

	private final Map<String, Message> messages = new LinkedHashMap<>();

	private final BlockingQueue<ObjectNode> updates = new LinkedBlockingQueue<>();

	private final AtomicInteger ids = new AtomicInteger(100);

	private final Map<String, String> presses = new LinkedHashMap<>();

	private volatile long confirmed;

	TelegramServer(boolean webhook) {
		this.webhook = webhook;
	}

	@Override
	String[] settings() {
		String prefix = "agentotp.server.notifications.telegram.";
		String address = "agentotp.server.public-url=http://localhost:8080/agent-otp";
		return new String[] { prefix + "bot-token=" + TOKEN, prefix + "details=arguments", prefix + "api-url=" + url(),
				this.webhook ? prefix + "webhook-secret=" + SECRET : prefix + "details=arguments",
				this.webhook ? address : prefix + "details=arguments" };
	}

	@Override
	String channel() {
		return "telegram";
	}

	@Override
	String account(int number) {
		return "90000" + number;
	}

	@Override
	String chatOf(String account) {
		return account;
	}

	@Override
	ObjectNode answer(String method, JsonNode body) throws InterruptedException {
		return switch (method) {
			case "getMe" -> ok(Json.object().put("id", 1).put("is_bot", true).put("username", "tests_bot"));
			case "sendMessage" -> ok(send(body));
			case "editMessageText" -> edit(body);
			case "getUpdates" -> ok(poll(body));
			default -> ok(Json.mapper().valueToTree(true));
		};
	}

	private static ObjectNode ok(JsonNode result) {
		ObjectNode answer = Json.object().put("ok", true);
		answer.set("result", result);
		return answer;
	}

	private synchronized JsonNode send(JsonNode body) {
		String chat = body.path("chat_id").asString();
		String id = String.valueOf(this.ids.incrementAndGet());
		this.messages.put(chat + ":" + id, read(chat, id, body, false));
		return Json.object().put("message_id", Long.parseLong(id));
	}

	private synchronized ObjectNode edit(JsonNode body) {
		String chat = body.path("chat_id").asString();
		String id = body.path("message_id").asString();
		if (this.messages.replace(chat + ":" + id, read(chat, id, body, true)) == null) {
			return Json.object()
				.put("ok", false)
				.put("error_code", 400)
				.put("description", "Bad Request: message to edit not found");
		}
		return ok(Json.object().put("message_id", Long.parseLong(id)));
	}

	private static Message read(String chat, String id, JsonNode body, boolean edited) {
		List<String> buttons = new ArrayList<>();
		body.path("reply_markup").path("inline_keyboard").forEach((row) -> row.forEach((button) -> {
			if (button.has("callback_data")) {
				buttons.add(button.path("callback_data").stringValue().startsWith("a:") ? "approve" : "deny");
			}
		}));
		return new Message(chat, id, body.path("text").stringValue(), buttons, edited, Message.permission(body));
	}

	private JsonNode poll(JsonNode body) throws InterruptedException {
		this.confirmed = body.path("offset").asLong(0);
		ArrayNode found = Json.mapper().createArrayNode();
		ObjectNode update = this.updates.poll(1, TimeUnit.SECONDS);
		while (update != null) {
			found.add(update);
			update = this.updates.poll();
		}
		return found;
	}

	@Override
	synchronized List<Message> messages() {
		return this.messages.values().stream().filter((message) -> message.text().length() > 0).toList();
	}

	@Override
	List<String> toldTo(String account) {
		return calls("answerCallbackQuery").stream()
			.filter((call) -> account.equals(this.presses.get(call.body().path("callback_query_id").stringValue())))
			.filter((call) -> call.body().path("show_alert").asBoolean())
			.map((call) -> call.body().path("text").stringValue())
			.toList();
	}

	static ObjectNode pressed(String account, Message message, String data, String id) {
		ObjectNode update = Json.object().put("update_id", Math.abs(id.hashCode()));
		ObjectNode press = update.putObject("callback_query").put("id", id).put("data", data);
		// The name is that of somebody who decides.
		press.putObject("from").put("id", Long.parseLong(account)).put("is_bot", false).put("first_name", "alice");
		ObjectNode where = press.putObject("message").put("message_id", Long.parseLong(message.id()));
		where.putObject("chat").put("id", Long.parseLong(message.chat())).put("type", "private");
		return update;
	}

	@Override
	void press(TestServer server, String account, Message message, String answer, String permission, String id) {
		this.presses.put(id, account);
		send(server, pressed(account, message, (answer.equals("approve") ? "a:" : "d:") + permission, id));
		Await.until("the press is answered", () -> calls("answerCallbackQuery").stream()
			.anyMatch((call) -> call.body().path("callback_query_id").stringValue().equals(id)));
	}

	/**
	 * Sends what a person writes to the bot.
	 */
	void write(TestServer server, String account, String chat, String text) {
		ObjectNode update = Json.object().put("update_id", this.ids.incrementAndGet());
		ObjectNode message = update.putObject("message")
			.put("message_id", this.ids.incrementAndGet())
			.put("text", text);
		message.putObject("from").put("id", Long.parseLong(account)).put("is_bot", false).put("language_code", "de");
		message.putObject("chat")
			.put("id", Long.parseLong(chat))
			.put("type", chat.equals(account) ? "private" : "group");
		send(server, update);
	}

	void send(TestServer server, ObjectNode update) {
		if (!this.webhook) {
			this.updates.add(update);
		}
		else if (post(server, SECRET, Json.write(update)) != 200) {
			throw new AssertionError("The service did not take the update");
		}
	}

	long confirmed() {
		return this.confirmed;
	}

	static int post(TestServer server, String secret, String body) {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + "/channels/telegram"))
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(body));
		if (secret != null) {
			request.header("X-Telegram-Bot-Api-Secret-Token", secret);
		}
		try {
			return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString()).statusCode();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
