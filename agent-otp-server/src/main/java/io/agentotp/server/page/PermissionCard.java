package io.agentotp.server.page;

import java.time.Instant;
import java.util.List;
import java.util.Objects;

import io.agentotp.server.permission.Permission;
import org.jspecify.annotations.Nullable;

/**
 * A permission in a list.
 *
 * @param id its id
 * @param status where it stands
 * @param agent who asks
 * @param action what for
 * @param resource on what
 * @param askedAt when
 * @param end when the question or the token ends
 * @param left how much time is left
 * @param decidedAt when it was decided
 * @param decidedBy by whom
 */
public record PermissionCard(String id, String status, List<Segment> agent, List<Segment> action,
		List<Segment> resource, Moment askedAt, Moment end, String left, @Nullable Moment decidedAt,
		List<Segment> decidedBy) {

	static PermissionCard of(Permission permission, Instant now) {
		return new PermissionCard(permission.id(), permission.status().text(), VisibleText.of(permission.agentId()),
				VisibleText.of(permission.action()), VisibleText.of(permission.resource()),
				Moment.of(permission.createdAt()), Moment.of(permission.end()), Moment.left(now, permission.end()),
				Moment.ofNullable(permission.decidedAt()),
				VisibleText.of(Objects.requireNonNullElse(permission.decidedBy(), "")));
	}

}
