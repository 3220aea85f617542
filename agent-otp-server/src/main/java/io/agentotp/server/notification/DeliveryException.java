package io.agentotp.server.notification;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a message was not taken. Its text is shown to administrators, so it holds
 * neither secrets nor what the message said.
 */
public final class DeliveryException extends Exception {

	private static final long serialVersionUID = 1L;

	/**
	 * What is done about it.
	 */
	public enum Remedy {

		/**
		 * It is sent again later.
		 */
		RETRY,

		/**
		 * This message is not sent again.
		 */
		GIVE_UP,

		/**
		 * Nothing is sent to this address or place any more, until somebody sets it anew.
		 */
		FORGET_ADDRESS

	}

	private final Remedy remedy;

	private final @Nullable Duration after;

	private DeliveryException(Remedy remedy, String message, @Nullable Duration after, @Nullable Throwable cause) {
		super(message, cause);
		this.remedy = remedy;
		this.after = after;
	}

	/**
	 * A failure that may pass.
	 * @param message what happened, without secrets
	 * @param after how long the other side wants to be left alone, or {@code null}
	 * @return the exception
	 */
	public static DeliveryException retry(String message, @Nullable Duration after) {
		return new DeliveryException(Remedy.RETRY, message, after, null);
	}

	/**
	 * A failure of this message.
	 * @param message what happened, without secrets
	 * @return the exception
	 */
	public static DeliveryException giveUp(String message) {
		return new DeliveryException(Remedy.GIVE_UP, message, null, null);
	}

	/**
	 * The address is none any more.
	 * @param message what happened, without secrets
	 * @return the exception
	 */
	public static DeliveryException forgetAddress(String message) {
		return new DeliveryException(Remedy.FORGET_ADDRESS, message, null, null);
	}

	/**
	 * Return what is done about it.
	 * @return the remedy
	 */
	public Remedy remedy() {
		return this.remedy;
	}

	/**
	 * Return how long the other side wants to be left alone.
	 * @return the duration, or {@code null} if it says nothing
	 */
	public @Nullable Duration after() {
		return this.after;
	}

}
