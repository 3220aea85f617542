package io.agentotp.spring.tool;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Values by the very objects that they belong to, equal ones or not, as long as those are
 * alive.
 *
 * @param <K> the type of the objects
 * @param <V> the type of the values, which must not hold their objects
 */
public final class WeakIdentityMap<K, V> {

	private final Map<Key<K>, V> values = new ConcurrentHashMap<>();

	private final ReferenceQueue<K> gone = new ReferenceQueue<>();

	/**
	 * Creates an empty map.
	 */
	public WeakIdentityMap() {
	}

	/**
	 * Keeps a value for an object.
	 * @param object the object
	 * @param value the value
	 */
	public void put(K object, V value) {
		purge();
		this.values.put(new Key<>(object, this.gone), value);
	}

	/**
	 * Return the value of an object.
	 * @param object the object
	 * @return its value, or {@code null} if it has none
	 */
	public @Nullable V get(K object) {
		return this.values.get(new Key<>(object, null));
	}

	/**
	 * Return the value of an object, which gets one if it has none.
	 * @param object the object
	 * @param value supplies the value
	 * @return its value
	 */
	public V get(K object, Supplier<V> value) {
		purge();
		return this.values.computeIfAbsent(new Key<>(object, this.gone), (key) -> value.get());
	}

	private void purge() {
		for (Reference<? extends K> reference = this.gone.poll(); reference != null; reference = this.gone.poll()) {
			this.values.remove(reference);
		}
	}

	/**
	 * Equal to itself, and to another one of the same object.
	 */
	private static final class Key<K> extends WeakReference<K> {

		private final int hash;

		Key(K object, @Nullable ReferenceQueue<K> queue) {
			super(object, queue);
			this.hash = System.identityHashCode(object);
		}

		@Override
		@SuppressWarnings("ReferenceEquality")
		public boolean equals(@Nullable Object other) {
			return this == other || (other instanceof Key<?> key && get() != null && get() == key.get());
		}

		@Override
		public int hashCode() {
			return this.hash;
		}

	}

}
