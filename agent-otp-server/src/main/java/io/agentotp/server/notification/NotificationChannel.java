package io.agentotp.server.notification;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * A way to tell people, such as mail or a chat. An application adds its own as a bean of
 * this type; those of the service are such beans, too.
 * <p>
 * The methods are called by several threads. What is told is stored first and is told
 * again after a failure, so a message may arrive twice, with the same
 * {@link Notification#id() id}.
 */
public interface NotificationChannel {

	/**
	 * The name of the channel, as it stands in the settings, the database and the audit
	 * log.
	 * @return one to 32 lower-case letters, digits and hyphens, the same for ever
	 */
	String name();

	/**
	 * The places that hear of every request, such as the names of webhooks or of rooms in
	 * a chat. Nobody decides there by what a place is: a person does.
	 * @return the names of at most 64 characters, without secrets; empty if the channel
	 * reaches persons only
	 */
	default List<String> places() {
		return List.of();
	}

	/**
	 * Whether the channel reaches a person by an address of theirs.
	 * @return {@code false} if it knows places only
	 */
	default boolean reachesPeople() {
		return true;
	}

	/**
	 * Looks at an address before it is stored.
	 * @param address the address
	 * @return what is wrong with it in one sentence, empty if nothing is
	 */
	default Optional<String> problemOfAddress(String address) {
		return Optional.empty();
	}

	/**
	 * What of a request stands in a message of this channel.
	 * @return the details
	 */
	default Details details() {
		return Details.FACTS;
	}

	/**
	 * The kinds of what this channel tells. People add addresses of their own in a
	 * channel that tells {@link Notification.Kind#CONFIRM}.
	 * @param kind the kind
	 * @return whether it tells them
	 */
	default boolean tells(Notification.Kind kind) {
		return true;
	}

	/**
	 * Sends a message. It returns once the other side has taken it.
	 * @param notification what to tell
	 * @return how {@link #update} finds the message, at most 500 characters without
	 * secrets; empty if it cannot be changed any more
	 * @throws DeliveryException if it was not taken
	 */
	Optional<String> send(Notification notification) throws DeliveryException;

	/**
	 * Changes a message that was sent, so that it says how many have approved by now, or
	 * how the request ended, and has no buttons for who may not decide any more.
	 * @param notification what the message has to say now; the address of the recipient
	 * is empty if it was removed meanwhile
	 * @param reference what {@link #send} returned
	 * @throws DeliveryException if it was not taken
	 */
	default void update(Notification notification, String reference) throws DeliveryException {
	}

	/**
	 * What keeps answers from coming in at present, for administrators.
	 * @return the problem without secrets, empty if there is none
	 */
	default Optional<String> problem() {
		return Optional.empty();
	}

	/**
	 * Where a person proves in the channel that an account there is theirs.
	 * @param code the code that the channel takes back to the service, once
	 * @return the address to open, empty if addresses are not proved so, or cannot be at
	 * present
	 */
	default Optional<URI> connectLink(String code) {
		return Optional.empty();
	}

	/**
	 * Starts to listen for answers, if people answer in this channel.
	 * @param decisions takes the answers
	 */
	default void open(ChatDecisions decisions) {
	}

	/**
	 * Stops to listen.
	 */
	default void close() {
	}

	/**
	 * How much a message says. What it leaves out stands on the page behind its link.
	 */
	enum Details {

		/**
		 * That a request waits, and the link.
		 */
		NOTHING,

		/**
		 * Agent, action, resource, and what the action catalogue names.
		 */
		FACTS,

		/**
		 * All that is bound.
		 */
		ARGUMENTS

	}

}
