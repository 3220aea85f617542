package io.agentotp.server.config;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.config.AgentOtpServerProperties.User;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * An identity provider at which people sign in (OpenID Connect).
 *
 * @param issuerUri URL of the issuer, as its tokens name it; it is asked for its
 * addresses and keys when somebody signs in first.
 * @param clientId Id of this service there.
 * @param clientSecret Secret of this service there; without one it is a public client.
 * @param title What the sign-in page calls it; by default its name in these settings.
 * @param scopes What is asked for beside openid.
 * @param claims Claims whose values roles and groups are given for, with dots for what is
 * inside another, such as realm_access.roles.
 * @param roles Values of the claims that give a role, by role. Who has none of them may
 * not come in.
 * @param groups Values of the claims that put a person into a group of approvers, by
 * group.
 */
public record OidcSettings(@Nullable URI issuerUri, @Nullable String clientId, @Nullable String clientSecret,
		@Nullable String title, @DefaultValue( {
				"profile", "email" }) List<String> scopes,
		@DefaultValue("groups") List<String> claims, @DefaultValue Map<Role, Set<String>> roles,
		@DefaultValue Map<String, Set<String>> groups){

	/**
	 * What a provider may be named: it stands in addresses and in names of users.
	 */
	private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?");

	private static final int MAX_TITLE = 60;

	void check(String name) {
		String prefix = "oidc." + name + ".";
		if (!NAME.matcher(name).matches()) {
			throw InvalidSettingException.of("oidc", name,
					"The name of a provider has 1 to 32 lower-case letters, digits and hyphens");
		}
		if (this.issuerUri == null) {
			throw InvalidSettingException.of(prefix + "issuer-uri", null,
					"Name the issuer as its tokens do, such as https://login.example.com/realms/company");
		}
		NotificationSettings.api(prefix + "issuer-uri", this.issuerUri);
		if (this.clientId == null || this.clientId.isBlank()) {
			throw InvalidSettingException.of(prefix + "client-id", this.clientId,
					"Register this service at the provider and set the id that it got there");
		}
		AgentOtpServerProperties.resolved(prefix + "client-secret", this.clientSecret);
		if (this.title != null && (this.title.isBlank() || this.title.length() > MAX_TITLE)) {
			throw InvalidSettingException.of(prefix + "title", this.title, "It must have 1 to 60 characters");
		}
		if (this.claims.isEmpty()) {
			throw InvalidSettingException.of(prefix + "claims", null,
					"Name at least one claim that says what people belong to, such as groups");
		}
		if (this.roles.values().stream().allMatch(Set::isEmpty)) {
			throw InvalidSettingException.of(prefix + "roles", null,
					"Nobody could come in. Say which values of the claims give a role, such as roles.approver=ops-approvers");
		}
		this.groups.keySet().forEach((group) -> {
			if (!User.GROUP.matcher(group).matches()) {
				throw InvalidSettingException.of(prefix + "groups", group, User.GROUP_RULE);
			}
		});
		if (this.groups.size() > User.MAX_GROUPS) {
			throw InvalidSettingException.of(prefix + "groups", this.groups.size(),
					"It must be at most " + User.MAX_GROUPS);
		}
	}

	/**
	 * The issuer, as its tokens name it.
	 * @return the URL
	 */
	public String issuer() {
		return String.valueOf(this.issuerUri);
	}

	// The generated form would print the secret.
	@Override
	public String toString() {
		return "OidcSettings[" + this.issuerUri + "]";
	}

}
