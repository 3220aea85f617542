package io.agentotp.server.policy;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

import io.agentotp.server.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Files of policies: what they mean, and what is refused.
 */
class PolicyFileTests {

	@Test
	void readWhenWellFormedThenPoliciesAndExamples() {
		PolicyFile file = read("""
				policies:
				  - name: small payments
				    description: Up to 100 without a person
				    agentId: payer
				    priority: 5
				    conditions:
				      action: {equals: pay}
				      scope.amount: {less_than_or_equal: 100}
				      scope.currency: {in: [EUR, NO]}
				    action: auto_approve
				    scopeTemplate: {max_uses: 1, limits: {max_size: 1.50}}
				tests:
				  - name: a small one
				    request: {agentId: payer, action: pay, scope: {amount: 99, currency: NO}}
				    expect: {action: auto-approve, policy: small payments}
				""");
		Policy policy = file.policies().get(0);
		assertThat(policy.name()).isEqualTo("small payments");
		assertThat(policy.agentId()).isEqualTo("payer");
		assertThat(policy.priority()).isEqualTo(5);
		assertThat(policy.origin().text()).isEqualTo("file:test.yml");
		assertThat(Json.write(policy.scopeTemplate())).isEqualTo("{\"max_uses\":1,\"limits\":{\"max_size\":1.50}}");
		PolicyExample example = file.examples().get(0);
		assertThat(
				example.difference(new PolicySet(1, file.policies(), ActionCatalogue.EMPTY).decide(example.request())))
			.isEmpty();
	}

	@Test
	void readWhenListThenPolicies() {
		assertThat(read("- {name: x, action: deny}\n- {name: y, action: deny, shadow: true}").policies()).hasSize(2);
	}

	@Test
	void readWhenYamlHasOtherIdeasOfTypesThenOnlyJsonCounts() {
		Policy policy = read("""
				- name: no
				  action: deny
				  conditions:
				    scope.country: {in: [no, yes, 12:30, 2026-01-01, 0x10, 1_000, 010, "7", null, true, -1.5e3]}
				""").policies().get(0);
		assertThat(policy.name()).isEqualTo("no");
		assertThat(Json.write(policy.conditions()))
			.contains("[\"no\",\"yes\",\"12:30\",\"2026-01-01\",\"0x10\",\"1_000\",\"010\",\"7\",null,true,-1.5E+3]");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					'- {name: x, action: deny, conditons: {action: {equals: y}}}' | (line 1) that cannot be used: conditons is not a field
					'- {name: x, action: auto_approve, conditions: {action: {exists: true}}, scopeTemplat: {}}' | scopeTemplat is not a field
					'- {name: x, action: auto_approve}' | conditions are missing
					'- {action: deny}' | name must have 1 to 128 characters
					'- {name: x, action: deny, action: deny}' | twice in one place
					'- {name: x, action: deny, agent: a, agentId: b}' | stands twice
					'- {name: x, action: allow}' | action must be
					'- {name: x, action: deny, priority: high}' | priority must be a whole number
					'- {name: x, action: deny, active: "yes"}' | active must be true or false
					'- {name: x, action: deny, conditions: {action: {is: 1}}}' | unknown operator
					'- {name: x, action: deny, conditions: {action: y}}' | needs an operator and a value
					'- {name: x, action: deny, conditions: {scop.a: {equals: y}}}' | not a path
					'- {name: x, action: deny, conditions: {action: {matches: "("}}}' | regular expression
					'- {name: x, action: deny, conditions: {context.a: {equals: "\\0"}}}' | NUL
					'- {name: x, action: deny, scopeTemplate: {max_uses: 0}}' | max_uses must be a whole number
					'- plain' | it must have named fields
					'rules: []' | has the part
					'policies: {}' | needs a list
					'just text' | must be a list of policies
					'' | is empty
					'[' | not one well-formed YAML document
					'- {name: x, action: deny}\n---\n- {name: y, action: deny}' | not one well-formed YAML document
					'- !!javax.script.ScriptEngineManager [x]' | (line 1, column 3)
					'- {name: !!binary aGk=, action: deny}' | not JSON
					'- {? [a] : b}' | not text
					'tests: [{request: {action: x}}]' | expect is required
					'tests: [{request: {action: x}, expect: {action: maybe}}]' | expect.action must be
					'tests: [{request: {action: x, scop: {}}, expect: {action: deny}}]' | request.scop is not known
					""")
	void readWhenWrongThenRefusedWithPlaceAndReason(String yaml, String message) {
		assertThatExceptionOfType(InvalidPolicyException.class)
			.isThrownBy(() -> read((yaml != null) ? yaml.replace("\\n", "\n") : ""))
			.satisfies((ex) -> assertThat(ex.text()).startsWith("test.yml").contains(message));
	}

	@Test
	void readWhenAliasBombThenRefusedBeforeItGrows() {
		StringBuilder bomb = new StringBuilder("a: &a [x,x,x,x,x,x,x,x,x,x]\n");
		for (char c = 'b'; c < 'k'; c++) {
			String before = "*" + (char) (c - 1);
			bomb.append(c)
				.append(": &")
				.append(c)
				.append(" [")
				.append((before + ",").repeat(9))
				.append(before)
				.append("]\n");
		}
		refused(bomb.toString(), "must not use aliases");
		refused("policies: &all\n  - *all\n", "must not use aliases");
		refused("- &x {name: x, action: deny}\n- {<<: *x, name: y}", "must not use aliases");
	}

	@Test
	void readWhenHugeOrDeepThenRefused() {
		refused("# " + "x".repeat(1024 * 1024), "at most 1048576 bytes");
		refused("[".repeat(10_000), "not one well-formed YAML document");
		refused("- {name: x, action: deny, conditions: {context.a: {equals: " + "[".repeat(40) + "]".repeat(40) + "}}}",
				"not one well-formed YAML document");
	}

	@Test
	void readWhenNotUtf8ThenRefused() {
		assertThatExceptionOfType(InvalidPolicyException.class)
			.isThrownBy(() -> PolicyFile.read("test.yml", new byte[] { (byte) 0xc3, 0x28 }, true))
			.satisfies((ex) -> assertThat(ex.text()).contains("must be UTF-8"));
	}

	@Test
	void readWhenContextIsNotTrustedThenApprovingOnItIsRefused() {
		String yaml = "- {name: x, action: auto_approve, conditions: {context.role: {equals: admin}}}";
		assertThat(read(yaml).policies().get(0).trustsAgentsWord()).isTrue();
		assertThatExceptionOfType(InvalidPolicyException.class)
			.isThrownBy(() -> PolicyFile.read("test.yml", yaml.getBytes(StandardCharsets.UTF_8), false))
			.satisfies((ex) -> assertThat(ex.text()).contains("says about itself"));
	}

	@Test
	void differenceWhenDecisionIsAnotherThenSaysWhich() {
		PolicySet set = new PolicySet(1,
				read("""
						- {name: no, action: deny, description: never, conditions: {action: {equals: drop}}}
						- {name: ask, action: require_approval, conditions: {action: {equals: mail}}, scopeTemplate: {max_emails: 5}}
						""")
					.policies(),
				ActionCatalogue.EMPTY);
		assertThat(difference(set, "drop", "{action: auto_approve}"))
			.hasValue("expected auto_approve, but policy 'no' said deny (never)");
		assertThat(difference(set, "drop", "{action: deny, policy: other}").orElse("")).contains("policy 'other'");
		assertThat(difference(set, "drop", "{action: deny, policy: null}").orElse("")).contains("no policy to apply");
		assertThat(difference(set, "read", "{action: require_approval, policy: null}")).isEmpty();
		assertThat(difference(set, "mail", "{action: require_approval, scope: {max_emails: 9}}").orElse(""))
			.contains("it is {\"max_emails\":5}");
		assertThat(difference(set, "mail", "{action: require_approval, scope: {max_emails: 5.0}}")).isEmpty();
		assertThat(difference(set, "drop", "{action: deny, reason: always}").orElse("")).contains("'always'");
	}

	private static Optional<String> difference(PolicySet set, String action, String expect) {
		PolicyExample example = read("tests: [{request: {action: " + action + "}, expect: " + expect + "}]").examples()
			.get(0);
		return example.difference(set.decide(example.request()));
	}

	private static void refused(String yaml, String message) {
		assertThatExceptionOfType(InvalidPolicyException.class).isThrownBy(() -> read(yaml))
			.satisfies((ex) -> assertThat(ex.text()).contains(message));
	}

	private static PolicyFile read(String yaml) {
		return PolicyFile.read("test.yml", yaml.getBytes(StandardCharsets.UTF_8), true);
	}

}
