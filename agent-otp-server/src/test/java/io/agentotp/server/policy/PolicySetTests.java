package io.agentotp.server.policy;

import java.nio.charset.StandardCharsets;
import java.util.List;

import io.agentotp.server.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Shadow policies, and why a policy applied.
 */
class PolicySetTests {

	@Test
	void decideWhenShadowWouldSpeakThenReportsAndDecidesNothing() {
		PolicySet set = set("""
				- {name: ok, action: auto_approve, conditions: {action: {startsWith: mail}}}
				- {name: strict, action: deny, priority: 9, shadow: true, conditions: {scope.n: {greaterThan: 5}}}
				""");
		PolicyDecision decision = set.decide(request("mail.send", "{\"n\":9}"));
		assertThat(decision.action()).isEqualTo(PolicyAction.AUTO_APPROVE);
		assertThat(decision.policyName()).isEqualTo("ok");
		assertThat(decision.shadow()).isNotNull();
		assertThat(decision.shadow().action()).isEqualTo(PolicyAction.DENY);
		assertThat(decision.trace().path("shadow").path("policy").stringValue()).isEqualTo("strict");
		assertThat(decision.trace().path("shadow").path("differs").booleanValue()).isTrue();
		assertThat(set.decide(request("mail.send", "{\"n\":1}")).shadow()).isNull();
	}

	@Test
	void decideWhenShadowApprovesThenAPersonIsStillAsked() {
		PolicySet set = set("- {name: open, action: auto_approve, shadow: true, conditions: {action: {exists: true}}}");
		PolicyDecision decision = set.decide(request("drop", "{}"));
		assertThat(decision.action()).isEqualTo(PolicyAction.REQUIRE_APPROVAL);
		assertThat(decision.policy()).isNull();
		assertThat(decision.shadow().action()).isEqualTo(PolicyAction.AUTO_APPROVE);
	}

	@Test
	void decideWhenShadowFailsThenOnlyTheReportSaysSo() {
		PolicySet set = set(
				"- {name: broken, action: deny, shadow: true, priority: 9, conditions: {scope.n: {lessThan: 5}}}");
		PolicyDecision decision = set.decide(request("x", "{\"n\":\"text\"}"));
		assertThat(decision.action()).isEqualTo(PolicyAction.REQUIRE_APPROVAL);
		assertThat(decision.shadow().reason()).contains("scope.n is not a number");
	}

	@Test
	void decideWhenShadowIsNotActiveOrComesLaterThenNoReport() {
		assertThat(set("- {name: off, action: deny, active: false, shadow: true}").decide(request("x", "{}")).shadow())
			.isNull();
		assertThat(set("""
				- {name: real, action: deny, priority: 5}
				- {name: later, action: deny, shadow: true}
				""").decide(request("x", "{}")).shadow()).isNull();
	}

	@Test
	void letsOwnerDecideWhenPrioritiesAreEqualThenTheOneWithoutSelfApprovalSpeaks() {
		String own = "- {name: own, action: require_approval, allowSelfApproval: true, conditions: {action: {exists: true}}}\n";
		String other = "- {name: other, action: require_approval, conditions: {scope.n: {exists: true}}}\n";
		for (String policies : List.of(own + other, other + own)) {
			PolicySet set = set(policies);
			assertThat(set.letsOwnerDecide(request("x", "{\"n\":1}"))).isFalse();
			assertThat(set.letsOwnerDecide(request("x", "{}"))).isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "notEquals: prod", "notIn: [prod, live]" })
	void letsOwnerDecideWhenValueIsMissingOrOfAnotherTypeThenNotButAPersonIsAsked(String condition) {
		PolicySet set = set(
				"""
						- {name: open, action: auto_approve, conditions: {action: {exists: true}}}
						- {name: own, priority: 1, action: require_approval, allowSelfApproval: true, conditions: {scope.to: {%s}}}
						"""
					.formatted(condition));
		assertThat(set.letsOwnerDecide(request("x", "{\"to\":\"test\"}"))).isTrue();
		for (String scope : List.of("{\"to\":[\"prod\"]}", "{\"to\":{\"prod\":1}}", "{}")) {
			assertThat(set.letsOwnerDecide(request("x", scope))).as(scope).isFalse();
			assertThat(set.decide(request("x", scope)).action()).isEqualTo(PolicyAction.REQUIRE_APPROVAL);
		}
	}

	@Test
	void traceWhenPolicySpokeThenItsConditionsWithValues() {
		PolicySet set = set("""
				- {name: small, action: auto_approve, conditions: {action: {equals: pay}, scope.n: {lessThan: 5}}}
				""");
		assertThat(Json.write(set.decide(request("pay", "{\"n\":2}")).trace())).isEqualTo(
				"{\"version\":1,\"policy\":{\"id\":\"small\",\"name\":\"small\",\"action\":\"auto_approve\",\"origin\":\"file:t.yml\"},"
						+ "\"conditions\":[{\"path\":\"action\",\"operator\":\"equals\",\"value\":\"pay\",\"actual\":\"pay\",\"holds\":true},"
						+ "{\"path\":\"scope.n\",\"operator\":\"lessThan\",\"value\":5,\"actual\":2,\"holds\":true}]}");
	}

	@Test
	void traceWhenValueIsLongThenNamedByItsHash() {
		PolicySet set = set("- {name: x, action: deny, conditions: {scope.n: {contains: y}}}");
		String trace = Json.write(set.decide(request("a", "{\"n\":\"" + "y".repeat(20_000) + "\"}")).trace());
		assertThat(trace).hasSizeLessThan(1000).contains("\"bytes\":20002", "sha256");
	}

	@Test
	void explainWhenAskedThenEachPolicyWithEachCondition() {
		List<PolicyOutcome> outcomes = set("""
				- {name: a, action: deny, priority: 9, conditions: {action: {equals: x}, scope.n: {lessThan: 5}}}
				- {name: b, action: deny, agentId: other}
				- {name: c, action: require_approval, conditions: {action: {equals: x}}}
				""").explain(request("x", "{\"n\":\"7\"}"));
		assertThat(outcomes).extracting((outcome) -> outcome.policy().name()).containsExactly("a", "b", "c");
		assertThat(outcomes.get(0).matches()).isFalse();
		assertThat(outcomes.get(0).problem()).contains("scope.n is not a number");
		assertThat(outcomes.get(0).conditions()).extracting(ConditionOutcome::holds).containsExactly(true, false);
		assertThat(outcomes.get(1).forThisAgent()).isFalse();
		assertThat(outcomes.get(1).matches()).isFalse();
		assertThat(outcomes.get(2).matches()).isTrue();
	}

	private static PolicyRequest request(String action, String scope) {
		return new PolicyRequest("mailer", action, null, Json.readObject(scope), Json.object(), null);
	}

	private static PolicySet set(String yaml) {
		return PolicySet
			.of(List.of(PolicyFile.read("t.yml", yaml.getBytes(StandardCharsets.UTF_8), true)), List.of(), List.of())
			.withVersion(1);
	}

}
