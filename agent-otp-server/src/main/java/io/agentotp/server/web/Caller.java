package io.agentotp.server.web;

import java.util.Arrays;
import java.util.Collection;
import java.util.Set;

import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContextHolder;

/**
 * Kinds of callers. An agent is never any of the others.
 */
public enum Caller {

	/**
	 * Everybody, without credentials.
	 */
	ANYBODY,

	/**
	 * An agent with its key.
	 */
	AGENT,

	/**
	 * A person who is signed in or has a key, whatever the role.
	 */
	PERSON,

	/**
	 * A person who decides.
	 */
	APPROVER,

	/**
	 * A person who administers.
	 */
	ADMINISTRATOR,

	/**
	 * A person who reads.
	 */
	AUDITOR;

	/**
	 * Whether a caller has to choose a password first: it is a person, but may nothing.
	 * @param caller the caller
	 * @return {@code true} for who came with a temporary password
	 */
	public static boolean hasTemporaryPassword(Authentication caller) {
		return isAny(caller, PERSON) && !isAny(caller, APPROVER, ADMINISTRATOR, AUDITOR);
	}

	/**
	 * Whether a caller is of one of some kinds.
	 * @param caller the caller
	 * @param callers the kinds
	 * @return whether it is
	 */
	public static boolean isAny(Authentication caller, Caller... callers) {
		return isAny(caller.getAuthorities(), callers);
	}

	/**
	 * Whether who has some authorities is of one of some kinds.
	 * @param granted the authorities
	 * @param callers the kinds
	 * @return whether it is
	 */
	public static boolean isAny(Collection<? extends GrantedAuthority> granted, Caller... callers) {
		Set<String> authorities = AuthorityUtils.authorityListToSet(granted);
		return Arrays.stream(callers).map(Caller::authority).anyMatch(authorities::contains);
	}

	/**
	 * The name of the authority of this caller.
	 * @return the authority
	 */
	public String authority() {
		return "ROLE_" + name();
	}

	/**
	 * Whether the request at hand is that of a person who is known.
	 * @return {@code false} for agents and strangers
	 */
	public static boolean isPerson() {
		Authentication caller = SecurityContextHolder.getContext().getAuthentication();
		return caller != null && isAny(caller, PERSON);
	}

}
