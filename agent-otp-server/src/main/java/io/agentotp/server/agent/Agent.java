package io.agentotp.server.agent;

import java.text.Normalizer;
import java.time.Instant;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * An agent that may ask.
 *
 * @param id its name
 * @param intact whether it is as the service stored it; otherwise it may do nothing
 * @param description what it is for
 * @param owner the user who owns it, if known
 * @param active whether its key is accepted
 * @param configured whether the configuration has it, so that only that can change it
 * @param test whether its key is one for tests
 * @param requestsPerMinute how many requests it may send a minute, {@code null} for as
 * many as all others
 * @param maxPending how many of its questions may wait at once, {@code null} for as many
 * as all others
 * @param freeze since when, by whom and why it may do nothing, {@code null} while it may
 * @param allFrozen whether no agent may do anything
 * @param policyRevision the revision of the policies when this was read
 * @param readAt when this was read, by {@link System#nanoTime()}
 * @param keyHash the hash of the key that it was read by, or of its present one
 * @param keySeenBy which user has seen its present key, since it was made for them;
 * {@code null} for nobody
 * @param createdAt since when it is known
 */
public record Agent(String id, boolean intact, @Nullable String description, @Nullable String owner, String keyHash,
		@Nullable String keySeenBy, boolean active, boolean configured, boolean test,
		@Nullable Integer requestsPerMinute, @Nullable Integer maxPending, @Nullable Freeze freeze, boolean allFrozen,
		String policyRevision, long readAt, Instant createdAt) {

	// Names of users have none of these.
	private static final Pattern INVISIBLE = Pattern.compile("[\\p{C}\\p{Z}\\p{M}]");

	/**
	 * Whether the owner of an agent is a user, in whatever width or case it is written.
	 * @param owner the owner as it was typed
	 * @param user the user
	 * @return whether they are the same person
	 */
	public static boolean isSame(@Nullable String owner, String user) {
		return owner != null && INVISIBLE.matcher(Normalizer.normalize(owner, Normalizer.Form.NFKC))
			.replaceAll("")
			.equalsIgnoreCase(user);
	}

	/**
	 * What an administrator can change of it.
	 * @return the settings
	 */
	public AgentSettings settings() {
		return new AgentSettings(this.description, this.owner, this.requestsPerMinute, this.maxPending);
	}

	/**
	 * Whether it may ask for nothing and use nothing, by itself or with all others.
	 * @return {@code true} while it is frozen
	 */
	public boolean isFrozen() {
		return this.freeze != null || this.allFrozen;
	}

}
