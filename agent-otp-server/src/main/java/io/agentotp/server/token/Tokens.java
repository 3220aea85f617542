package io.agentotp.server.token;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Derives tokens. A token is never stored: from the permission's nonce and the secret it
 * can be made again until it is used.
 */
public final class Tokens {

	private final List<TokenSecret> secrets;

	Tokens(List<String> secrets) {
		this.secrets = secrets.stream().map(TokenSecret::new).toList();
	}

	/**
	 * The id of the secret that new tokens are derived from.
	 * @return the id
	 */
	public String currentSecretId() {
		return this.secrets.get(0).id();
	}

	/**
	 * Derives secret bytes for another purpose.
	 * @param purpose the purpose
	 * @return 32 bytes of each secret, the newest first
	 */
	public List<byte[]> seeds(String purpose) {
		return this.secrets.stream().map((secret) -> secret.seed(purpose)).toList();
	}

	/**
	 * Derives a token.
	 * @param secretId the secret that it was made with
	 * @param permissionId the permission
	 * @param nonce the permission's random value
	 * @return the token, or {@code null} when the secret is no longer known
	 */
	public @Nullable String derive(String secretId, String permissionId, String nonce) {
		for (TokenSecret secret : this.secrets) {
			if (secret.id().equals(secretId)) {
				return secret.token(permissionId, nonce);
			}
		}
		return null;
	}

}
