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
 */
public record Decision(@Nullable Instant at, @Nullable String by, @Nullable String reason, boolean byOwner) {
}
