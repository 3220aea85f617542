package io.agentotp.server.notification.chat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;

import io.agentotp.server.json.Json;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.http.BoundedCall;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Calls the API of a chat with JSON. No exception and no log names an address: a token
 * may be part of it.
 */
public final class ChatApi {

	private static final Duration CONNECT = Duration.ofSeconds(10);

	private final String name;

	private final HttpClient client = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.connectTimeout(CONNECT)
		.followRedirects(HttpClient.Redirect.NEVER)
		.build();

	/**
	 * Makes a client.
	 * @param name what administrators call the chat
	 */
	public ChatApi(String name) {
		this.name = name;
	}

	/**
	 * The HTTP client, for what is no call of a method.
	 * @return the client
	 */
	public HttpClient client() {
		return this.client;
	}

	/**
	 * Calls a method.
	 * @param method the address of the method
	 * @param bearer the token for the header, {@code null} for none
	 * @param body the parameters
	 * @param timeout how long the whole call may take
	 * @return the answer
	 * @throws DeliveryException if there is none
	 */
	public Answer post(URI method, @Nullable String bearer, ObjectNode body, Duration timeout)
			throws DeliveryException {
		HttpRequest.Builder request = HttpRequest.newBuilder(method)
			.timeout(timeout)
			.header("Content-Type", "application/json; charset=utf-8")
			.POST(HttpRequest.BodyPublishers.ofByteArray(Json.mapper().writeValueAsBytes(body)));
		if (bearer != null) {
			request.header("Authorization", "Bearer " + bearer);
		}
		try {
			BoundedCall.Answer answer = BoundedCall.send(this.client, request.build(), timeout);
			if (answer.body() == null) {
				throw DeliveryException.retry(this.name + " did not finish its answer", answer.after());
			}
			return new Answer(answer.status(), json(answer.body()), answer.after());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw notReached(ex);
		}
		catch (IOException ex) {
			throw notReached(ex);
		}
	}

	private DeliveryException notReached(Exception ex) {
		return DeliveryException.retry(this.name + " was not reached: " + ex.getClass().getSimpleName(), null);
	}

	private static JsonNode json(byte[] body) {
		try {
			return Json.read(body);
		}
		catch (JacksonException ex) {
			return Json.object();
		}
	}

	/**
	 * What a method answered.
	 *
	 * @param status the HTTP status
	 * @param body the JSON, an empty object if it was none
	 * @param after how long the chat wants to be left alone, {@code null} if it does not
	 * say
	 */
	public record Answer(int status, JsonNode body, @Nullable Duration after) {

		@Override
		public String toString() {
			return "Answer[" + this.status + "]";
		}

	}

}
