package io.agentotp.server.page;

import io.agentotp.server.json.Json;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.TimeLeft;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.permission.Viewer;

/**
 * A question that is identical with the one of the page.
 *
 * @param id its id
 * @param askedAt when it was asked
 * @param end when it ends
 * @param left how much time is left
 * @param other whether the agent says something else than on the page
 * @param leftOut whether that is too long for this page
 * @param claims what it says then
 */
public record IdenticalRow(String id, Moment askedAt, Moment end, TimeLeft left, boolean other, boolean leftOut,
		List<Row> claims) {

	// Of all of them together: the page takes its time for each character.
	private static final int MAX_CLAIMS = 20_000;

	/**
	 * The questions that wait and are identical with one.
	 * @param reader reads them
	 * @param viewer the person who sees them
	 * @param shown the one
	 * @param now the present
	 * @return the questions, the oldest first, with the one if it waits
	 */
	static List<IdenticalRow> of(PermissionReader reader, Viewer viewer, StoredPermission shown, Instant now) {
		AtomicInteger left = new AtomicInteger(MAX_CLAIMS);
		return reader.pendingLike(shown, viewer, (permission) -> {
			boolean other = !permission.request().context().equals(shown.request().context());
			boolean room = other && left.addAndGet(-Json.write(permission.request().context()).length()) >= 0;
			return new IdenticalRow(permission.id(), Moment.of(permission.createdAt()), Moment.of(permission.end()),
					TimeLeft.of(now, permission.end()), other, other && !room,
					room ? PermissionDetail.claims(permission) : List.of());
		});
	}

}
