package io.agentotp.server.permission;

import org.jspecify.annotations.Nullable;

/**
 * The agent that asks, as it was when it asked.
 *
 * @param agentId its name
 * @param owner who owned it
 * @param keySeenBy which user had seen its key
 * @param test whether it asked with a key for tests
 */
public record Asker(String agentId, @Nullable String owner, @Nullable String keySeenBy, boolean test) {
}
