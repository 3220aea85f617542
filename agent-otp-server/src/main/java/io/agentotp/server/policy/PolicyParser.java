package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.json.JsonText;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Makes policies of drafts, or says what is wrong with them.
 */
@Component
final class PolicyParser {

	private static final int MAX_NAME = 128;

	private static final int MAX_CONDITIONS = 100;

	private final boolean trustContext;

	@Autowired
	PolicyParser(AgentOtpServerProperties.Policies settings) {
		this(settings.trustContext());
	}

	PolicyParser(boolean trustContext) {
		this.trustContext = trustContext;
	}

	/**
	 * Makes a policy or an entry of the action catalogue.
	 * @param kind which of them
	 * @param id its id, or {@code null} for its name
	 * @param origin where it comes from
	 * @param source the rule as it was written
	 * @return the rule
	 * @throws InvalidPolicyException with all that is wrong
	 */
	Rule parse(Rule.Kind kind, @Nullable String id, PolicyOrigin origin, ObjectNode source) {
		return switch (kind) {
			case POLICY -> parse(id, origin, PolicyDraft.read(source));
			case ACTION -> ActionEntry.read(id, origin, source);
		};
	}

	/**
	 * Makes a policy.
	 * @param id its id, or {@code null} for its name
	 * @param origin where it comes from
	 * @param draft the policy as it was written
	 * @return the policy
	 * @throws InvalidPolicyException with all that is wrong
	 */
	Policy parse(@Nullable String id, PolicyOrigin origin, PolicyDraft draft) {
		Map<String, String> problems = new LinkedHashMap<>();
		JsonText.problems("", draft.toJson(), problems::putIfAbsent);
		String name = (draft.name() != null) ? draft.name() : "";
		if (name.isBlank() || name.length() > MAX_NAME) {
			problems.put("name",
					"must have 1 to " + MAX_NAME + " characters: the audit log identifies the policy by it");
		}
		PolicyAction action = action(draft.action());
		if (action == null) {
			problems.put("action", "must be auto_approve, require_approval or deny");
		}
		if (draft.allowSelfApproval() && action != null && action != PolicyAction.REQUIRE_APPROVAL) {
			problems.put("allowSelfApproval", "only means something with the action require_approval");
		}
		if (!draft.routing().isNone() && action != null && action != PolicyAction.REQUIRE_APPROVAL) {
			draft.routing()
				.toJson()
				.propertyNames()
				.forEach((field) -> problems.put(field, "only means something with the action require_approval"));
		}
		List<Condition> conditions = conditions(draft.conditions(), action != PolicyAction.AUTO_APPROVE, problems);
		checkTemplate(draft.scopeTemplate(), problems);
		if (action == null || !problems.isEmpty()) {
			throw new InvalidPolicyException(problems);
		}
		Policy policy = new Policy((id != null) ? id : name, origin, draft, name, action, conditions);
		if (action == PolicyAction.AUTO_APPROVE && conditions.isEmpty()) {
			throw new InvalidPolicyException("conditions", "are missing, so the policy would approve everything. "
					+ "If that is what you want: action: {exists: true}");
		}
		if (draft.allowSelfApproval() && conditions.isEmpty()) {
			throw new InvalidPolicyException("conditions", "are missing, so every owner could approve everything. "
					+ "If that is what you want: action: {exists: true}");
		}
		if (policy.trustsAgentsWord() && !this.trustContext) {
			throw new InvalidPolicyException("conditions",
					"approve on context.*, which is what the agent says about itself. Look at scope.* or resource,"
							+ " or set agentotp.server.policies.trust-context=true");
		}
		return policy;
	}

	private static @Nullable PolicyAction action(@Nullable String action) {
		String wanted = (action != null) ? action.replace('-', '_').toUpperCase(Locale.ROOT) : "";
		for (PolicyAction value : PolicyAction.values()) {
			if (value.name().equals(wanted)) {
				return value;
			}
		}
		return null;
	}

	private static List<Condition> conditions(ObjectNode source, boolean strict, Map<String, String> problems) {
		List<Condition> conditions = new ArrayList<>();
		// Before any is compiled.
		long size = source.valueStream()
			.flatMap((checks) -> checks.properties().stream())
			.filter((check) -> Operator.find(check.getKey()).filter(Operator.MATCHES::equals).isPresent()
					&& check.getValue().isString())
			// Larger ones are named each.
			.mapToLong((check) -> Math.min(PatternSize.MAX, PatternSize.of(check.getValue().stringValue())))
			.sum();
		if (size > PatternSize.MAX_OF_POLICY) {
			problems.put("conditions", "have regular expressions that are too large together: they may have at most "
					+ PatternSize.MAX_OF_POLICY + " characters once repetitions such as {1,100} are written out");
			return conditions;
		}
		source.properties().forEach((entry) -> {
			String field = "conditions." + entry.getKey();
			Optional<ConditionPath> path = ConditionPath.parse(entry.getKey());
			if (path.isEmpty()) {
				problems.put(field, "is not a path. A path is action, resource, agentId, scope.<name>, context.<name>, "
						+ "call.arguments.<name> or call.target with .bean, .type, .method or .tool");
			}
			else if (entry.getValue().isObject() && !entry.getValue().isEmpty()) {
				entry.getValue()
					.properties()
					.forEach((check) -> condition(path.get(), check.getKey(), check.getValue(), strict,
							(problem) -> problems.put(field + "." + check.getKey(), problem))
						.ifPresent(conditions::add));
			}
			else {
				problems.put(field, "needs an operator and a value, such as {equals: x}");
			}
		});
		if (conditions.size() > MAX_CONDITIONS) {
			problems.put("conditions", "must be at most " + MAX_CONDITIONS);
		}
		return conditions;
	}

	private static Optional<Condition> condition(ConditionPath path, String operatorName, JsonNode operand,
			boolean strict, Consumer<String> problem) {
		Optional<Operator> operator = Operator.find(operatorName);
		if (operator.isEmpty()) {
			problem.accept("uses the unknown operator '" + operatorName + "'. Known are " + Operator.names());
			return Optional.empty();
		}
		try {
			return Optional.of(Condition.of(path, operator.get(), operand, strict));
		}
		catch (IllegalArgumentException ex) {
			problem.accept(String.valueOf(ex.getMessage()));
			return Optional.empty();
		}
	}

	private static void checkTemplate(ObjectNode template, Map<String, String> problems) {
		JsonNode maxUses = template.get("max_uses");
		if (maxUses != null && !(maxUses.isIntegralNumber() && maxUses.canConvertToInt() && maxUses.intValue() >= 1)) {
			problems.put("scopeTemplate.max_uses", "must be a whole number of at least 1");
		}
	}

}
