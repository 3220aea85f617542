package io.agentotp.server.user;

import java.util.Set;

import io.agentotp.server.config.AgentOtpServerProperties.Role;
import org.jspecify.annotations.Nullable;

/**
 * Who signed in at an identity provider, and what it says of them.
 *
 * @param provider the name of the provider in the settings
 * @param issuer the issuer
 * @param subject the stable id there, which no other person gets
 * @param preferredName what the person is called there, which may change and mean
 * somebody else later, or {@code null}
 * @param roles the roles that the settings give for it
 * @param groups the groups that the settings give for it
 */
public record ProviderIdentity(String provider, String issuer, String subject, @Nullable String preferredName,
		Set<Role> roles, Set<String> groups) {
}
