package io.agentotp.spring.guard;

import org.jspecify.annotations.Nullable;

/**
 * Keeps up to where the application has read the feed of its decisions, so that it goes
 * on from there after a restart. A bean of this type replaces the default, which forgets.
 * Nodes need a store each.
 */
public interface DecisionCursorStore {

	/**
	 * Create a store that forgets with the application.
	 * @return the store
	 */
	static DecisionCursorStore inMemory() {
		return new InMemoryCursorStore();
	}

	/**
	 * Return the cursor that was saved last.
	 * @return the cursor, or {@code null} to begin with what was decided within the last
	 * 24 hours
	 */
	@Nullable String load();

	/**
	 * Saves a cursor. Everything before it has been published.
	 * @param cursor the cursor
	 */
	void save(String cursor);

}
