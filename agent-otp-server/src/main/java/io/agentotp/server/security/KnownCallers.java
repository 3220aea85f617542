package io.agentotp.server.security;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import io.agentotp.server.token.Secrets;

/**
 * Which keys were right from which addresses on this node, the latest ones. Whether they
 * still are is not known here.
 */
final class KnownCallers {

	private static final int MAX = 10_000;

	private final Set<String> known = Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<>() {

		@Override
		protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
			return size() > MAX;
		}

	}));

	boolean contains(String key, String address) {
		return this.known.contains(id(key, address));
	}

	void add(String key, String address) {
		this.known.add(id(key, address));
	}

	void remove(String key, String address) {
		this.known.remove(id(key, address));
	}

	private static String id(String key, String address) {
		return Secrets.sha256(address + " " + key);
	}

}
