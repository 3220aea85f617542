package io.agentotp.server.page;

import io.agentotp.server.page.text.Moment;
import java.time.Instant;
import java.util.List;

import io.agentotp.server.permission.StoredPermission;

/**
 * A question that is identical with the one of the page.
 *
 * @param id its id
 * @param askedAt when it was asked
 * @param end when it ends
 * @param left how much time is left
 * @param other whether the agent says something else than on the page
 * @param claims what it says then
 */
public record IdenticalRow(String id, Moment askedAt, Moment end, String left, boolean other, List<Row> claims) {

	static IdenticalRow of(StoredPermission permission, StoredPermission shown, Instant now) {
		boolean other = !permission.request().context().equals(shown.request().context());
		return new IdenticalRow(permission.id(), Moment.of(permission.createdAt()), Moment.of(permission.end()),
				Moment.left(now, permission.end()), other, other ? PermissionDetail.claims(permission) : List.of());
	}

}
