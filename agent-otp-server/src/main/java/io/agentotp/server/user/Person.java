package io.agentotp.server.user;

import java.util.Objects;

import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;

import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.userdetails.User;

/**
 * A user who may act, as it was when it was read.
 */
public final class Person extends User {

	/**
	 * How the authority of a role begins.
	 */
	static final String AUTHORITY = "ROLE_";

	private final String passwordMark;

	Person(String name, @Nullable String passwordHash, String... authorities) {
		super(name, Objects.requireNonNullElse(passwordHash, ""), AuthorityUtils.createAuthorityList(authorities));
		this.passwordMark = Secrets.sha256("mark:" + getPassword());
	}

	/**
	 * Whether the person has a role now.
	 * @param role the role
	 * @return {@code false} also while the password is a temporary one
	 */
	public boolean has(Role role) {
		return getAuthorities().stream().anyMatch((authority) -> (AUTHORITY + role).equals(authority.getAuthority()));
	}

	/**
	 * Tells the present password of the user from its others, also once the password is
	 * erased here.
	 * @return the mark
	 */
	public String passwordMark() {
		return this.passwordMark;
	}

}
