package io.agentotp.server.audit;

import io.agentotp.server.token.Secrets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collection;

import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A signed statement of what the chain was like at a place. Kept elsewhere, it shows what
 * somebody does to the database.
 *
 * @param chain the id of the database
 * @param seq the place
 * @param hash the hash of the link at that place
 * @param at when it was signed
 * @param keyId the key that signed
 * @param signature the signature
 */
public record Checkpoint(String chain, long seq, String hash, Instant at, String keyId, String signature) {

	static Checkpoint sign(String chain, long seq, String hash, Instant at, AuditKey key) {
		return new Checkpoint(chain, seq, hash, at, key.id(), key.sign(bytes(chain, seq, hash, at, key.id())));
	}

	private static byte[] bytes(String chain, long seq, String hash, Instant at, String keyId) {
		return Secrets.join("agent-otp-audit-checkpoint-v1", chain, String.valueOf(seq), hash, at.toString(), keyId);
	}

	boolean isSignedBy(Collection<AuditKey> keys) {
		byte[] bytes = bytes(this.chain, this.seq, this.hash, this.at, this.keyId);
		return keys.stream().anyMatch((key) -> key.id().equals(this.keyId) && key.verifies(bytes, this.signature));
	}

	public ObjectNode toJson() {
		return Json.object()
			.put("chain", this.chain)
			.put("seq", this.seq)
			.put("hash", this.hash)
			.put("at", this.at.toString())
			.put("keyId", this.keyId)
			.put("signature", this.signature);
	}

	/**
	 * Reads a line of a file of checkpoints, which must be as the service writes it.
	 * @param line the line
	 * @return the checkpoint, or {@code null} if the line is none
	 */
	public static @Nullable Checkpoint read(String line) {
		try {
			JsonNode json = Json.mapper().readTree(line);
			Checkpoint checkpoint = new Checkpoint(json.path("chain").stringValue(), json.path("seq").longValue(),
					json.path("hash").stringValue(), Instant.parse(json.path("at").stringValue()),
					json.path("keyId").stringValue(), json.path("signature").stringValue());
			return Json.write(checkpoint.toJson()).equals(line) ? checkpoint : null;
		}
		catch (JacksonException | DateTimeParseException ex) {
			return null;
		}
	}

}
