package io.agentotp.server.permission;

import java.time.Instant;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one person decided on a request.
 *
 * @param permissionId the request
 * @param number its number among those of the request, from 1
 * @param stage the stage, from 0
 * @param person as whom it counts
 * @param voter who decided, who may stand in for that person
 * @param approved whether the person approved
 * @param scope what was left of the scope with it
 * @param reason why, or {@code null}
 * @param byOwner whether the voter counts as an owner of the agent
 * @param at when
 * @param proof what the voter signed, as JSON, or {@code null}
 */
public record Vote(String permissionId, int number, int stage, String person, String voter, boolean approved,
		ObjectNode scope, @Nullable String reason, boolean byOwner, Instant at, @Nullable String proof) {

	/**
	 * For whom the voter stood in.
	 * @return the person, or {@code null} if the voter decided as such
	 */
	public @Nullable String inPlaceOf() {
		return this.person.equals(this.voter) ? null : this.person;
	}

	@Override
	public String toString() {
		return "Vote[" + this.permissionId + "/" + this.number + "]";
	}

}
