package io.agentotp.server.page;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.policy.Policy;
import io.agentotp.server.policy.PolicyAction;
import io.agentotp.server.policy.Routing;
import org.jspecify.annotations.Nullable;

/**
 * A policy that asks a person by name or by a group.
 *
 * @param policy the name of the policy
 * @param group the group, empty if the person is named
 * @param after how long after the request, empty for at once
 */
record AskedBy(List<Segment> policy, String group, String after) {

	static List<AskedBy> of(List<Policy> policies, String person, Set<String> groups) {
		return policies.stream()
			.filter((policy) -> policy.active() && !policy.shadow() && policy.action() == PolicyAction.REQUIRE_APPROVAL
					&& !policy.routing().approvers().isAll())
			.flatMap((policy) -> Stream.ofNullable(of(policy, person, groups)))
			.toList();
	}

	private static @Nullable AskedBy of(Policy policy, String person, Set<String> groups) {
		String group = policy.routing().approvers().via(person, groups);
		if (group != null) {
			return new AskedBy(VisibleText.of(policy.name()), group, "");
		}
		Routing.Escalation escalation = policy.routing().escalate();
		String later = (escalation != null) ? escalation.to().via(person, groups) : null;
		return (escalation != null && later != null)
				? new AskedBy(VisibleText.of(policy.name()), later, Moment.words(escalation.after())) : null;
	}

}
