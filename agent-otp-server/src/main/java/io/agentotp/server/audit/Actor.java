package io.agentotp.server.audit;

import org.jspecify.annotations.Nullable;

/**
 * Who acted, and from where.
 *
 * @param name kind and name: {@code agent:…}, {@code user:…}, {@code policy:…} or
 * {@code system}
 * @param address the address of the connection, if there was one
 */
public record Actor(String name, @Nullable String address) {

	/**
	 * The service itself.
	 */
	public static final Actor SYSTEM = new Actor("system", null);

	/**
	 * Nobody: what a key for tests asks for is approved by itself.
	 */
	public static final Actor TEST_KEY = new Actor("test-key", null);

	public static Actor agent(String name, @Nullable String address) {
		return new Actor("agent:" + name, address);
	}

	public static Actor user(String name, @Nullable String address) {
		return new Actor("user:" + name, address);
	}

	public static Actor policy(String name) {
		return new Actor("policy:" + name, null);
	}

}
