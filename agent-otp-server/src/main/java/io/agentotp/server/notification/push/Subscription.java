package io.agentotp.server.notification.push;

import java.util.Base64;
import java.security.GeneralSecurityException;
import java.util.Optional;

import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a browser said when it subscribed, beside its address.
 *
 * @param receiver the key of the browser
 * @param secret the secret of the browser
 * @param key the public half of the key of this service that it takes messages of
 * @param device what the person knows the browser by
 */
record Subscription(byte[] receiver, byte[] secret, String key, String device) {

	/**
	 * Reads what a browser says.
	 * @param receiver its key
	 * @param secret its secret
	 * @param key the key of this service
	 * @param device what the person knows it by
	 * @return the subscription, empty if it is none
	 */
	static Optional<Subscription> of(String receiver, String secret, String key, String device) {
		try {
			byte[] point = Base64.getUrlDecoder().decode(receiver);
			byte[] bytes = Base64.getUrlDecoder().decode(secret);
			PushKey.read(point);
			return (bytes.length == PushEncryption.SECRET) ? Optional.of(new Subscription(point, bytes, key, device))
					: Optional.empty();
		}
		catch (IllegalArgumentException | GeneralSecurityException ex) {
			return Optional.empty();
		}
	}

	/**
	 * Reads a subscription that is stored.
	 * @param json as {@link #json()} wrote it
	 * @return the subscription, empty if it is none
	 */
	static Optional<Subscription> read(@Nullable String json) {
		ObjectNode read = (json != null) ? Json.readObjectOrNull(json) : null;
		return (read != null) ? of(read.path("p256dh").asString(""), read.path("auth").asString(""),
				read.path("key").asString(""), read.path("device").asString("")) : Optional.empty();
	}

	String json() {
		return Json.write(Json.object()
			.put("p256dh", PushKey.base64(this.receiver))
			.put("auth", PushKey.base64(this.secret))
			.put("key", this.key)
			.put("device", this.device));
	}

	@Override
	public String toString() {
		return "Subscription[" + this.device + "]";
	}

}
