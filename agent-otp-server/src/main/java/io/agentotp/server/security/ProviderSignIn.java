package io.agentotp.server.security;

import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.authentication.AuthenticationSuccessHandler;
import org.springframework.security.web.context.SecurityContextRepository;

/**
 * Lets people sign in at identity providers. There is one if the settings name a
 * provider.
 */
public interface ProviderSignIn {

	/**
	 * The attribute of a request that signs somebody in: when they proved who they are,
	 * an {@link java.time.Instant}. Without it, they did so now.
	 */
	String AUTHENTICATED_AT = ProviderSignIn.class.getName() + ".AUTHENTICATED_AT";

	/**
	 * Adds what is needed to the chain of the pages.
	 * @param http the chain
	 * @param contexts keeps who signed in
	 * @param success leads people to the page that they wanted
	 */
	void addTo(HttpSecurity http, SecurityContextRepository contexts, AuthenticationSuccessHandler success);

}
