package io.agentotp.server.page;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.AuditQuery;
import io.agentotp.server.permission.Viewer;

/**
 * The latest rows of the audit log about a permission. An agent can add to it, so a page
 * holds only so many rows, and only so much of their details.
 *
 * @param rows the rows, the first one first
 * @param earlier whether there are earlier ones
 */
public record Trail(List<TrailRow> rows, boolean earlier) {

	private static final int LENGTH = 50;

	// Of all rows of a page together. A page takes its time for each odd character.
	private static final int MAX_DETAILS = 64 * 1024;

	static Trail of(AuditLog audit, String permissionId, Viewer viewer) {
		List<AuditEntry> latest = new ArrayList<>(
				audit.find(AuditQuery.ofPermission(permissionId).seenBy(viewer), LENGTH + 1, 0));
		boolean earlier = latest.size() > LENGTH;
		if (earlier) {
			latest.remove(LENGTH);
		}
		Collections.reverse(latest);
		return new Trail(rows(latest), earlier);
	}

	/**
	 * Shows rows with as much of their details as a page holds.
	 * @param entries the rows
	 * @return the rows in their order; where details are left out, it says so
	 */
	static List<TrailRow> rows(List<AuditEntry> entries) {
		List<TrailRow> rows = new ArrayList<>();
		int room = MAX_DETAILS;
		for (AuditEntry entry : entries) {
			int length = entry.text().length();
			boolean fits = length <= room;
			room -= fits ? length : 0;
			rows.add(TrailRow.of(entry, fits ? 0 : length));
		}
		return rows;
	}

	boolean isEmpty() {
		return this.rows.isEmpty();
	}

}
