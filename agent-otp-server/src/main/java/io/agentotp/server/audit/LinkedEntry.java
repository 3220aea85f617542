package io.agentotp.server.audit;

import java.time.Instant;
import java.time.format.DateTimeParseException;

import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A row at its place in the chain.
 *
 * @param seq its place, 0 for a row that is not linked yet
 * @param previousHash the hash of the link before it, if known
 * @param hash the hash of its link
 * @param entry the row, {@code null} if it is gone
 */
public record LinkedEntry(long seq, @Nullable String previousHash, @Nullable String hash, @Nullable AuditEntry entry) {

	LinkedEntry with(AuditEntry other) {
		return new LinkedEntry(this.seq, this.previousHash, this.hash, other);
	}

	/**
	 * The row as an export has it.
	 * @return the row
	 */
	public ObjectNode toJson() {
		ObjectNode json = Json.object();
		if (this.seq > 0) {
			json.put("seq", this.seq);
		}
		if (this.entry != null) {
			json.setAll(this.entry.toJson());
		}
		return json.put("previousHash", this.previousHash).put("hash", this.hash);
	}

	/**
	 * Reads a line of an export. Others may read a line differently that has a name twice
	 * or more than a row has, so it must be as the service writes it.
	 * @param line the line
	 * @return the row, or {@code null} if the line is none
	 */
	static @Nullable LinkedEntry read(String line) {
		try {
			ObjectNode json = Json.readObjectOrNull(line);
			if (json == null || !(json.get("details") instanceof ObjectNode details)) {
				return null;
			}
			AuditEntry entry = new AuditEntry(json.path("id").longValue(), Instant.parse(json.path("at").stringValue()),
					text(json, "permissionId"), text(json, "agentId"), json.path("event").stringValue(),
					json.path("actor").stringValue(), text(json, "address"), Json.write(details), text(json, "seal"),
					String.valueOf(text(json, "mac")), json.path("forged").asBoolean(false));
			LinkedEntry row = new LinkedEntry(json.path("seq").asLong(0), text(json, "previousHash"),
					text(json, "hash"), entry);
			return Json.write(row.toJson()).equals(line) ? row : null;
		}
		catch (JacksonException | DateTimeParseException ex) {
			return null;
		}
	}

	private static @Nullable String text(ObjectNode json, String field) {
		JsonNode value = json.get(field);
		return (value != null && value.isString()) ? value.stringValue() : null;
	}

}
