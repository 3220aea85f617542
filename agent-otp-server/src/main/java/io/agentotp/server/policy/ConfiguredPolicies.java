package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentotp.server.config.AgentOtpServerProperties.Rule;
import io.agentotp.server.config.InvalidSetting;
import io.agentotp.server.config.InvalidSettingException;

/**
 * Makes policies of the rules in the application's configuration.
 */
final class ConfiguredPolicies {

	private final PolicyParser parser;

	ConfiguredPolicies(PolicyParser parser) {
		this.parser = parser;
	}

	List<Policy> parse(List<Rule> rules) {
		List<Policy> policies = new ArrayList<>();
		Set<String> names = new HashSet<>();
		for (int i = 0; i < rules.size(); i++) {
			String setting = "policies.rules[" + i + "]";
			Policy policy = parse(setting, rules.get(i));
			if (!names.add(policy.name())) {
				throw InvalidSetting.of(setting + ".name", policy.name(),
						"Another rule has the same name, which is what the record knows it by");
			}
			policies.add(policy);
		}
		return policies;
	}

	private Policy parse(String setting, Rule rule) {
		try {
			return this.parser.parse(null, PolicyOrigin.CONFIGURATION, draft(rule));
		}
		catch (InvalidPolicyException ex) {
			throw invalid(setting, rule, ex.problems().entrySet().iterator().next());
		}
	}

	private static PolicyDraft draft(Rule rule) {
		return new PolicyDraft(rule.name(), rule.description(), rule.agent(), rule.priority(),
				BoundValues.toTree(rule.conditions()), rule.action(), BoundValues.toTree(rule.scopeTemplate()),
				rule.allowSelfApproval(), rule.active(), rule.shadow());
	}

	private static InvalidSettingException invalid(String setting, Rule rule, Map.Entry<String, String> problem) {
		String field = problem.getKey();
		String message = "Rule '" + rule.name() + "': " + field + " " + problem.getValue();
		if (field.equals("name")) {
			return InvalidSetting.of(setting + ".name", rule.name(),
					"Each rule needs a name: it " + problem.getValue());
		}
		if (field.startsWith("conditions.")) {
			return InvalidSetting.of(setting + ".conditions", field.substring("conditions.".length()),
					message + ". " + remedy());
		}
		return InvalidSetting.of(setting + "." + field.split("\\.", -1)[0],
				field.equals("action") ? rule.action() : null, message);
	}

	static String remedy() {
		return "Write a path or key with a dot or underscore in quotes and brackets, such as \"[scope.max_emails]\"";
	}

}
