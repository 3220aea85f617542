package io.agentotp.server.agent;

import java.io.Serializable;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * An agent that may ask.
 *
 * @param id its name
 * @param owner the user who owns it, if known
 * @param active whether it may ask
 * @param createdAt since when it is known
 */
public record Agent(String id, @Nullable String owner, boolean active, Instant createdAt) implements Serializable {

	public boolean isOwnedBy(String user) {
		return this.owner != null && this.owner.equalsIgnoreCase(user);
	}

}
