package io.agentotp.server.notification;

import java.util.Locale;
import java.util.Optional;

/**
 * Takes the answers that people give in a channel. They are decisions as on the page: who
 * answers must be known by a stable id, have the right to decide on the request at this
 * moment, and have been shown all of it.
 */
public interface ChatDecisions {

	/**
	 * Decides, if the person may.
	 * @param press the answer
	 * @return what to tell the person, and nobody else
	 */
	Reply decide(Press press);

	/**
	 * Takes the code by which a person shows that an account in the chat is theirs.
	 * @param channel the name of the channel
	 * @param address the stable id of the account, which the channel has verified
	 * @param code the code that was sent
	 * @param language the language of the account
	 * @return what to tell the account, empty for too many attempts
	 */
	Optional<String> connect(String channel, String address, String code, Locale language);

	/**
	 * An answer, whose origin the channel has verified.
	 *
	 * @param channel the name of the channel
	 * @param id the id of the press in the channel: one that comes again decides nothing
	 * @param address the stable id of the person in the channel, never a name that its
	 * owner can change
	 * @param permissionId the id of the permission
	 * @param answer the answer
	 * @param reference the message that it was given in, as {@code send} returns it for
	 * one that offers answers, and for no other
	 */
	record Press(String channel, String id, String address, String permissionId, Notification.Answer answer,
			String reference) {
	}

	/**
	 * What became of it.
	 *
	 * @param decided whether it decided
	 * @param text a sentence for the person, in their language if they are known
	 */
	record Reply(boolean decided, String text) {
	}

}
