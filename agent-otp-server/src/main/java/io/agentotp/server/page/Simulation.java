package io.agentotp.server.page;

import java.util.List;
import java.util.Set;

import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.policy.PolicyAction;
import io.agentotp.server.policy.PolicyDecision;
import io.agentotp.server.policy.PolicyRequest;
import io.agentotp.server.policy.PolicySet;
import org.jspecify.annotations.Nullable;

/**
 * What the policies say to a request that is only tried.
 *
 * @param version the version of the policies that were asked
 * @param action what would happen
 * @param verdict the same, for people
 * @param title the title that the action catalogue gives, empty if there is none
 * @param risk the risk that it gives
 * @param imitated the action of the catalogue that the action only looks like
 * @param policy the policy that applied, empty if none did
 * @param reason why, where there is more to say than the conditions do
 * @param shadow what shadow policies would have done otherwise, empty if nothing
 * @param scope the limits that a token would have
 * @param past what was asked for, if it is a past request
 * @param recorded what was recorded then, if it is a past request
 * @param routing whom it would ask, or {@code null} if nobody
 * @param policies what came of each policy
 */
public record Simulation(long version, String action, String verdict, List<Segment> title, String risk,
		List<Segment> imitated, List<Segment> policy, List<Segment> reason, List<Segment> shadow, List<Row> scope,
		List<Segment> past, List<Segment> recorded, @Nullable RoutingText routing, List<SimulatedPolicy> policies) {

	static Simulation of(PolicySet set, PolicyRequest request, @Nullable StoredPermission past, Set<String> deciders) {
		PolicyDecision decision = set.decide(request);
		List<Row> scope = decision.scope()
			.properties()
			.stream()
			.map((limit) -> new Row(VisibleText.of(limit.getKey()), VisibleText.of(Json.write(limit.getValue()))))
			.toList();
		return new Simulation(set.version(), decision.action().text(), verdict(decision),
				VisibleText.of(set.actions().title(request.bound(decision.scope())).orElse(null)),
				set.actions().risk(request.action()).text(),
				set.actions().imitated(request.action()).map((entry) -> VisibleText.of(entry.name())).orElse(List.of()),
				VisibleText.of(decision.policyName()), VisibleText.of(decision.reason()), shadow(decision), scope,
				(past != null) ? VisibleText.of(past.agentId() + ": " + past.request().action()) : List.of(),
				VisibleText.of((past != null) ? recorded(past) : null),
				(decision.action() == PolicyAction.REQUIRE_APPROVAL) ? RoutingText.of(decision.routing(), deciders)
						: null,
				set.explain(request).stream().map((outcome) -> SimulatedPolicy.of(outcome, decision)).toList());
	}

	private static String verdict(PolicyDecision decision) {
		return Messages.word("simulation", decision.action().text());
	}

	private static List<Segment> shadow(PolicyDecision decision) {
		PolicyDecision shadow = decision.shadow();
		if (shadow == null) {
			return List.of();
		}
		return VisibleText.of(Messages.get(
				(shadow.action() != decision.action()) ? "simulation.shadow-differs" : "simulation.shadow-same",
				String.valueOf(shadow.policyName()), verdict(shadow)));
	}

	private static String recorded(StoredPermission past) {
		String name = past.policy().name();
		Long version = past.policy().version();
		return Messages.get("simulation.now",
				(name != null) ? Messages.get("simulation.policy", name) : Messages.get("simulation.no-policy"),
				(version != null) ? Messages.get("simulation.version", version) : "",
				Messages.word("status", past.status().text()));
	}

}
