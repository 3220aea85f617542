package io.agentotp.server.user;

import java.time.Instant;
import java.util.Set;

import io.agentotp.server.config.AgentOtpServerProperties.Role;
import org.jspecify.annotations.Nullable;

/**
 * A user of the service, without secrets.
 *
 * @param name its name
 * @param roles what it may do
 * @param profile what it belongs to, and how it is told; nothing if it is not intact
 * @param active whether it may sign in
 * @param intact whether it is as the service stored it; otherwise it may do nothing
 * @param configured whether it comes from the configuration, so that only that can change
 * it
 * @param password whether it has a password
 * @param temporary whether the password is good for choosing another one only
 * @param key whether it has a key for the API
 * @param provider the identity provider that says what it may do, {@code null} for one
 * that is kept here only
 * @param linkUntil until when it can set a password by a link, {@code null} without one
 * @param createdAt since when it is known
 */
public record UserAccount(String name, Set<Role> roles, UserProfile profile, boolean active, boolean intact,
		boolean configured, boolean password, boolean temporary, boolean key, @Nullable String provider,
		@Nullable Instant linkUntil, Instant createdAt) {
}
