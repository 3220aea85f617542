package io.agentotp.spring.operation;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticatedPrincipal;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.util.ClassUtils;

/**
 * Who somebody is to Spring Security, without what proves it. A class of an application's
 * own may have more than that, and is none of these.
 */
final class Identities {

	/** The approver is told that this is bound, and not all. */
	static final String FORM = "name and authorities";

	private static final boolean ARE_PRESENT = ClassUtils.isPresent("org.springframework.security.core.Authentication",
			Identities.class.getClassLoader());

	private Identities() {
	}

	/**
	 * Return the form of an identity, whose principal may still have to be written; or
	 * {@code null} if the value is none.
	 * @throws UnwritableStateException if its name is its credentials
	 */
	static @Nullable Map<String, @Nullable Object> of(Object value) {
		return (ARE_PRESENT && isKnown(value)) ? Known.form(value) : null;
	}

	/**
	 * Return whether values of a declared type may have an identity.
	 */
	static boolean mayBe(Class<?> type) {
		return ARE_PRESENT && Known.mayBe(type);
	}

	private static boolean isKnown(Object value) {
		return value.getClass().getName().startsWith("org.springframework.security.");
	}

	/** Spring Security may not be there. */
	private static final class Known {

		static @Nullable Map<String, @Nullable Object> form(Object value) {
			Map<String, @Nullable Object> form = new LinkedHashMap<>();
			if (value instanceof Authentication authentication) {
				Object principal = authentication.getPrincipal();
				if (principal instanceof String name && name.equals(authentication.getCredentials())) {
					throw new UnwritableStateException(value.getClass(), "its name is its credentials");
				}
				if (principal == null || principal instanceof String || isKnown(principal)) {
					form.put("name", authentication.getName());
				}
				else {
					form.put("principal", principal);
				}
				form.put("identity", PrincipalIdentity.of(authentication));
				form.put("authorities", authorities(authentication.getAuthorities()));
				form.put("authenticated", authentication.isAuthenticated());
				return form;
			}
			if (value instanceof UserDetails user) {
				form.put("name", user.getUsername());
				form.put("authorities", authorities(user.getAuthorities()));
				return form;
			}
			if (value instanceof AuthenticatedPrincipal principal) {
				form.put("name", principal.getName());
				Object issuer = PrincipalIdentity.subject(principal);
				if (issuer != null) {
					form.put("issuer", issuer);
				}
				return form;
			}
			return null;
		}

		static boolean mayBe(Class<?> type) {
			boolean isOpen = type.isInterface() || type.getName().startsWith("org.springframework.security.");
			return isOpen && (Authentication.class.isAssignableFrom(type) || UserDetails.class.isAssignableFrom(type)
					|| AuthenticatedPrincipal.class.isAssignableFrom(type));
		}

		private static List<String> authorities(Collection<? extends GrantedAuthority> authorities) {
			return authorities.stream().map(GrantedAuthority::getAuthority).map(String::valueOf).sorted().toList();
		}

	}

}
