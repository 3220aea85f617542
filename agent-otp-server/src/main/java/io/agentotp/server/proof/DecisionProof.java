package io.agentotp.server.proof;

import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

import io.agentotp.server.json.CanonicalJson;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What shows that a person decided: a statement and the assertion of a passkey over it.
 * All but the statement is as the browser gave it, in Base64 for URLs without padding.
 *
 * @param statement the text of the statement
 * @param statements the hashes of all statements that were signed together
 * @param credentialId which passkey
 * @param authenticatorData what the authenticator says of itself and the person
 * @param clientDataJson what the browser says of page and challenge
 * @param signature the signature over both
 */
public record DecisionProof(String statement, List<String> statements, String credentialId, String authenticatorData,
		String clientDataJson, String signature) {

	private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

	public DecisionProof {
		statements = List.copyOf(statements);
	}

	/**
	 * What a passkey signs for some statements.
	 * @param statements their hashes
	 * @return the challenge
	 */
	public static byte[] challenge(List<String> statements) {
		ObjectNode json = Json.object().put("v", 1).put("type", "agent-otp-decisions");
		ArrayNode hashes = json.putArray("statements");
		statements.forEach(hashes::add);
		return HexFormat.of().parseHex(Secrets.sha256(CanonicalJson.bytes(json)));
	}

	public ObjectNode toJson() {
		ObjectNode json = Json.object().put("statement", this.statement);
		ArrayNode hashes = json.putArray("statements");
		this.statements.forEach(hashes::add);
		return json.put("credentialId", this.credentialId)
			.put("authenticatorData", this.authenticatorData)
			.put("clientDataJSON", this.clientDataJson)
			.put("signature", this.signature);
	}

	/**
	 * Reads a proof.
	 * @param json what should be one
	 * @return the proof, or {@code null} if it is none
	 */
	public static @Nullable DecisionProof read(JsonNode json) {
		List<String> statements = json.path("statements").valueStream().map((hash) -> hash.asString("")).toList();
		List<String> texts = List.of("statement", "credentialId", "authenticatorData", "clientDataJSON", "signature")
			.stream()
			.map((field) -> json.path(field).isString() ? json.path(field).stringValue() : "")
			.toList();
		return (texts.contains("") || !statements.stream().allMatch((hash) -> HASH.matcher(hash).matches())) ? null
				: new DecisionProof(texts.get(0), statements, texts.get(1), texts.get(2), texts.get(3), texts.get(4));
	}

}
