package io.agentotp.server.notification;

import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * Whether anybody was told that a request waits.
 *
 * @param state whether
 * @param problem why nobody was, or {@code null}
 */
public record Told(State state, @Nullable Problem problem) {

	/**
	 * Whether anybody was told.
	 */
	public enum State {

		/**
		 * A channel has taken a message.
		 */
		TOLD,

		/**
		 * A message is on its way.
		 */
		WAITING,

		/**
		 * Nobody was.
		 */
		NOBODY;

		public String text() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

	/**
	 * Why nobody was told.
	 */
	public enum Problem {

		/**
		 * No channel is set up.
		 */
		NO_CHANNEL("No notification channel is set up"),

		/**
		 * Nobody who may decide has an address, and no place is told.
		 */
		NO_ADDRESS("Nobody who may decide can be told: they have no address in a channel"),

		/**
		 * All who may decide have quiet hours.
		 */
		QUIET("All who may decide and can be told have quiet hours. They are told at the end of them"),

		/**
		 * No channel has taken a message so far.
		 */
		FAILED("No channel has taken a message so far. An administrator sees why on the page Notifications");

		private final String text;

		Problem(String text) {
			this.text = text;
		}

		/**
		 * Says it.
		 * @return the text
		 */
		public String text() {
			return this.text;
		}

	}

}
