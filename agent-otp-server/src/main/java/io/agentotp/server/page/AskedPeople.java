package io.agentotp.server.page;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.Ballot;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.policy.Routing;

/**
 * Whom a request asks.
 *
 * @param now groups and people who are asked now, empty for all approvers
 * @param later who may decide, too, after some time, empty if nobody or if they may now
 * @param nobody whether it waits and nobody can decide on it now
 */
public record AskedPeople(List<Segment> now, List<Segment> later, boolean nobody) {

	static AskedPeople of(StoredPermission permission, Ballot ballot, boolean escalated, boolean nobody) {
		Routing routing = permission.policy().routing();
		Routing.Escalation escalation = routing.escalate();
		String now = Stream
			.concat(Stream.of(ballot.stages().get(ballot.stage()).approvers()),
					(escalation != null && escalated) ? Stream.of(escalation.to()) : Stream.empty())
			.map(RoutingText::names)
			.collect(Collectors.joining(", "));
		return new AskedPeople(VisibleText.of(now), VisibleText
			.of((escalation != null && !escalated && permission.isPending()) ? RoutingText.escalation(escalation) : ""),
				nobody && permission.isPending());
	}

}
