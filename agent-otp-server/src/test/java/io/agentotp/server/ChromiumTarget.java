package io.agentotp.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

import io.agentotp.server.json.Json;
import tools.jackson.databind.JsonNode;

/**
 * A page or a worker of a browser, by the protocol of its developer tools: the driver
 * knows no workers.
 */
final class ChromiumTarget implements AutoCloseable, WebSocket.Listener {

	private static final HttpClient CLIENT = HttpClient.newHttpClient();

	private final List<JsonNode> received = new CopyOnWriteArrayList<>();

	private final StringBuilder part = new StringBuilder();

	private final AtomicInteger calls = new AtomicInteger();

	private final WebSocket socket;

	private ChromiumTarget(URI url) {
		this.socket = CLIENT.newWebSocketBuilder().buildAsync(url, this).join();
	}

	/**
	 * Waits for a target and connects to it.
	 */
	static ChromiumTarget of(Chromium browser, String type, String url) {
		String debugger = ((Map<?, ?>) browser.driver().getCapabilities().getCapability("goog:chromeOptions"))
			.get("debuggerAddress")
			.toString();
		List<String> found = new ArrayList<>();
		Await.until("there is a " + type + " at " + url, () -> {
			targets(debugger).valueStream()
				.filter((target) -> target.path("type").asString("").equals(type)
						&& target.path("url").asString("").startsWith(url))
				.forEach((target) -> found.add(target.path("webSocketDebuggerUrl").stringValue()));
			return !found.isEmpty();
		});
		return new ChromiumTarget(URI.create(found.get(0)));
	}

	private static JsonNode targets(String debugger) {
		try {
			return Json.read(
					CLIENT
						.send(HttpRequest.newBuilder(URI.create("http://" + debugger + "/json/list")).build(),
								HttpResponse.BodyHandlers.ofByteArray())
						.body());
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	JsonNode call(String method, Map<String, ?> parameters) {
		int id = this.calls.incrementAndGet();
		this.socket.sendText(Json.write(Map.of("id", id, "method", method, "params", parameters)), true).join();
		JsonNode answer = await(method, (message) -> message.path("id").asInt(0) == id);
		if (answer.has("error")) {
			throw new AssertionError(method + ": " + answer);
		}
		return answer.path("result");
	}

	/**
	 * Runs a script that may wait.
	 */
	JsonNode run(String script) {
		JsonNode result = call("Runtime.evaluate", Map.of("expression", "(async () => { " + script + " })()",
				"awaitPromise", true, "returnByValue", true));
		if (result.has("exceptionDetails")) {
			throw new AssertionError(result.toString());
		}
		return result.path("result").path("value");
	}

	JsonNode await(String what, Predicate<JsonNode> message) {
		Await.until(what, () -> this.received.stream().anyMatch(message));
		return this.received.stream().filter(message).findFirst().orElseThrow();
	}

	@Override
	public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
		this.part.append(data);
		if (last) {
			this.received.add(Json.read(this.part.toString()));
			this.part.setLength(0);
		}
		webSocket.request(1);
		return null;
	}

	@Override
	public void close() {
		this.socket.abort();
	}

}
