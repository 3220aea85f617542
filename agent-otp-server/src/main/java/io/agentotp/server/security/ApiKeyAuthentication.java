package io.agentotp.server.security;

import java.util.Collection;

import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;

/**
 * A caller that came with a key. The key itself is not kept.
 */
final class ApiKeyAuthentication extends AbstractAuthenticationToken {

	private final transient Object principal;

	private final String name;

	ApiKeyAuthentication(Object principal, String name, Collection<? extends GrantedAuthority> authorities) {
		super(authorities);
		this.principal = principal;
		this.name = name;
		setAuthenticated(true);
	}

	@Override
	public Object getCredentials() {
		return "";
	}

	@Override
	public Object getPrincipal() {
		return this.principal;
	}

	@Override
	public String getName() {
		return this.name;
	}

}
