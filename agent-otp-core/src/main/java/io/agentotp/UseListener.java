package io.agentotp;

/**
 * Hears what became of the reports of uses. Called on any thread; an exception is the
 * listener's own affair and must not leave it.
 */
public interface UseListener {

	/** Hears nothing. */
	UseListener NONE = new UseListener() {
	};

	/**
	 * The service has recorded a use.
	 * @param permission the permission, without its token
	 * @param outcome how the body ended, such as {@code succeeded}
	 */
	default void used(Permission permission, String outcome) {
	}

	/**
	 * A use could not be reported: the service rejected it, the token ended, or the
	 * client was closed. The body has run all the same.
	 * @param permission the permission, without its token
	 * @param outcome how the body ended, such as {@code succeeded}
	 * @param failure what went wrong at the last try
	 */
	default void notReported(Permission permission, String outcome, Throwable failure) {
	}

}
