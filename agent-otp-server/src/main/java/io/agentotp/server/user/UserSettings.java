package io.agentotp.server.user;

import java.util.Set;

import io.agentotp.server.config.AgentOtpServerProperties.Role;

/**
 * What administrators set of a user.
 *
 * @param roles what it may do
 * @param profile what it belongs to, and how it is told
 */
public record UserSettings(Set<Role> roles, UserProfile profile) {
}
