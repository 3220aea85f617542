package io.agentotp.server.database;

import java.util.function.Consumer;

/**
 * Short texts that the nodes on one database send each other.
 */
public interface Notifications {

	/**
	 * The ones of a database that has only one node.
	 */
	Notifications NONE = new Notifications() {

		@Override
		public void send(String text) {
		}

		@Override
		public void listen(Consumer<String> listener) {
		}

	};

	/**
	 * Sends a text to all other nodes once the present transaction is committed.
	 * @param text the text, at most some thousand characters
	 */
	void send(String text);

	/**
	 * Sets who hears what the others send. What is sent while the connection is broken is
	 * lost: it makes things quick and must not be relied on.
	 * @param listener gets each text; it must be quick
	 */
	void listen(Consumer<String> listener);

}
