package io.agentotp.server.audit;

import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Who acted, and from where.
 *
 * @param name kind and name: {@code agent:…}, {@code user:…}, {@code policy:…} or
 * {@code system}
 * @param address the address of the connection, if there was one. What is none, since it
 * comes from a header, is not repeated
 * @param still throws if who acts may not any more
 * @param chat in which message of a chat, {@code null} if elsewhere
 */
public record Actor(String name, @Nullable String address, Runnable still, @Nullable Chat chat) {

	private static final Runnable ALWAYS = () -> {
	};

	// Of IPv4 or IPv6, as proxies write them: also with a zone or a port.
	private static final Pattern ADDRESS = Pattern.compile("[0-9A-Fa-f:.\\[\\]]{2,48}(%[0-9A-Za-z.]{1,15})?");

	/**
	 * What stands there instead of an address that is none.
	 */
	private static final String NO_ADDRESS = "(no address)";

	/**
	 * The service itself.
	 */
	public static final Actor SYSTEM = new Actor("system", null, ALWAYS);

	/**
	 * Nobody: what a key for tests asks for is approved by itself.
	 */
	public static final Actor TEST_KEY = new Actor("test-key", null, ALWAYS);

	private Actor(String name, @Nullable String address, Runnable still) {
		this(name, address, still, null);
	}

	public Actor {
		if (address != null && !ADDRESS.matcher(address).matches()) {
			address = NO_ADDRESS;
		}
	}

	public static Actor agent(String name, @Nullable String address) {
		return new Actor("agent:" + name, address, ALWAYS);
	}

	public static Actor user(String name, @Nullable String address) {
		return user(name, address, ALWAYS);
	}

	/**
	 * A person who may act only while what the person came with is good.
	 * @param name the user
	 * @param address from where
	 * @param still throws if the person may not act any more
	 * @return the actor
	 */
	public static Actor user(String name, @Nullable String address, Runnable still) {
		return new Actor("user:" + name, address, still);
	}

	/**
	 * A person who answers in a chat.
	 * @param name the user
	 * @param chat where
	 * @param still throws if the person may not act any more
	 * @return the actor
	 */
	public static Actor inChat(String name, Chat chat, Runnable still) {
		return new Actor("user:" + name, null, still, chat);
	}

	/**
	 * Somebody who is not known.
	 * @param address from where
	 * @return the actor
	 */
	public static Actor stranger(@Nullable String address) {
		return new Actor("stranger", address, ALWAYS);
	}

	/**
	 * Requires that who acts still may, until the present transaction ends. Runs in that
	 * transaction, behind the locks that what is changed waits for.
	 */
	public void requireStill() {
		this.still.run();
	}

	public static Actor policy(String name) {
		return new Actor("policy:" + name, null, ALWAYS);
	}

	/**
	 * Where in a chat somebody acts.
	 *
	 * @param channel the name of the channel
	 * @param address the stable id of the person there
	 * @param message the message
	 */
	public record Chat(String channel, String address, String message) {
	}

}
