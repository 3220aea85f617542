package io.agentotp.server.policy;

import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * Where a policy comes from.
 *
 * @param kind the kind of place
 * @param location the file, for a policy of a file
 */
public record PolicyOrigin(Kind kind, @Nullable String location) {

	static final PolicyOrigin API = new PolicyOrigin(Kind.API, null);

	static PolicyOrigin file(String location) {
		return new PolicyOrigin(Kind.FILE, location);
	}

	/**
	 * Whether it is changed at its place only, and not over the API.
	 * @return {@code false} for a policy that is kept in the database
	 */
	public boolean isReadOnly() {
		return this.kind != Kind.API;
	}

	public String text() {
		return (this.location != null) ? this.kind.text() + ":" + this.location : this.kind.text();
	}

	/**
	 * A kind of place.
	 */
	public enum Kind {

		/**
		 * A file of policies.
		 */
		FILE,

		/**
		 * The database.
		 */
		API;

		public String text() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

}
