package io.agentotp.server.page;

import java.util.List;

import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.policy.Policy;
import io.agentotp.server.policy.PolicyOrigin;

/**
 * A policy in a list.
 *
 * @param id its name, for tests and scripts
 * @param name its name, for people
 * @param description what it is for
 * @param agent the only agent that it is for
 * @param priority its rank
 * @param action what it does
 * @param conditions what must hold
 * @param scopeTemplate the limits that it sets
 * @param routing whom it asks, and for how long
 * @param warnings what is worth a second look at whom it asks
 * @param trustsAgentsWord whether it approves on what the agent says
 * @param allowSelfApproval whether the owner of the agent may decide
 * @param active whether it counts
 * @param shadow whether it only reports
 * @param origin where it stands
 */
public record PolicyCard(String id, List<Segment> name, List<Segment> description, List<Segment> agent, int priority,
		String action, List<Row> conditions, List<Row> scopeTemplate, List<List<Segment>> routing,
		List<List<Segment>> warnings, boolean trustsAgentsWord, boolean allowSelfApproval, boolean active,
		boolean shadow, List<Segment> origin) {

	static PolicyCard of(Policy policy, List<String> warnings) {
		List<Row> conditions = policy.conditions()
			.properties()
			.stream()
			.flatMap((path) -> path.getValue()
				.properties()
				.stream()
				.map((check) -> new Row(VisibleText.of(path.getKey() + " " + check.getKey()),
						VisibleText.of(Json.write(check.getValue())))))
			.toList();
		List<Row> template = policy.scopeTemplate()
			.properties()
			.stream()
			.map((limit) -> new Row(VisibleText.of(limit.getKey()), VisibleText.of(Json.write(limit.getValue()))))
			.toList();
		return new PolicyCard(policy.name(), VisibleText.of(policy.name()), VisibleText.of(policy.description()),
				VisibleText.of(policy.agentId()), policy.priority(), policy.action().text(), conditions, template,
				RoutingText.lines(policy.routing()),
				warnings.stream().map(Messages::ofDomain).map(VisibleText::of).toList(), policy.trustsAgentsWord(),
				policy.allowSelfApproval(), policy.active(), policy.shadow(), VisibleText.of(origin(policy.origin())));
	}

	static String origin(PolicyOrigin origin) {
		return switch (origin.kind()) {
			case FILE -> Messages.get("policies.file", String.valueOf(origin.location()));
			case API -> Messages.get("policies.database");
		};
	}

}
