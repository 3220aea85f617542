package io.agentotp.server.agent;

import org.jspecify.annotations.Nullable;

/**
 * What an administrator can set of an agent.
 *
 * @param description what it is for
 * @param owner the user who owns it
 * @param requestsPerMinute its own rate limit
 * @param maxPending its own limit of questions that wait
 */
public record AgentSettings(@Nullable String description, @Nullable String owner, @Nullable Integer requestsPerMinute,
		@Nullable Integer maxPending) {
}
