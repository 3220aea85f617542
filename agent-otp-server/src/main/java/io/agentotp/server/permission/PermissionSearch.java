package io.agentotp.server.permission;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import io.agentotp.server.policy.ActionCatalogues;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Searches permissions. For what the database cannot find, rows are read, the newest
 * first and only so many: nobody makes the service read all there is.
 */
@Component
public final class PermissionSearch {

	private static final int MAX_ROWS = 1000;

	private static final int AT_ONCE = 50;

	// As text. It is read a part at a time.
	private static final long MAX_SIZE = 16 * 1024 * 1024;

	private static final Duration MAX_TIME = Duration.ofSeconds(3);

	private final PermissionReader reader;

	private final PermissionStore store;

	private final ActionCatalogues catalogues;

	PermissionSearch(PermissionReader reader, PermissionStore store, ActionCatalogues catalogues) {
		this.reader = reader;
		this.store = store;
		this.catalogues = catalogues;
	}

	/**
	 * Finds permissions that a person sees, the newest first.
	 * @param filter which
	 * @param viewer the person
	 * @return what there is
	 */
	public Found find(PermissionFilter filter, Viewer viewer) {
		if (!filter.readsRows()) {
			return new Found(filter, viewer, List.of(), this.reader.count(filter, viewer), null);
		}
		List<String> candidates = this.reader.page(filter, viewer, MAX_ROWS + 1, 0);
		List<String> ids = new ArrayList<>();
		long begin = System.nanoTime();
		long size = 0;
		int read = 0;
		Instant[] last = new Instant[1];
		while (read < Math.min(candidates.size(), MAX_ROWS) && size < MAX_SIZE
				&& System.nanoTime() - begin < MAX_TIME.toNanos()) {
			List<String> some = candidates.subList(read,
					Math.min(read + AT_ONCE, Math.min(candidates.size(), MAX_ROWS)));
			size += this.store.sizes(some, null).values().stream().mapToLong(Long::longValue).sum();
			this.reader.each(some, viewer, (permission) -> {
				last[0] = permission.createdAt();
				if (filter.matches(permission, this.catalogues.of(permission.policy().version()))) {
					ids.add(permission.id());
				}
			});
			read += some.size();
		}
		return new Found(filter, viewer, ids, ids.size(), (read < candidates.size()) ? last[0] : null);
	}

	/**
	 * Reads a part of what was found.
	 * @param found what was found
	 * @param limit how many
	 * @param offset how many to skip
	 * @return their ids
	 */
	public List<String> page(Found found, int limit, long offset) {
		return found.filter.readsRows() ? found.ids.stream().skip(offset).limit(limit).toList()
				: this.reader.page(found.filter, found.viewer, limit, offset);
	}

	/**
	 * What a search has found.
	 *
	 * @param filter what was asked for
	 * @param viewer who asked
	 * @param ids those that were read and found
	 * @param total how many there are
	 * @param searchedBackTo where it ended, if there are older ones that were not read
	 */
	public record Found(PermissionFilter filter, Viewer viewer, List<String> ids, long total,
			@Nullable Instant searchedBackTo) {
	}

}
