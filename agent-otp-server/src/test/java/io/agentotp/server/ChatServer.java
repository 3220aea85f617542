package io.agentotp.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.agentotp.server.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The API of a chat, which people press buttons in. What a chat has in common with
 * another one is here, so that the tests of presses run in each.
 */
abstract class ChatServer implements AutoCloseable {

	private static final Pattern LINK = Pattern.compile("/approvals/([0-9a-f-]{36})");

	final List<Call> calls = new CopyOnWriteArrayList<>();

	private final Map<String, Queue<Scripted>> scripted = new ConcurrentHashMap<>();

	private final ExecutorService threads = Executors.newCachedThreadPool((work) -> {
		Thread thread = new Thread(work, "chat-server");
		thread.setDaemon(true);
		return thread;
	});

	private final HttpServer server;

	ChatServer() {
		try {
			this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.server.setExecutor(this.threads);
		this.server.createContext("/", this::handle);
		this.server.start();
	}

	String url() {
		return "http://127.0.0.1:" + this.server.getAddress().getPort();
	}

	ExecutorService threads() {
		return this.threads;
	}

	/**
	 * The settings that make the service use it.
	 */
	abstract String[] settings();

	/**
	 * The name of the channel.
	 */
	abstract String channel();

	/**
	 * An id that a person has there.
	 */
	abstract String account(int number);

	/**
	 * Presses a button, and waits until the service has taken it.
	 * @param server the service
	 * @param account who
	 * @param message where
	 * @param answer approve or deny
	 * @param permission the permission that the button names
	 * @param id the id of the press
	 */
	abstract void press(TestServer server, String account, Message message, String answer, String permission,
			String id);

	/**
	 * What a person reads who pressed, and nobody else: empty if nothing.
	 */
	abstract List<String> toldTo(String account);

	/**
	 * The messages that people see now, the oldest first.
	 */
	abstract List<Message> messages();

	/**
	 * Where the bot writes to a person.
	 */
	abstract String chatOf(String account);

	/**
	 * What a method answers.
	 */
	abstract ObjectNode answer(String method, JsonNode body) throws InterruptedException;

	/**
	 * Answers the next call of a method otherwise.
	 */
	void next(String method, int status, String body, String... header) {
		this.scripted.computeIfAbsent(method, (name) -> new ConcurrentLinkedQueue<>())
			.add(new Scripted(status, body, header));
	}

	List<Call> calls(String method) {
		return this.calls.stream().filter((call) -> call.method().equals(method)).toList();
	}

	/**
	 * Forgets what was called so far. Messages stay.
	 */
	void forget() {
		this.calls.clear();
	}

	private void handle(HttpExchange exchange) throws IOException {
		try (exchange) {
			String path = exchange.getRequestURI().getPath();
			String method = path.substring(path.lastIndexOf('/') + 1);
			JsonNode body = Json.read(exchange.getRequestBody().readAllBytes());
			this.calls.add(new Call(method, path,
					String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")), body));
			Queue<Scripted> others = this.scripted.get(method);
			Scripted other = (others != null) ? others.poll() : null;
			String text = (other != null) ? other.body() : Json.write(answer(method, body));
			byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().set("Content-Type", "application/json");
			if (other != null && other.header().length > 0) {
				exchange.getResponseHeaders().set(other.header()[0], other.header()[1]);
			}
			exchange.sendResponseHeaders((other != null) ? other.status() : 200, bytes.length);
			exchange.getResponseBody().write(bytes);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void close() {
		this.server.stop(0);
		this.threads.shutdownNow();
	}

	/**
	 * A call of a method.
	 */
	record Call(String method, String path, String authorization, JsonNode body) {
	}

	/**
	 * A message as people see it now.
	 *
	 * @param chat where
	 * @param id its id there
	 * @param text all its text
	 * @param buttons the answers that it offers
	 * @param edited whether it was changed
	 * @param permission the permission whose page it links
	 */
	record Message(String chat, String id, String text, List<String> buttons, boolean edited, String permission) {

		static String permission(JsonNode body) {
			Matcher link = LINK.matcher(Json.write(body));
			return link.find() ? link.group(1) : "";
		}

	}

	private record Scripted(int status, String body, String[] header) {
	}

}
