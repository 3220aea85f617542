package io.agentotp.server.token;

import java.util.List;

/**
 * Makes tokens of a secret that nobody else knows.
 */
public final class RandomTokens {

	private RandomTokens() {
	}

	/**
	 * Makes them.
	 * @return the tokens
	 */
	public static Tokens create() {
		return new Tokens(List.of(Secrets.random()));
	}

}
