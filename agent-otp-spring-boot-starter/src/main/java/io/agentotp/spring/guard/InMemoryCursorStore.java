package io.agentotp.spring.guard;

import org.jspecify.annotations.Nullable;

/**
 * Forgets with the application.
 */
final class InMemoryCursorStore implements DecisionCursorStore {

	private volatile @Nullable String cursor;

	@Override
	public @Nullable String load() {
		return this.cursor;
	}

	@Override
	public void save(String cursor) {
		this.cursor = cursor;
	}

}
