package io.agentotp.server.token;

import java.nio.file.Path;
import java.util.List;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Derives tokens. A token is never stored: from the permission's nonce and the secret it
 * can be made again until it is used.
 */
@Component
public final class Tokens {

	private final List<TokenSecret> secrets;

	@Autowired
	Tokens(AgentOtpServerProperties properties, RegisteredKeys keys) {
		this(secrets(properties, keys));
		keys.register(RegisteredKeys.Kind.SECRET, this.secrets.stream().map(TokenSecret::id).toList(),
				properties.lostSecret());
	}

	Tokens(List<String> secrets) {
		this.secrets = secrets.stream().map(TokenSecret::new).toList();
	}

	/**
	 * The id of a secret.
	 * @param secret the secret
	 * @return the id, which gives nothing of it away
	 * @throws InvalidSettingException if it is too short
	 */
	public static String idOf(String secret) {
		if (secret.length() < AgentOtpServerProperties.MIN_SECRET_LENGTH) {
			throw InvalidSettingException.secret("secret-file",
					"Each line of the file must be a secret of at least 32 characters");
		}
		return new TokenSecret(secret).id();
	}

	private static List<String> secrets(AgentOtpServerProperties properties, RegisteredKeys keys) {
		if (properties.secret() != null) {
			return List.of(properties.secret());
		}
		String file = properties.secretFile();
		if (file == null) {
			// Then the database is in memory, too.
			return List.of(Secrets.random());
		}
		List<String> secrets = keys.read(RegisteredKeys.Kind.SECRET, new SecretFile(Path.of(file)),
				properties.lostSecret());
		int least = AgentOtpServerProperties.MIN_SECRET_LENGTH;
		if (secrets.isEmpty() || secrets.stream()
			.anyMatch((secret) -> secret.length() < least
					// A line of another file, such as one of checkpoints.
					|| secret.startsWith("{"))) {
			throw InvalidSettingException.of("secret-file", file, "Each line of the file must be a secret of at least "
					+ least + " characters, and none begins with '{'. " + SecretFile.REMEDY);
		}
		return secrets;
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

	/**
	 * Seals the values of a row with the present secret, so that who writes the database
	 * can neither change them nor add others.
	 * @param kind what the values are of
	 * @param values the values, in an order that never changes
	 * @return the id of the secret, a colon and the MAC
	 */
	public String seal(String kind, @Nullable String... values) {
		TokenSecret secret = this.secrets.get(0);
		return secret.id() + ":" + secret.seal(kind, Secrets.join(values));
	}

	/**
	 * Looks whether values are those that were sealed.
	 * @param seal the seal, if there is one
	 * @param kind what the values are of
	 * @param values the values
	 * @return what was found
	 */
	public Seal check(@Nullable String seal, String kind, @Nullable String... values) {
		int colon = (seal != null) ? seal.indexOf(':') : -1;
		if (seal == null || colon < 0) {
			return Seal.BROKEN;
		}
		for (TokenSecret secret : this.secrets) {
			if (secret.id().equals(seal.substring(0, colon))) {
				return Secrets.same(secret.seal(kind, Secrets.join(values)), seal.substring(colon + 1)) ? Seal.INTACT
						: Seal.BROKEN;
			}
		}
		return Seal.UNKNOWN_SECRET;
	}

	/**
	 * What a seal says of a row.
	 */
	public enum Seal {

		/**
		 * The service wrote the row as it is.
		 */
		INTACT,

		/**
		 * Somebody else did.
		 */
		BROKEN,

		/**
		 * The secret of the seal is not known here, so nobody can tell.
		 */
		UNKNOWN_SECRET

	}

}
