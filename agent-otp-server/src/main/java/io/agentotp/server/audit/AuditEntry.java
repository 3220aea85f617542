package io.agentotp.server.audit;

import java.time.Instant;
import java.util.Collection;

import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/**
 * One row of the record.
 *
 * @param id position of the row
 * @param at when it happened
 * @param permissionId the permission, if it is about one
 * @param agentId the agent that asked, if one did
 * @param event what happened
 * @param actor who acted
 * @param address from where
 * @param text what else is known, as JSON: many large ones do not fit into memory as
 * trees
 * @param seal the seal of the row that it tells of, as it was then, if there is one
 * @param mac shows that the service wrote it
 * @param forged whether it was read for people, and the MAC shows that somebody else
 * wrote or changed it
 */
public record AuditEntry(long id, Instant at, @Nullable String permissionId, @Nullable String agentId, String event,
		String actor, @Nullable String address, String text, @Nullable String seal, String mac, boolean forged) {

	/**
	 * The name under which details stand as text that cannot be read as JSON.
	 */
	static final String UNREADABLE = "cannot be read";

	/**
	 * What else is known. It is read each time.
	 * @return the details
	 */
	public ObjectNode details() {
		return Json.readObject(this.text);
	}

	/**
	 * The row as the API and exports show it.
	 * @return the row
	 */
	public ObjectNode toJson() {
		ObjectNode json = Json.object()
			.put("id", this.id)
			.put("at", this.at.toString())
			.put("permissionId", this.permissionId)
			.put("agentId", this.agentId)
			.put("event", this.event)
			.put("actor", this.actor)
			.put("address", this.address);
		json.putRawValue("details", new RawValue(this.text));
		json.put("seal", this.seal).put("mac", this.mac);
		return this.forged ? json.put("forged", true) : json;
	}

	/**
	 * The row with nothing but some of its details.
	 * @param names which
	 * @return the row
	 */
	public AuditEntry withDetails(Collection<String> names) {
		return new AuditEntry(this.id, this.at, this.permissionId, this.agentId, this.event, this.actor, this.address,
				Json.write(details().retain(names)), this.seal, this.mac, this.forged);
	}

	AuditEntry asForged() {
		return new AuditEntry(this.id, this.at, this.permissionId, this.agentId, this.event, this.actor, this.address,
				this.text, this.seal, this.mac, true);
	}

}
