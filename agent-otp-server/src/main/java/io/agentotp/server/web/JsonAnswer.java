package io.agentotp.server.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import com.fasterxml.jackson.annotation.JsonValue;
import io.agentotp.server.json.Json;
import jakarta.servlet.http.HttpServletResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An answer in the envelope of the API. It may hold a token, so it does not print what it
 * holds: Spring MVC logs answers.
 */
public final class JsonAnswer {

	private final ObjectNode json;

	private JsonAnswer(ObjectNode json) {
		this.json = json;
	}

	public static JsonAnswer success(JsonNode data) {
		return new JsonAnswer(envelope(data));
	}

	/**
	 * A page of a list.
	 * @param data the elements
	 * @param meta which page it is
	 * @return the answer
	 */
	public static JsonAnswer success(JsonNode data, JsonNode meta) {
		ObjectNode envelope = envelope(data);
		envelope.set("meta", meta);
		return new JsonAnswer(envelope);
	}

	private static ObjectNode envelope(JsonNode data) {
		ObjectNode envelope = Json.object().put("success", true);
		envelope.set("data", data);
		return envelope;
	}

	private static ObjectNode failure(Problem problem) {
		ObjectNode envelope = Json.object().put("success", false);
		ObjectNode error = envelope.putObject("error").put("code", problem.code()).put("message", problem.text());
		if (!problem.details().isEmpty()) {
			error.set("details", Json.toObject(problem.details()));
		}
		return envelope;
	}

	/**
	 * Writes a problem, unless an answer has begun.
	 * @param response where to
	 * @param problem the problem
	 * @throws IOException if the caller is gone
	 */
	public static void write(HttpServletResponse response, Problem problem) throws IOException {
		if (response.isCommitted()) {
			return;
		}
		response.resetBuffer();
		response.setStatus(problem.status());
		if (problem.status() == 401) {
			response.setHeader("WWW-Authenticate", "Bearer");
		}
		if (problem.retryAfter() != null) {
			response.setHeader("Retry-After", String.valueOf(problem.retryAfter().toSeconds()));
		}
		response.setHeader("Cache-Control", "no-store");
		response.setContentType("application/json");
		byte[] body = Json.write(failure(problem)).getBytes(StandardCharsets.UTF_8);
		response.setContentLength(body.length);
		response.getOutputStream().write(body);
	}

	/**
	 * What is written.
	 * @return the answer
	 */
	@JsonValue
	public ObjectNode json() {
		return this.json;
	}

	@Override
	public String toString() {
		return "JsonAnswer[]";
	}

}
