package io.agentotp.server.policy;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.failure.UnknownName;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request and what the policies must say to it.
 *
 * @param name what the example is called
 * @param request the request
 * @param action what must be decided
 * @param policy which policy must apply; {@code null} leaves it open
 * @param none whether no policy may apply
 * @param scope the scope that must come out; {@code null} leaves it open
 * @param reason a part of the reason; {@code null} leaves it open
 * @param title the title that the action catalogue must give; {@code null} leaves it open
 * @param risk the risk that it must give; {@code null} leaves it open
 * @param routing what the policy must say of whom it asks; what is not there is left open
 */
public record PolicyExample(String name, PolicyRequest request, PolicyAction action, @Nullable String policy,
		boolean none, @Nullable ObjectNode scope, @Nullable String reason, @Nullable String title,
		@Nullable String risk, ObjectNode routing) {

	private static final Set<String> FIELDS = Set.of("name", "request", "expect");

	private static final Set<String> EXPECTED = Stream
		.concat(Stream.of("action", "policy", "scope", "reason", "title", "risk"), Routing.FIELDS.stream())
		.collect(Collectors.toUnmodifiableSet());

	static PolicyExample read(ObjectNode json) {
		requireKnown("", json, FIELDS);
		PolicyRequest request = PolicyRequest.read("request", object(json, "request"));
		ObjectNode expect = object(json, "expect");
		requireKnown("expect.", expect, EXPECTED);
		JsonNode policy = expect.get("policy");
		JsonNode scope = expect.get("scope");
		if (scope != null && !scope.isObject()) {
			throw new InvalidPolicyException("expect.scope", "must have named fields");
		}
		String name = PolicyRequest.text("name", json.get("name"), 1, 255);
		return new PolicyExample((name != null) ? name : request.action(), request, action(expect.get("action")),
				PolicyRequest.text("expect.policy", policy, 1, 128), policy != null && policy.isNull(),
				(ObjectNode) scope, PolicyRequest.text("expect.reason", expect.get("reason"), 1, 2000),
				PolicyRequest.text("expect.title", expect.get("title"), 1, 2000),
				PolicyRequest.text("expect.risk", expect.get("risk"), 1, 16), routing(expect));
	}

	// As the policy would write it, with null for what it does not write.
	private static ObjectNode routing(ObjectNode expect) {
		ObjectNode json = Routing.read(expect, (field, problem) -> {
			throw new InvalidPolicyException("expect." + field, problem);
		}).toJson();
		Routing.FIELDS.forEach((field) -> {
			if (expect.has(field) && !json.has(field)) {
				json.putNull(field);
			}
		});
		return json;
	}

	private static PolicyAction action(@Nullable JsonNode value) {
		String wanted = (value != null && value.isString())
				? value.stringValue().replace('-', '_').toUpperCase(Locale.ROOT) : "";
		for (PolicyAction action : PolicyAction.values()) {
			if (action.name().equals(wanted)) {
				return action;
			}
		}
		throw new InvalidPolicyException("expect.action", "must be auto_approve, require_approval or deny");
	}

	private static ObjectNode object(ObjectNode json, String field) {
		if (json.get(field) instanceof ObjectNode object) {
			return object;
		}
		throw new InvalidPolicyException(field, "is required, with named fields");
	}

	static void requireKnown(String prefix, ObjectNode json, Set<String> known) {
		json.properties().forEach((field) -> {
			if (!known.contains(field.getKey())) {
				throw new InvalidPolicyException(prefix + field.getKey(),
						UnknownName.problem("known here", field.getKey(), new TreeSet<>(known)));
			}
		});
	}

	/**
	 * Compares what a set makes of the request with what is expected.
	 * @param set the set
	 * @return what differs
	 */
	public Optional<String> difference(PolicySet set) {
		PolicyDecision decision = set.decide(this.request);
		return difference(decision).or(() -> shownDifference(set, decision));
	}

	private Optional<String> shownDifference(PolicySet set, PolicyDecision decision) {
		String shown = set.actions().title(this.request.bound(decision.scope())).orElse(null);
		if (this.title != null && !this.title.equals(shown)) {
			return Optional.of("expected the title '" + this.title + "', but "
					+ ((shown != null) ? "it is '" + shown + "'" : "there is none that fits"));
		}
		String given = set.actions().risk(this.request.action()).text();
		return (this.risk != null && !this.risk.equals(given))
				? Optional.of("expected the risk " + this.risk + ", but it is " + given) : Optional.empty();
	}

	/**
	 * Compares a decision with what is expected.
	 * @param decision the decision
	 * @return what differs
	 */
	public Optional<String> difference(PolicyDecision decision) {
		if (decision.action() != this.action) {
			return Optional.of("expected " + this.action.text() + ", but " + said(decision));
		}
		if (this.none ? decision.policy() != null : this.policy != null && !this.policy.equals(decision.policyName())) {
			return Optional.of("expected " + (this.none ? "no policy" : "policy '" + this.policy + "'")
					+ " to apply, but " + said(decision));
		}
		if (this.scope != null && !JsonValues.same(this.scope, decision.scope())) {
			return Optional
				.of("expected the scope " + Json.write(this.scope) + ", but it is " + Json.write(decision.scope()));
		}
		if (this.reason != null && (decision.reason() == null || !decision.reason().contains(this.reason))) {
			return Optional.of("expected a reason with '" + this.reason + "', but it is '" + decision.reason() + "'");
		}
		ObjectNode asked = decision.routing().toJson();
		return this.routing.properties()
			.stream()
			.filter((field) -> !field.getValue().equals(asked.optional(field.getKey()).orElse(asked.nullNode())))
			.map((field) -> "expected " + field.getKey() + " " + field.getValue() + ", but it is "
					+ asked.optional(field.getKey()).orElse(asked.nullNode()))
			.findFirst();
	}

	private static String said(PolicyDecision decision) {
		String who = (decision.policy() != null) ? "policy '" + decision.policyName() + "' said "
				: "no policy matched, which means ";
		return who + decision.action().text() + ((decision.reason() != null) ? " (" + decision.reason() + ")" : "");
	}

}
