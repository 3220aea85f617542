package io.agentotp.server.config;

import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Messages to programs, signed as Standard Webhooks 1.0 says.
 *
 * @param details How much of a request a message says: nothing, facts or arguments.
 * @param endpoints Who gets the messages, by name.
 */
public record WebhookSettings(@DefaultValue("facts") MessageDetails details,
		@DefaultValue Map<String, Endpoint> endpoints) {

	static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

	private static final String PREFIX = "notifications.webhook.endpoints";

	public WebhookSettings {
		endpoints.forEach((name, endpoint) -> {
			if (!NAME.matcher(name).matches()) {
				throw InvalidSettingException.of(PREFIX, name,
						"The name of an endpoint has 1 to 64 letters, digits, dots, hyphens or underscores");
			}
			endpoint.check(PREFIX + "." + name);
		});
		endpoints = Map.copyOf(endpoints);
	}

	/**
	 * Who gets the messages.
	 *
	 * @param url Where messages are posted to.
	 * @param secrets Secrets of the endpoint, the newest first: each whsec_ and 24 to 64
	 * random bytes in Base64. Messages are signed with all of them.
	 */
	public record Endpoint(@Nullable URI url, @DefaultValue List<String> secrets) {

		private static final String SECRET = "whsec_";

		private static final int LEAST_BYTES = 24;

		private static final int MOST_BYTES = 64;

		private static final int MOST_SECRETS = 4;

		public Endpoint {
			secrets = List.copyOf(secrets);
		}

		/**
		 * The keys that messages are signed with.
		 * @return the keys, the newest first
		 */
		public List<byte[]> keys() {
			return this.secrets.stream().map(Endpoint::key).toList();
		}

		private static byte[] key(String secret) {
			return Base64.getDecoder().decode(secret.substring(SECRET.length()));
		}

		private void check(String name) {
			if (this.secrets.isEmpty() || this.secrets.size() > MOST_SECRETS
					|| !this.secrets.stream().allMatch(Endpoint::isSecret)) {
				throw InvalidSettingException.secret(name + ".secrets",
						"It must be one to 4 secrets, each whsec_ and 24 to 64 random bytes in Base64. Make one with: echo whsec_$(openssl rand -base64 32)");
			}
		}

		private static boolean isSecret(String secret) {
			try {
				return secret.startsWith(SECRET) && key(secret).length >= LEAST_BYTES
						&& key(secret).length <= MOST_BYTES;
			}
			catch (IllegalArgumentException ex) {
				return false;
			}
		}

		// The path may hold a secret, too.
		@Override
		public String toString() {
			return "Endpoint[host=" + ((this.url != null) ? this.url.getHost() : null) + "]";
		}

	}

}
