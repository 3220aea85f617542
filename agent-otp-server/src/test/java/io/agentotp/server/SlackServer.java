package io.agentotp.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import com.slack.api.app_backend.SlackSignature;
import com.slack.api.model.block.ActionsBlock;
import com.slack.api.model.block.HeaderBlock;
import com.slack.api.model.block.LayoutBlock;
import com.slack.api.model.block.RichTextBlock;
import com.slack.api.model.block.element.BlockElement;
import com.slack.api.model.block.element.ButtonElement;
import com.slack.api.model.block.element.RichTextElement;
import com.slack.api.model.block.element.RichTextQuoteElement;
import com.slack.api.model.block.element.RichTextSectionElement;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.slack.SlackBlocks;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Slack, as far as the service uses it. Messages are read, and requests are signed, by
 * the classes that Slack publishes.
 */
final class SlackServer extends ChatServer {

	static final String SIGNING_SECRET = "0123456789abcdef0123456789abcdef";

	static final String BOT_TOKEN = "xoxb-0-bot-of-tests";

	static final String APP_TOKEN = "xapp-1-app-of-tests";

	private static final HttpClient CLIENT = HttpClient.newHttpClient();

	private final boolean socketMode;

	private final ServerSocket sockets;

	private final List<Connection> connections = new CopyOnWriteArrayList<>();

	private final Map<String, Message> messages = new LinkedHashMap<>();

	private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();

	private final AtomicInteger times = new AtomicInteger();

	SlackServer(boolean socketMode) {
		this.socketMode = socketMode;
		try {
			this.sockets = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		threads().execute(this::accept);
	}

	@Override
	String[] settings() {
		String prefix = "agentotp.server.notifications.slack.";
		return new String[] { prefix + "bot-token=" + BOT_TOKEN,
				this.socketMode ? prefix + "app-token=" + APP_TOKEN : prefix + "signing-secret=" + SIGNING_SECRET,
				prefix + "details=arguments", prefix + "api-url=" + url() + "/api" };
	}

	@Override
	String channel() {
		return "slack";
	}

	@Override
	String account(int number) {
		return "U0000000" + number;
	}

	@Override
	String chatOf(String account) {
		return "D" + account.substring(1);
	}

	@Override
	ObjectNode answer(String method, JsonNode body) {
		return switch (method) {
			case "chat.postMessage" -> post(body);
			case "chat.update" -> update(body);
			case "chat.postEphemeral" -> Json.object().put("ok", true);
			case "apps.connections.open" -> Json.object()
				.put("ok", true)
				.put("url", "ws://127.0.0.1:" + this.sockets.getLocalPort() + "/link?ticket=secret-ticket");
			default -> Json.object().put("ok", false).put("error", "unknown_method");
		};
	}

	private synchronized ObjectNode post(JsonNode body) {
		String to = body.path("channel").stringValue();
		String channel = to.startsWith("U") ? chatOf(to) : to;
		String time = "1700000000." + String.format("%06d", this.times.incrementAndGet());
		this.messages.put(channel + ":" + time, read(channel, time, body, false));
		return Json.object().put("ok", true).put("channel", channel).put("ts", time);
	}

	private synchronized ObjectNode update(JsonNode body) {
		String channel = body.path("channel").stringValue();
		String time = body.path("ts").stringValue();
		if (this.messages.replace(channel + ":" + time, read(channel, time, body, true)) == null) {
			return Json.object().put("ok", false).put("error", "message_not_found");
		}
		return Json.object().put("ok", true).put("channel", channel).put("ts", time);
	}

	private static Message read(String channel, String time, JsonNode body, boolean edited) {
		StringBuilder text = new StringBuilder();
		List<String> buttons = new ArrayList<>();
		for (LayoutBlock block : SlackBlocks.read(body)) {
			if (block instanceof HeaderBlock header) {
				text.append(header.getText().getText()).append('\n');
			}
			else if (block instanceof RichTextBlock rich) {
				rich.getElements().forEach((element) -> text(element, text));
			}
			else if (block instanceof ActionsBlock actions) {
				actions.getElements().forEach((element) -> button(element, buttons));
			}
			else {
				throw new AssertionError("A block of another kind: " + block);
			}
		}
		return new Message(channel, time, text.toString(), buttons, edited, Message.permission(body));
	}

	private static void button(BlockElement element, List<String> buttons) {
		ButtonElement button = (ButtonElement) element;
		if (button.getUrl() == null) {
			buttons.add(button.getActionId());
		}
	}

	private static void text(Object element, StringBuilder text) {
		List<RichTextElement> parts = (element instanceof RichTextSectionElement section) ? section.getElements()
				: ((RichTextQuoteElement) element).getElements();
		parts.forEach((part) -> text.append(((RichTextSectionElement.Text) part).getText()));
	}

	@Override
	synchronized List<Message> messages() {
		return List.copyOf(this.messages.values());
	}

	@Override
	List<String> toldTo(String account) {
		return calls("chat.postEphemeral").stream()
			.filter((call) -> call.body().path("user").stringValue().equals(account))
			.map((call) -> call.body().path("text").stringValue())
			.toList();
	}

	static ObjectNode payload(String account, Message message, String answer, String permission, String id) {
		ObjectNode payload = Json.object().put("type", "block_actions").put("trigger_id", id);
		// The names are those of somebody who decides.
		payload.putObject("user").put("id", account).put("name", "alice").put("username", "alice");
		payload.putObject("team").put("id", "T1");
		payload.putObject("channel").put("id", message.chat());
		payload.putObject("message").put("ts", message.id());
		payload.put("response_url", "http://127.0.0.1:9/never-called");
		payload.putArray("actions")
			.addObject()
			.put("action_id", answer)
			.put("block_id", "agentotp:" + permission)
			.put("value", permission)
			.put("action_ts", "1700000001.000001");
		return payload;
	}

	@Override
	void press(TestServer server, String account, Message message, String answer, String permission, String id) {
		ObjectNode payload = payload(account, message, answer, permission, id);
		if (this.socketMode) {
			send(payload);
		}
		else if (post(server, payload, server.clock.instant()) != 200) {
			throw new AssertionError("The service did not take the press");
		}
	}

	static int post(TestServer server, ObjectNode payload, Instant at) {
		String body = "payload=" + URLEncoder.encode(Json.write(payload), StandardCharsets.UTF_8);
		String time = String.valueOf(at.getEpochSecond());
		return post(server, body, time, new SlackSignature.Generator(SIGNING_SECRET).generate(time, body));
	}

	static int post(TestServer server, String body, String time, String signature) {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + "/channels/slack"))
			.header("Content-Type", "application/x-www-form-urlencoded")
			.POST(HttpRequest.BodyPublishers.ofString(body));
		if (time != null) {
			request.header("X-Slack-Request-Timestamp", time);
		}
		if (signature != null) {
			request.header("X-Slack-Signature", signature);
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

	/**
	 * Sends a press over Socket Mode, and waits until it is acknowledged.
	 */
	void send(ObjectNode payload) {
		Await.until("Socket Mode is connected", () -> !this.connections.isEmpty());
		String envelope = "envelope-" + this.times.incrementAndGet();
		ObjectNode message = Json.object().put("type", "interactive").put("envelope_id", envelope);
		message.set("payload", payload);
		this.connections.get(this.connections.size() - 1).write(Json.write(message));
		Await.until("the press is acknowledged", () -> this.acknowledged.contains(envelope));
	}

	int connections() {
		return this.connections.size();
	}

	/**
	 * Says something on the newest connection.
	 */
	void say(String... json) {
		this.connections.get(this.connections.size() - 1).write(json);
	}

	boolean acknowledged(List<String> envelopes) {
		return this.acknowledged.containsAll(envelopes);
	}

	/**
	 * Breaks all connections.
	 */
	void drop() {
		this.connections.forEach(Connection::close);
		this.connections.clear();
	}

	private void accept() {
		while (!this.sockets.isClosed()) {
			try {
				Connection connection = new Connection(this.sockets.accept());
				threads().execute(connection);
			}
			catch (IOException ex) {
				return;
			}
		}
	}

	@Override
	public void close() {
		try {
			this.sockets.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		drop();
		super.close();
	}

	/**
	 * One WebSocket.
	 */
	private final class Connection implements Runnable {

		private final Socket socket;

		private final DataInputStream in;

		private final DataOutputStream out;

		Connection(Socket socket) throws IOException {
			this.socket = socket;
			this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
			this.out = new DataOutputStream(socket.getOutputStream());
		}

		@Override
		public void run() {
			try {
				this.out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
						+ "Sec-WebSocket-Accept: " + accept() + "\r\n\r\n")
					.getBytes(StandardCharsets.US_ASCII));
				SlackServer.this.connections.add(this);
				write("{\"type\":\"hello\",\"num_connections\":1}");
				while (true) {
					String message = readFrame();
					JsonNode id = Json.read(message).path("envelope_id");
					SlackServer.this.acknowledged.add(id.asString(""));
				}
			}
			catch (IOException | RuntimeException ex) {
				close();
			}
		}

		@SuppressWarnings("deprecation")
		private String accept() throws IOException {
			String key = "";
			for (String line = this.in.readLine(); !line.isEmpty(); line = this.in.readLine()) {
				if (line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-key:")) {
					key = line.substring(line.indexOf(':') + 1).strip();
				}
			}
			try {
				byte[] digest = MessageDigest.getInstance("SHA-1")
					.digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
				return Base64.getEncoder().encodeToString(digest);
			}
			catch (GeneralSecurityException ex) {
				throw new IllegalStateException(ex);
			}
		}

		private String readFrame() throws IOException {
			int opcode = this.in.readUnsignedByte() & 0xf;
			int length = this.in.readUnsignedByte() & 0x7f;
			if (length == 126) {
				length = this.in.readUnsignedShort();
			}
			byte[] mask = this.in.readNBytes(4);
			byte[] bytes = this.in.readNBytes(length);
			for (int i = 0; i < bytes.length; i++) {
				bytes[i] ^= mask[i % 4];
			}
			if (opcode != 1) {
				throw new IOException("closed");
			}
			return new String(bytes, StandardCharsets.UTF_8);
		}

		synchronized void write(String... texts) {
			ByteArrayOutputStream frames = new ByteArrayOutputStream();
			DataOutputStream frame = new DataOutputStream(frames);
			try {
				for (String text : texts) {
					byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
					frame.writeByte(0x81);
					if (bytes.length < 126) {
						frame.writeByte(bytes.length);
					}
					else {
						frame.writeByte(126);
						frame.writeShort(bytes.length);
					}
					frame.write(bytes);
				}
				// At once, so that they can arrive at once.
				this.out.write(frames.toByteArray());
				this.out.flush();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		void close() {
			SlackServer.this.connections.remove(this);
			try {
				this.socket.close();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
