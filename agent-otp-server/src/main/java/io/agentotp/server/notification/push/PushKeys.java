package io.agentotp.server.notification.push;

import java.util.List;
import java.util.Optional;

import io.agentotp.server.token.Tokens;

/**
 * The keys that this service signs with, one of each secret of tokens, so that all nodes
 * have the same. A browser takes messages of the key only that it subscribed with.
 */
final class PushKeys {

	private final List<PushKey> keys;

	PushKeys(Tokens tokens) {
		this(tokens.seeds("push").stream().map(PushKey::ofSeed).toList());
	}

	PushKeys(List<PushKey> keys) {
		this.keys = keys;
	}

	PushKey current() {
		return this.keys.get(0);
	}

	Optional<PushKey> find(String publicHalf) {
		return this.keys.stream().filter((key) -> key.text().equals(publicHalf)).findFirst();
	}

}
