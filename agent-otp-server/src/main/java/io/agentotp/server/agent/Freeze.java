package io.agentotp.server.agent;

import java.io.Serializable;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * That an agent, or everything, is stopped.
 *
 * @param at since when
 * @param by by whom
 * @param reason why
 */
public record Freeze(Instant at, String by, @Nullable String reason) implements Serializable {
}
