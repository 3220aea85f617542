package io.agentotp.server.web;

import java.util.stream.Stream;

import org.springframework.security.core.Authentication;
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
		return caller != null && Stream.of(APPROVER, ADMINISTRATOR, AUDITOR)
			.anyMatch((person) -> caller.getAuthorities()
				.stream()
				.anyMatch((authority) -> person.authority().equals(authority.getAuthority())));
	}

}
