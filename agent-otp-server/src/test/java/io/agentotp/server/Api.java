package io.agentotp.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.server.json.Json;
import tools.jackson.databind.JsonNode;

/**
 * A caller of the API with one key.
 */
final class Api {

	private static final HttpClient CLIENT = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.connectTimeout(Duration.ofSeconds(5))
		.build();

	private static final AtomicInteger TURN = new AtomicInteger();

	private final List<String> urls;

	private final List<String> headers;

	Api(String url, String key) {
		this(List.of(url), key);
	}

	Api(List<String> urls, String key) {
		this(urls, (key != null) ? List.of("Authorization", "Bearer " + key) : List.of());
	}

	private Api(Collection<String> urls, List<String> headers) {
		this.urls = List.copyOf(urls);
		this.headers = headers;
	}

	Api with(String name, String value) {
		List<String> more = new ArrayList<>(this.headers);
		more.add(name);
		more.add(value);
		return new Api((Collection<String>) this.urls, more);
	}

	Answer get(String path) {
		return send("GET", path, null);
	}

	Answer post(String path, String body) {
		return send("POST", path, body);
	}

	CompletableFuture<Answer> getLater(String path) {
		return CLIENT.sendAsync(request("GET", path, null), HttpResponse.BodyHandlers.ofString()).thenApply(Answer::of);
	}

	Answer send(String method, String path, String body) {
		try {
			return Answer.of(CLIENT.send(request(method, path, body), HttpResponse.BodyHandlers.ofString()));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private HttpRequest request(String method, String path, String body) {
		String url = this.urls.get(Math.floorMod(TURN.getAndIncrement(), this.urls.size()));
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "/api/v1" + path))
			.timeout(Duration.ofSeconds(40))
			.method(method,
					(body != null) ? HttpRequest.BodyPublishers.ofString(body) : HttpRequest.BodyPublishers.noBody());
		if (body != null) {
			request.header("Content-Type", "application/json");
		}
		if (!this.headers.isEmpty()) {
			request.headers(this.headers.toArray(String[]::new));
		}
		return request.build();
	}

	// The verbs of the protocol

	Answer request(String action) {
		return post("/permissions/request", "{\"action\":\"" + action + "\"}");
	}

	String pending(String action) {
		return request(action).expect(202).data().path("id").stringValue();
	}

	String pendingBound(String action) {
		return post("/permissions/request",
				Calls.bound(
						"{\"action\":\"" + action + "\",\"call\":{\"target\":{\"tool\":\"send\"},\"arguments\":[]}}"))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	Answer decide(String id, boolean approved) {
		return post("/permissions/" + id + "/decide", "{\"approved\":" + approved + "}");
	}

	Answer use(String id, String token) {
		return post("/permissions/" + id + "/use", "{\"token\":\"" + token + "\"}");
	}

	Answer verify(String id, String token) {
		return post("/permissions/" + id + "/verify", "{\"token\":\"" + token + "\"}");
	}

	String status(String id) {
		return get("/permissions/" + id).expect(200).data().path("status").stringValue();
	}

	String token(String id) {
		return get("/permissions/" + id).expect(200).data().path("token").stringValue();
	}

	record Answer(int status, JsonNode body, HttpResponse<String> raw) {

		static Answer of(HttpResponse<String> response) {
			String text = response.body();
			return new Answer(response.statusCode(), text.startsWith("{") && !text.contains("}\n{")
					? Json.mapper().readTree(text) : Json.object().put("text", text), response);
		}

		Answer expect(int expected) {
			if (this.status != expected) {
				throw new AssertionError("Expected " + expected + " but got " + this.status + ": " + this.body);
			}
			return this;
		}

		JsonNode data() {
			return this.body.path("data");
		}

		String code() {
			return this.body.path("error").path("code").asString();
		}

		String message() {
			return this.body.path("error").path("message").asString();
		}

		JsonNode details() {
			return this.body.path("error").path("details");
		}

		String header(String name) {
			return this.raw.headers().firstValue(name).orElse(null);
		}

	}

}
