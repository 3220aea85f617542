package io.agentotp.spring.guard;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Maps that cannot grow without an end, since strangers fill them.
 */
public final class Recent {

	private Recent() {
	}

	/**
	 * Create a map that forgets what was not used for the longest time. Not for several
	 * threads at once.
	 * @param <K> the type of the keys
	 * @param <V> the type of the values
	 * @param most how many entries it keeps
	 * @return the map
	 */
	public static <K, V> Map<K, V> map(int most) {
		return new LinkedHashMap<>(16, 0.75f, true) {

			@Override
			protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
				return size() > most;
			}

		};
	}

}
