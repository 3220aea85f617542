package io.agentotp.server.policy;

import java.nio.charset.StandardCharsets;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Policies as they are written in YAML, and what they decide.
 */
@ExtendWith(OutputCaptureExtension.class)
class PolicyTests {

	@Test
	void decideWhenSeveralMatchThenPriorityAndThenTheStricter() throws Exception {
		PolicySet engine = engine("""
				- {name: everything, action: auto_approve, conditions: {action: {exists: true}}}
				- {name: ask, action: require-approval, conditions: {action: {startsWith: mail}}}
				- {name: never, action: deny, priority: 0, conditions: {action: {equals: mail.bomb}}}
				- {name: first, action: auto_approve, priority: 9, conditions: {resource: {equals: me}}}
				- {name: off, action: deny, priority: 99, active: false, conditions: {action: {exists: true}}}
				""");
		assertThat(decide(engine, "read", null, "{}", "{}").policyName()).isEqualTo("everything");
		assertThat(decide(engine, "mail.send", null, "{}", "{}").policyName()).isEqualTo("ask");
		assertThat(decide(engine, "mail.bomb", null, "{}", "{}").policyName()).isEqualTo("never");
		assertThat(decide(engine, "mail.bomb", "me", "{}", "{}").policyName()).isEqualTo("first");
	}

	@Test
	void decideWhenNoneMatchesThenAPersonIsAsked() throws Exception {
		PolicyDecision decision = decide(engine("- {name: x, action: deny, conditions: {action: {equals: y}}}"), "z",
				null, "{}", "{}");
		assertThat(decision.action()).isEqualTo(PolicyAction.REQUIRE_APPROVAL);
		assertThat(decision.policyName()).isNull();
	}

	@Test
	void decideWhenForOneAgentThenNotForAnother() throws Exception {
		PolicySet engine = engine("- {name: x, agent: other, action: deny}");
		assertThat(decide(engine, "z", null, "{}", "{}").policyName()).isNull();
		assertThat(decide(engine("- {name: x, agent: mailer, action: deny}"), "z", null, "{}", "{}").policyName())
			.isEqualTo("x");
		assertThat(decide(engine("- {name: x, action: deny, conditions: {agentId: {equals: mailer}}}"), "z", null, "{}",
				"{}")
			.policyName()).isEqualTo("x");
	}

	@Test
	void decideWhenConditionCannotBeEvaluatedThenDenied() throws Exception {
		PolicySet engine = engine(
				"""
						- {name: small, action: auto_approve, conditions: {action: {equals: pay}, "[scope.amount]": {lessThan: 10}}}
						""");
		PolicyDecision decision = decide(engine, "pay", null, "{\"amount\":\"5\"}", "{}");
		assertThat(decision.action()).isEqualTo(PolicyAction.DENY);
		assertThat(decision.reason()).contains("small").contains("scope.amount is not a number");
		assertThat(decide(engine, "other", null, "{\"amount\":\"5\"}", "{}").action())
			.isEqualTo(PolicyAction.REQUIRE_APPROVAL);
		assertThat(decide(engine, "pay", null, "{}", "{}").action()).isEqualTo(PolicyAction.REQUIRE_APPROVAL);
		assertThat(decide(engine, "pay", null, "{\"amount\":9.99}", "{}").action())
			.isEqualTo(PolicyAction.AUTO_APPROVE);
	}

	@Test
	void decideWhenNameWithDotsShadowsNestedOneThenDenied() throws Exception {
		PolicySet engine = engine("""
				- {name: x, action: auto_approve, conditions: {"[scope.db.rows]": {lessThan: 10}}}
				""");
		assertThat(decide(engine, "a", null, "{\"db\":{\"rows\":1}}", "{}").action())
			.isEqualTo(PolicyAction.AUTO_APPROVE);
		assertThat(decide(engine, "a", null, "{\"db.rows\":1}", "{}").action()).isEqualTo(PolicyAction.AUTO_APPROVE);
		assertThat(decide(engine, "a", null, "{\"db\":{\"rows\":99},\"db.rows\":1}", "{}").action())
			.isEqualTo(PolicyAction.DENY);
	}

	@Test
	void decideWhenValueIsMissingThenNegativeConditionNeverApproves() throws Exception {
		PolicySet approving = engine("- {name: x, action: auto_approve, conditions: {resource: {notEquals: prod}}}");
		assertThat(decide(approving, "a", null, "{}", "{}").action()).isEqualTo(PolicyAction.REQUIRE_APPROVAL);
		assertThat(decide(approving, "a", "test", "{}", "{}").action()).isEqualTo(PolicyAction.AUTO_APPROVE);
		PolicySet denying = engine("- {name: x, action: deny, conditions: {resource: {notIn: [test, dev]}}}");
		assertThat(decide(denying, "a", null, "{}", "{}").action()).isEqualTo(PolicyAction.DENY);
		assertThat(decide(denying, "a", "dev", "{}", "{}").action()).isEqualTo(PolicyAction.REQUIRE_APPROVAL);
	}

	@Test
	void decideWhenTemplateThenScopeIsNarrowedAlsoWhenAPersonIsAsked() throws Exception {
		PolicySet engine = engine("""
				- name: x
				  action: require_approval
				  conditions: {action: {exists: true}}
				  scope-template:
				    "[max_emails]": 5
				    "[allowed_domains]": [example.com, example.org]
				    attachments: false
				    limits: {"[max_size]": 10}
				""");
		PolicyDecision decision = decide(engine, "a", null,
				"{\"max_emails\":9,\"allowed_domains\":[\"example.org\",\"evil.org\"],\"limits\":{\"max_size\":99}}",
				"{}");
		assertThat(decision.scope()).isEqualTo(Json.readObject(
				"{\"max_emails\":5,\"allowed_domains\":[\"example.org\"],\"limits\":{\"max_size\":10},\"attachments\":false}"));
		assertThat(decide(engine, "a", null, "{\"attachments\":\"all\"}", "{}").action()).isEqualTo(PolicyAction.DENY);
	}

	@Test
	void bindWhenApprovesOnContextThenWarnsAndIsMarked(CapturedOutput output) throws Exception {
		PolicySet engine = engine("""
				- {name: trusting, action: auto_approve, conditions: {"[context.user.role]": {equals: admin}}}
				""");
		assertThat(engine.policies().get(0).trustsAgentsWord()).isTrue();
		assertThat(output).contains("'trusting'").contains("trusts the agent's word");
		assertThat(decide(engine, "a", null, "{}", "{\"user\":{\"role\":\"admin\"}}").action())
			.isEqualTo(PolicyAction.AUTO_APPROVE);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					- {action: deny} | needs a name
					- {name: x} | auto_approve, require_approval or deny
					- {name: x, action: allow} | auto_approve, require_approval or deny
					- {name: x, action: auto_approve} | would approve everything
					- {name: x, action: deny, conditions: {scope.max_emails: {equals: 1}}} | Write a path or key with a dot or underscore in quotes and brackets
					- {name: x, action: deny, conditions: {scope.amount: {equals: 1}}} | conditions.scope is not a path
					- {name: x, action: deny, conditions: {scop: {equals: 1}}} | Rule 'x': conditions.scop is not a path
					- {name: x, action: deny, conditions: {"[scope]": {equals: 1}}} | conditions.scope is not a path
					- {name: x, action: deny, conditions: {"[scope..a]": {equals: 1}}} | conditions.scope..a is not a path
					- {name: x, action: deny, conditions: {action: {is: 1}}} | unknown operator 'is'
					- {name: x, action: deny, conditions: {action: {matches: "("}}} | needs a regular expression
					- {name: x, action: deny, conditions: {action: {in: []}}} | needs a list
					- {name: x, action: deny, conditions: {action: {lessThan: few}}} | needs a number
					- {name: x, action: require_approval, scope-template: {max_emails: 5}} | in quotes and brackets
					- {name: x, action: require_approval, scope-template: {"[max_uses]": 0}} | max_uses must be a whole number
					- {name: x, action: require_approval, scope-templat: {"[max_uses]": 1}} | not a field of a rule
					- {name: x, action: deny, condition: {action: {equals: y}}} | not a field of a rule
					""")
	void bindWhenRuleIsWrongThenStartIsRefusedWithTheRemedy(String rule, String message) {
		assertThatExceptionOfType(InvalidSettingException.class).isThrownBy(() -> engine(rule)).satisfies((ex) -> {
			assertThat(ex.reason()).contains(message);
			assertThat(ex.property()).startsWith("agentotp.server.policies.rules[0]");
		});
	}

	@Test
	void bindWhenContextIsNotTrustedThenApprovingOnItIsRefused() {
		assertThatExceptionOfType(InvalidSettingException.class).isThrownBy(() -> engine("""
				- {name: trusting, action: auto_approve, conditions: {"[context.role]": {equals: admin}}}
				""", "false"))
			.satisfies((ex) -> assertThat(ex.reason()).contains("trusting").contains("says about itself"));
	}

	@Test
	void bindWhenTwoRulesHaveOneNameThenRefused() {
		assertThatExceptionOfType(InvalidSettingException.class)
			.isThrownBy(() -> engine("- {name: x, action: deny}\n- {name: x, action: deny}"))
			.satisfies((ex) -> assertThat(ex.reason()).contains("same name"));
	}

	@Test
	void bindWhenAgentIsNotConfiguredThenWarns(CapturedOutput output) throws Exception {
		engine("- {name: x, agent: maler, action: deny}");
		assertThat(output).contains("'maler', which is not configured");
	}

	private static PolicyDecision decide(PolicySet engine, String action, String resource, String scope,
			String context) {
		return engine
			.decide(new PolicyRequest("mailer", action, resource, Json.readObject(scope), Json.readObject(context)));
	}

	private static PolicySet engine(String rules) throws Exception {
		return engine(rules, "true");
	}

	private static PolicySet engine(String rules, String trustContext) throws Exception {
		String yaml = "agentotp:\n  server:\n    policies:\n      trust-context: " + trustContext + "\n      rules:\n"
				+ rules.indent(8);
		StandardEnvironment environment = new StandardEnvironment();
		new YamlPropertySourceLoader().load("test", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)))
			.forEach(environment.getPropertySources()::addFirst);
		AgentOtpServerProperties properties = Binder.get(environment)
			.bindOrCreate(AgentOtpServerProperties.PREFIX, AgentOtpServerProperties.class);
		PolicySet set = new PolicySet(1, PolicyConfiguration.configured(properties, environment));
		new PolicyWarnings(properties.agents()::containsKey).log(set.policies());
		return set;
	}

}
