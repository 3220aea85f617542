package io.agentotp.spring.guard;

import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * For whom a call is made, as far as this application knows: what was approved for one is
 * not picked up by another.
 *
 * @param kind what is known
 * @param id what tells the principal or the web session from others, else {@code null}
 * @param name the name of the principal, else {@code null}
 */
public record CallerIdentity(Kind kind, @Nullable String id, @Nullable String name) {

	/** The application itself, which authenticates nobody here. */
	static final CallerIdentity APPLICATION = new CallerIdentity(Kind.APPLICATION, null, null);

	/** Somebody calls from outside, and could be anybody. */
	static final CallerIdentity STRANGER = new CallerIdentity(Kind.STRANGER, null, null);

	static CallerIdentity principal(String id, String name) {
		return new CallerIdentity(Kind.PRINCIPAL, id, name);
	}

	static CallerIdentity session(String id) {
		return new CallerIdentity(Kind.SESSION, id, null);
	}

	/**
	 * Return whether one caller can be told from another.
	 */
	boolean isKnown() {
		return this.id != null;
	}

	boolean is(Kind kind) {
		return this.kind == kind;
	}

	/**
	 * Return what makes its calls others than those of other callers.
	 */
	Map<String, String> claims() {
		return (this.id != null) ? Map.of(this.kind.name().toLowerCase(Locale.ROOT), this.id) : Map.of();
	}

	// Whoever knows the id of a session can take part in it.
	@Override
	public String toString() {
		return this.kind.toString();
	}

	/**
	 * What is known of a caller.
	 */
	public enum Kind {

		/** An authenticated principal. */
		PRINCIPAL,

		/** The session of a web request that nobody is authenticated for. */
		SESSION,

		/**
		 * A web request without either, where users are authenticated, or a subscriber
		 * that nobody knows.
		 */
		STRANGER,

		/** None of them: the application calls for itself. */
		APPLICATION

	}

}
