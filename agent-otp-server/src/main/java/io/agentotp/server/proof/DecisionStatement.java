package io.agentotp.server.proof;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

import io.agentotp.server.json.CanonicalJson;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a person decides, in the words that are signed.
 *
 * @param permission the id of the permission
 * @param agent the id of the agent that asked
 * @param callDigest the digest of the call, if there is one
 * @param action the action
 * @param resource the resource, if there is one
 * @param grantedScope what is granted; nothing if it is denied
 * @param approved whether it is approved
 * @param reason the words of the person, if there are some
 * @param approver the name of the person
 * @param nonce a random value that no other statement has
 * @param at when the person read it, in whole seconds
 */
public record DecisionStatement(String permission, String agent, @Nullable String callDigest, String action,
		@Nullable String resource, ObjectNode grantedScope, boolean approved, @Nullable String reason, String approver,
		String nonce, Instant at) {

	/**
	 * How long a person has to sign it.
	 */
	public static final Duration LIFE = Duration.ofMinutes(5);

	private static final int VERSION = 1;

	/**
	 * Its text, as RFC 8785 says, which is what is signed.
	 * @return the text
	 */
	public String text() {
		ObjectNode json = Json.object()
			.put("v", VERSION)
			.put("permission", this.permission)
			.put("agent", this.agent)
			.put("callDigest", this.callDigest)
			.put("action", this.action)
			.put("resource", this.resource)
			.put("decision", this.approved ? "approve" : "deny")
			.put("reason", this.reason)
			.put("approver", this.approver)
			.put("nonce", this.nonce)
			.put("at", this.at.toString());
		json.set("grantedScope", this.grantedScope);
		return CanonicalJson.text(json);
	}

	/**
	 * The hash that stands for a statement in what is signed.
	 * @param text the text of the statement
	 * @return its SHA-256 in hexadecimal
	 */
	public static String hash(String text) {
		return Secrets.sha256(text);
	}

	/**
	 * Reads a statement.
	 * @param text its text
	 * @return the statement, or {@code null} if the text is none of this version
	 */
	public static @Nullable DecisionStatement read(String text) {
		ObjectNode json = Json.readObjectOrNull(text);
		if (json == null || json.path("v").asInt(0) != VERSION
				|| !(json.get("grantedScope") instanceof ObjectNode scope)) {
			return null;
		}
		String decision = text(json, "decision");
		try {
			return new DecisionStatement(required(json, "permission"), required(json, "agent"),
					text(json, "callDigest"), required(json, "action"), text(json, "resource"), scope,
					switch (String.valueOf(decision)) {
						case "approve" -> true;
						case "deny" -> false;
						default -> throw new IllegalArgumentException("decision");
					}, text(json, "reason"), required(json, "approver"), required(json, "nonce"),
					Instant.parse(required(json, "at")));
		}
		catch (IllegalArgumentException | DateTimeException ex) {
			return null;
		}
	}

	private static String required(ObjectNode json, String field) {
		String text = text(json, field);
		if (text == null) {
			throw new IllegalArgumentException(field);
		}
		return text;
	}

	private static @Nullable String text(ObjectNode json, String field) {
		JsonNode value = json.path(field);
		return value.isString() ? value.stringValue() : null;
	}

}
