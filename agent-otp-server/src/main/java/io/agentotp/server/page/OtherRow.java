package io.agentotp.server.page;

import java.time.Instant;
import java.util.List;

import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.TimeLeft;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.StoredPermission;

/**
 * What an administrator sees of a request that policies show to others only: that it is
 * there, and for whom.
 *
 * @param id the permission
 * @param agent the agent
 * @param action the action
 * @param status its status
 * @param askedAt when it was asked for
 * @param left how long it waits
 * @param asked whom it asks now, and later
 */
public record OtherRow(String id, List<Segment> agent, List<Segment> action, String status, Moment askedAt,
		TimeLeft left, AskedPeople asked) {

	static OtherRow of(StoredPermission permission, AskedPeople asked, Instant now) {
		return new OtherRow(permission.id(), VisibleText.of(permission.agentId()),
				VisibleText.of(permission.request().action()), permission.status().text(),
				Moment.of(permission.createdAt()), TimeLeft.of(now, permission.end()), asked);
	}

}
