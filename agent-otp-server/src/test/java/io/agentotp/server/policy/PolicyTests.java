package io.agentotp.server.policy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;

import io.agentotp.server.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Policies as they are written in YAML, and what they decide.
 */
@ExtendWith(OutputCaptureExtension.class)
class PolicyTests {

	@Test
	void decideWhenSeveralMatchThenPriorityAndThenTheStricter() {
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
	void decideWhenNoneMatchesThenAPersonIsAsked() {
		PolicyDecision decision = decide(engine("- {name: x, action: deny, conditions: {action: {equals: y}}}"), "z",
				null, "{}", "{}");
		assertThat(decision.action()).isEqualTo(PolicyAction.REQUIRE_APPROVAL);
		assertThat(decision.policyName()).isNull();
	}

	@Test
	void decideWhenForOneAgentThenNotForAnother() {
		PolicySet engine = engine("- {name: x, agent: other, action: deny}");
		assertThat(decide(engine, "z", null, "{}", "{}").policyName()).isNull();
		assertThat(decide(engine("- {name: x, agent: mailer, action: deny}"), "z", null, "{}", "{}").policyName())
			.isEqualTo("x");
		assertThat(decide(engine("- {name: x, action: deny, conditions: {agentId: {equals: mailer}}}"), "z", null, "{}",
				"{}")
			.policyName()).isEqualTo("x");
	}

	@Test
	void decideWhenConditionCannotBeEvaluatedThenDenied() {
		PolicySet engine = engine("""
				- {name: small, action: auto_approve, conditions: {action: {equals: pay}, scope.amount: {lessThan: 10}}}
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
	void decideWhenNameWithDotsShadowsNestedOneThenDenied() {
		PolicySet engine = engine("""
				- {name: x, action: auto_approve, conditions: {scope.db.rows: {lessThan: 10}}}
				""");
		assertThat(decide(engine, "a", null, "{\"db\":{\"rows\":1}}", "{}").action())
			.isEqualTo(PolicyAction.AUTO_APPROVE);
		assertThat(decide(engine, "a", null, "{\"db.rows\":1}", "{}").action()).isEqualTo(PolicyAction.AUTO_APPROVE);
		assertThat(decide(engine, "a", null, "{\"db\":{\"rows\":99},\"db.rows\":1}", "{}").action())
			.isEqualTo(PolicyAction.DENY);
	}

	@Test
	void decideWhenValueIsMissingThenNegativeConditionNeverApproves() {
		PolicySet approving = engine("- {name: x, action: auto_approve, conditions: {resource: {notEquals: prod}}}");
		assertThat(decide(approving, "a", null, "{}", "{}").action()).isEqualTo(PolicyAction.REQUIRE_APPROVAL);
		assertThat(decide(approving, "a", "test", "{}", "{}").action()).isEqualTo(PolicyAction.AUTO_APPROVE);
		PolicySet denying = engine("- {name: x, action: deny, conditions: {resource: {notIn: [test, dev]}}}");
		assertThat(decide(denying, "a", null, "{}", "{}").action()).isEqualTo(PolicyAction.DENY);
		assertThat(decide(denying, "a", "dev", "{}", "{}").action()).isEqualTo(PolicyAction.REQUIRE_APPROVAL);
	}

	@Test
	void decideWhenTemplateThenScopeIsNarrowedAlsoWhenAPersonIsAsked() {
		PolicySet engine = engine("""
				- name: x
				  action: require_approval
				  conditions: {action: {exists: true}}
				  scope-template:
				    max_emails: 5
				    allowed_domains: [example.com, example.org]
				    attachments: false
				    limits: {max_size: 10}
				""");
		PolicyDecision decision = decide(engine, "a", null,
				"{\"max_emails\":9,\"allowed_domains\":[\"example.org\",\"evil.org\"],\"limits\":{\"max_size\":99}}",
				"{}");
		assertThat(decision.scope()).isEqualTo(Json.readObject(
				"{\"max_emails\":5,\"allowed_domains\":[\"example.org\"],\"limits\":{\"max_size\":10},\"attachments\":false}"));
		assertThat(decide(engine, "a", null, "{\"attachments\":\"all\"}", "{}").action()).isEqualTo(PolicyAction.DENY);
	}

	@Test
	void readWhenApprovesOnContextThenWarnsAndIsMarked(CapturedOutput output) {
		PolicySet engine = engine("""
				- {name: trusting, action: auto_approve, conditions: {context.user.role: {equals: admin}}}
				""");
		assertThat(engine.policies().get(0).trustsAgentsWord()).isTrue();
		assertThat(output).contains("'trusting'").contains("trusts the agent's word");
		assertThat(decide(engine, "a", null, "{}", "{\"user\":{\"role\":\"admin\"}}").action())
			.isEqualTo(PolicyAction.AUTO_APPROVE);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					- {action: deny} | name must have 1 to 128 characters
					- {name: x} | auto_approve, require_approval or deny
					- {name: x, action: allow} | auto_approve, require_approval or deny
					- {name: x, action: auto_approve} | would approve everything
					- {name: x, action: deny, conditions: {scop: {equals: 1}}} | conditions.scop is not a path
					- {name: x, action: deny, conditions: {scope: {equals: 1}}} | conditions.scope is not a path
					- {name: x, action: deny, conditions: {scope..a: {equals: 1}}} | conditions.scope..a is not a path
					- {name: x, action: deny, conditions: {action: {is: 1}}} | unknown operator 'is'
					- {name: x, action: deny, conditions: {action: {matches: "("}}} | needs a regular expression
					- {name: x, action: deny, conditions: {action: {matches: "(a{1,1000}){1,1000}"}}} | action.matches needs a smaller regular expression
					- {name: x, action: deny, conditions: {action: {in: []}}} | needs a list
					- {name: x, action: deny, conditions: {action: {lessThan: few}}} | needs a number
					- {name: x, action: require_approval, scope-template: {max_uses: 0}} | max_uses must be a whole number
					- {name: x, action: require_approval, scope-templat: {max_uses: 1}} | not a field of a policy
					- {name: x, action: deny, condition: {action: {equals: y}}} | not a field of a policy
					""")
	void readWhenPolicyIsWrongThenRefusedWithTheRemedy(String rule, String message) {
		assertThatExceptionOfType(InvalidPolicyException.class).isThrownBy(() -> engine(rule)).satisfies((ex) -> {
			assertThat(ex.text()).contains(message);
			assertThat(ex.text()).startsWith("test.yml has a policy (line 1)");
		});
	}

	@Test
	void readWhenContextIsNotTrustedThenApprovingOnItIsRefused() {
		assertThatExceptionOfType(InvalidPolicyException.class).isThrownBy(() -> engine("""
				- {name: trusting, action: auto_approve, conditions: {context.role: {equals: admin}}}
				""", false))
			.satisfies((ex) -> assertThat(ex.text()).contains("has a policy (line 1)").contains("says about itself"));
	}

	@Test
	void readWhenContextIsNotTrustedThenApprovingOnWhatIsBoundIsNot() {
		PolicySet engine = engine(
				"""
						- {name: bound, action: auto_approve, conditions: {call.arguments.to: {equals: ann}, call.target.tool: {equals: mail}}}
						""",
				false);
		ObjectNode call = Json
			.readObject("{\"target\":{\"tool\":\"mail\"},\"arguments\":[{\"name\":\"to\",\"value\":\"ann\"}]}");
		assertThat(engine.decide(new PolicyRequest("mailer", "a", null, Json.object(), Json.object(), call)).action())
			.isEqualTo(PolicyAction.AUTO_APPROVE);
		assertThat(engine.policies().get(0).trustsAgentsWord()).isFalse();
		assertThat(decide(engine, "a", null, "{}", "{\"arguments\":{\"to\":\"ann\"}}").action())
			.isEqualTo(PolicyAction.DENY);
	}

	@ParameterizedTest
	@ValueSource(strings = { "call", "call.arguments", "call.target", "call.target.other", "call.to",
			"call.target.tool.x", "call.notBound.a" })
	void readWhenAPathLeadsNowhereInTheCallThenRefused(String path) {
		assertThatExceptionOfType(InvalidPolicyException.class)
			.isThrownBy(() -> engine("- {name: x, action: deny, conditions: {" + path + ": {exists: true}}}"))
			.satisfies((ex) -> assertThat(ex.text()).contains("call.arguments.<name>"));
	}

	@ParameterizedTest
	@CsvSource(delimiter = ';', textBlock = """
			call.arguments.a.b;{"name":"a.b","value":1};AUTO_APPROVE
			call.arguments.a.b;{"name":"a","value":{"b":1}};AUTO_APPROVE
			call.arguments.a.b;{"name":"a","value":{"b":1}},{"name":"a.b","value":1};DENY
			call.arguments.a.b;{"name":"a","masked":true},{"name":"a.b","value":1};DENY
			call.arguments.a;{"name":"a","value":null};REQUIRE_APPROVAL
			""")
	void decideWhenAnArgumentHasDotsThenOnlyIfItIsClear(String path, String arguments, PolicyAction action) {
		PolicySet engine = engine("- {name: x, action: auto_approve, conditions: {" + path + ": {equals: 1}}}");
		ObjectNode call = Json.readObject("{\"target\":{\"tool\":\"t\"},\"arguments\":[" + arguments + "]}");
		assertThat(engine.decide(new PolicyRequest("mailer", "a", null, Json.object(), Json.object(), call)).action())
			.isEqualTo(action);
	}

	@Test
	void setWhenTwoPoliciesHaveOneNameThenRefused() {
		assertThatExceptionOfType(InvalidPolicyException.class)
			.isThrownBy(() -> engine("- {name: x, action: deny}\n- {name: x, action: deny}"))
			.satisfies((ex) -> assertThat(ex.text()).contains("'x' is taken"));
	}

	@Test
	void readWhenAgentIsNotConfiguredThenWarns(CapturedOutput output) {
		engine("- {name: x, agent: maler, action: deny}");
		assertThat(output).contains("'maler', which is not configured");
	}

	private static PolicyDecision decide(PolicySet engine, String action, String resource, String scope,
			String context) {
		return engine.decide(
				new PolicyRequest("mailer", action, resource, Json.readObject(scope), Json.readObject(context), null));
	}

	private static PolicySet engine(String policies) {
		return engine(policies, true);
	}

	private static PolicySet engine(String policies, boolean trustContext) {
		PolicySet set = PolicySet.of(
				List.of(PolicyFile.read("test.yml", policies.getBytes(StandardCharsets.UTF_8), trustContext)),
				List.of(), List.of());
		new PolicyWarnings(Set.of("mailer")::contains, new RoutingWarnings(List::of, List::of, Duration.ofMinutes(10)))
			.log(set.policies());
		return set;
	}

}
