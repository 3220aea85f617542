package io.agentotp.server.notification.http;

import java.time.Duration;

import io.agentotp.server.notification.DeliveryException;
import org.jspecify.annotations.Nullable;

/**
 * What a receiver answered.
 *
 * @param host the host that answered
 * @param status the status
 * @param retryAfter how long it wants to be left alone, or {@code null}
 */
public record HttpAnswer(String host, int status, @Nullable Duration retryAfter) {

	/**
	 * Whether the receiver has taken the message.
	 * @return {@code true} for any status of success
	 */
	public boolean isTaken() {
		return this.status >= 200 && this.status < 300;
	}

	/**
	 * A failure that may pass.
	 * @return the exception to throw
	 */
	public DeliveryException retry() {
		return DeliveryException.retry(text(), this.retryAfter);
	}

	/**
	 * A failure of this message.
	 * @return the exception to throw
	 */
	public DeliveryException giveUp() {
		return DeliveryException.giveUp(text());
	}

	/**
	 * The receiver wants no more messages.
	 * @return the exception to throw
	 */
	public DeliveryException forgetAddress() {
		return DeliveryException.forgetAddress(text());
	}

	private String text() {
		return this.host + " answered " + this.status;
	}

}
