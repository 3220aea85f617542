package io.agentotp.server.page;

import java.util.LinkedHashMap;
import java.util.Map;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.json.Json;
import io.agentotp.server.json.JsonNumbers;
import io.agentotp.server.json.JsonText;
import io.agentotp.server.json.NumberLimitException;
import io.agentotp.server.policy.InvalidPolicyException;
import io.agentotp.server.policy.PolicyRequest;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a person wants to try the policies with: a made-up request or a past one.
 *
 * @param permissionId the past one
 * @param agentId the agent that would ask
 * @param action what for
 * @param resource on what
 * @param scope the limits, a JSON object
 * @param context what the agent would say, a JSON object
 * @param call the call that it is bound to, as JSON
 */
public record SimulationForm(String permissionId, String agentId, String action, String resource, String scope,
		String context, String call) {

	static final SimulationForm EMPTY = new SimulationForm("", "", "", "", "", "", "");

	private static final int MAX_ID = 64;

	private static final int MAX_JSON = 65_536;

	static SimulationForm of(HttpServletRequest request) {
		return new SimulationForm(text(request, "permissionId"), text(request, "agentId"), text(request, "action"),
				text(request, "resource"), text(request, "scope"), text(request, "context"), text(request, "call"));
	}

	private static String text(HttpServletRequest request, String name) {
		String value = request.getParameter(name);
		return (value != null) ? value.strip() : "";
	}

	/**
	 * The id of the past request that is meant.
	 * @return the id, or {@code null} for a made-up request
	 * @throws RefusedException if it cannot be one
	 */
	@Nullable String pastId() {
		if (this.permissionId.isEmpty()) {
			return null;
		}
		if (this.permissionId.length() > MAX_ID || JsonText.problem(this.permissionId) != null) {
			throw new InvalidInputException("permissionId", "must be the id of a permission");
		}
		return this.permissionId;
	}

	/**
	 * The made-up request.
	 * @return the request
	 * @throws RefusedException if it is not one
	 */
	PolicyRequest request() {
		Map<String, String> problems = new LinkedHashMap<>();
		ObjectNode request = Json.object();
		put(request, "agentId", this.agentId);
		put(request, "action", this.action);
		put(request, "resource", this.resource);
		request.set("scope", object("scope", this.scope, problems));
		request.set("context", object("context", this.context, problems));
		if (!this.call.isEmpty()) {
			request.set("call", object("call", this.call, problems));
		}
		JsonText.problems("", request, problems::putIfAbsent);
		if (!problems.isEmpty()) {
			throw new InvalidInputException(problems);
		}
		try {
			return PolicyRequest.read("request", request);
		}
		catch (InvalidPolicyException ex) {
			throw new InvalidInputException(ex.problems());
		}
	}

	private static void put(ObjectNode request, String name, String value) {
		if (!value.isEmpty()) {
			request.put(name, value);
		}
	}

	private static ObjectNode object(String name, String json, Map<String, String> problems) {
		if (json.isEmpty()) {
			return Json.object();
		}
		if (json.length() > MAX_JSON) {
			problems.put(name, "must have at most " + MAX_JSON + " characters");
			return Json.object();
		}
		try {
			JsonNode value = Json.read(json);
			if (value instanceof ObjectNode object) {
				return object;
			}
		}
		catch (NumberLimitException ex) {
			problems.put(ex.path().isEmpty() ? name : name + "." + ex.path(), JsonNumbers.PROBLEM);
			return Json.object();
		}
		catch (JacksonException ex) {
			// Said below; the parser's own message would repeat parts of the text.
		}
		problems.put(name, "must be a JSON object such as {\"max_amount\": 20}, each name once");
		return Json.object();
	}

}
