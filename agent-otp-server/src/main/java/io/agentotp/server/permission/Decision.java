package io.agentotp.server.permission;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What was decided, if anything was.
 *
 * @param at when
 * @param by by whom
 * @param reason why, also why the permission was revoked
 * @param byOwner whether the owner of the agent decided
 * @param votes how many decisions of people are kept, one by one
 */
public record Decision(@Nullable Instant at, @Nullable String by, @Nullable String reason, boolean byOwner, int votes) {

	Decision voted(boolean owner) {
		return new Decision(this.at, this.by, this.reason, this.byOwner || owner, this.votes + 1);
	}

}
