package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.agentotp.server.config.AgentOtpServerProperties.Rule;
import io.agentotp.server.config.InvalidSetting;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes policies of the rules in the configuration, or says what is wrong with them.
 */
final class PolicyParser {

	private final boolean trustContext;

	PolicyParser(boolean trustContext) {
		this.trustContext = trustContext;
	}

	List<Policy> parse(List<Rule> rules) {
		List<Policy> policies = new ArrayList<>();
		Set<String> names = new HashSet<>();
		for (int i = 0; i < rules.size(); i++) {
			Policy policy = parse("policies.rules[" + i + "]", rules.get(i));
			if (!names.add(policy.name())) {
				throw InvalidSetting.of("policies.rules[" + i + "].name", policy.name(),
						"Another rule has the same name, which is what the record knows it by");
			}
			policies.add(policy);
		}
		return policies;
	}

	private Policy parse(String setting, Rule rule) {
		String name = rule.name();
		if (name == null || name.isBlank() || name.length() > 128) {
			throw InvalidSetting.of(setting + ".name", name, "Each rule needs a name of 1 to 128 characters");
		}
		PolicyAction action = action(setting, name, rule.action());
		ObjectNode source = Json.object();
		List<Condition> conditions = new ArrayList<>();
		rule.conditions().forEach((path, checks) -> {
			ObjectNode values = source.putObject(path);
			ConditionPath place = ConditionPath.parse(path)
				.orElseThrow(() -> InvalidSetting.of(setting + ".conditions", path, unknownPath(name, path)));
			BoundValues.toTree(checks).properties().forEach((check) -> {
				values.set(check.getKey(), check.getValue());
				conditions.add(condition(setting, name, place, check.getKey(), check.getValue(), action));
			});
		});
		Policy policy = new Policy(name, rule.description(), rule.agent(), rule.priority(), action,
				List.copyOf(conditions), source, scopeTemplate(setting, name, rule), rule.active());
		if (action == PolicyAction.AUTO_APPROVE && conditions.isEmpty()) {
			throw InvalidSetting.of(setting + ".conditions", null, "Rule '" + name
					+ "' would approve everything. Give it a condition; if that is what you want: action: {exists: true}");
		}
		if (policy.trustsAgentsWord() && !this.trustContext) {
			throw InvalidSetting.of(setting + ".conditions", null, "Rule '" + name
					+ "' approves on context.*, which is what the agent says about itself. Look at scope.* or resource,"
					+ " or set agentotp.server.policies.trust-context=true");
		}
		return policy;
	}

	private static PolicyAction action(String setting, String name, @Nullable String action) {
		String wanted = (action != null) ? action.replace('-', '_').toUpperCase(Locale.ROOT) : "";
		for (PolicyAction value : PolicyAction.values()) {
			if (value.name().equals(wanted)) {
				return value;
			}
		}
		throw InvalidSetting.of(setting + ".action", action,
				"The action of rule '" + name + "' must be auto_approve, require_approval or deny");
	}

	private static Condition condition(String setting, String name, ConditionPath path, String operatorName,
			JsonNode operand, PolicyAction action) {
		Optional<Operator> operator = Operator.find(operatorName);
		if (operator.isEmpty()) {
			throw InvalidSetting.of(setting + ".conditions", path + "." + operatorName,
					"Rule '" + name + "' has the unknown operator '" + operatorName + "'. Known are " + Operator.names()
							+ ". " + remedy());
		}
		try {
			return new Condition(path, operator.get(),
					operator.get().check(operand, action != PolicyAction.AUTO_APPROVE));
		}
		catch (IllegalArgumentException ex) {
			throw InvalidSetting.of(setting + ".conditions", path + "." + operatorName + "=" + operand,
					"Rule '" + name + "': " + operator.get().text() + " " + ex.getMessage());
		}
	}

	private static ObjectNode scopeTemplate(String setting, String name, Rule rule) {
		ObjectNode template = BoundValues.toTree(rule.scopeTemplate());
		JsonNode maxUses = template.get("max_uses");
		if (maxUses != null && !(maxUses.isIntegralNumber() && maxUses.canConvertToInt() && maxUses.intValue() >= 1)) {
			throw InvalidSetting.of(setting + ".scope-template", "max_uses=" + maxUses,
					"Rule '" + name + "': max_uses must be a whole number of at least 1");
		}
		return template;
	}

	private static String unknownPath(String name, String path) {
		return "Rule '" + name + "' looks at '" + path
				+ "'. A path is action, resource, agentId, scope.<name> or context.<name>. " + remedy();
	}

	static String remedy() {
		return "Write a path or key with a dot or underscore in quotes and brackets, such as \"[scope.max_emails]\"";
	}

}
