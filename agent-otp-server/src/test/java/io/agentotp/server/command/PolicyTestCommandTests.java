package io.agentotp.server.command;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@code policy test} as a build runs it.
 */
class PolicyTestCommandTests {

	private static final String POLICIES = "policies:\n"
			+ "  - {name: no drops, action: deny, conditions: {action: {startsWith: drop}}}\n";

	@TempDir
	Path directory;

	private final ByteArrayOutputStream out = new ByteArrayOutputStream();

	private final ByteArrayOutputStream err = new ByteArrayOutputStream();

	@Test
	void runWhenAllPassThenZero() throws IOException {
		Path policies = write("policies.yml", POLICIES);
		Path tests = write("tests.yml", """
				tests:
				  - {name: drops, request: {action: drop.table}, expect: {action: deny, policy: no drops}}
				  - {name: the rest, request: {action: read}, expect: {action: require_approval, policy: null}}
				""");
		assertThat(run("policy", "test", policies.toString(), tests.toString())).hasValue(0);
		assertThat(this.out.toString(StandardCharsets.UTF_8)).contains("ok      drops", "ok      the rest",
				"1 policy, 0 actions, 2 tests, 0 failed");
	}

	@Test
	void runWhenTitleAndRiskAreExpectedThenThoseOfTheActionCatalogue() throws IOException {
		Path file = write("actions.yml", """
				actions:
				  - action: refund
				    title: "Refund {scope.max_amount}"
				    risk: high
				    fields: { scope.max_amount: { label: At most, format: money, currency: EUR } }
				tests:
				  - name: right
				    request: { action: refund, scope: { max_amount: 1250.5 } }
				    expect: { action: require_approval, title: "Refund 1,250.50 EUR", risk: high }
				  - name: other title
				    request: { action: refund, scope: { max_amount: 5 } }
				    expect: { action: require_approval, title: Refund }
				  - name: no title
				    request: { action: refund }
				    expect: { action: require_approval, title: Refund }
				  - name: other risk
				    request: { action: other }
				    expect: { action: require_approval, risk: low }
				""");
		assertThat(run("policy", "test", file.toString())).hasValue(1);
		assertThat(this.out.toString(StandardCharsets.UTF_8)).contains("ok      right",
				"FAILED  other title: expected the title 'Refund', but it is 'Refund 5.00 EUR'",
				"FAILED  no title: expected the title 'Refund', but there is none that fits",
				"FAILED  other risk: expected the risk low, but it is normal",
				"0 policies, 1 action, 4 tests, 3 failed");
	}

	@Test
	void runWhenOneFailsThenOneAndWhy() throws IOException {
		Path file = write("all.yml", POLICIES + "tests:\n"
				+ "  - {name: drops, request: {action: drop.table}, expect: {action: auto_approve}}\n");
		assertThat(run("policy", "test", file.toString())).hasValue(1);
		assertThat(this.out.toString(StandardCharsets.UTF_8))
			.contains("FAILED  drops: expected auto_approve, but policy 'no drops' said deny", "1 failed");
	}

	@Test
	void runWhenFileIsWrongThenTwoAndWhere() throws IOException {
		Path file = write("wrong.yml", "policies:\n  - {name: x, acton: deny}\n");
		assertThat(run("policy", "test", file.toString())).hasValue(2);
		assertThat(this.out.toString(StandardCharsets.UTF_8)).contains("wrong.yml", "line 2", "acton is not a field");
	}

	@Test
	void runWhenTwoPoliciesHaveOneNameThenTwo() throws IOException {
		Path one = write("one.yml", POLICIES);
		Path two = write("two.yml", POLICIES);
		assertThat(run("policy", "test", one.toString(), two.toString())).hasValue(2);
		assertThat(this.out.toString(StandardCharsets.UTF_8)).contains("'no drops' is taken");
	}

	@Test
	void runWhenNoTestsThenTwo() throws IOException {
		assertThat(run("policy", "test", write("policies.yml", POLICIES).toString())).hasValue(2);
		assertThat(this.out.toString(StandardCharsets.UTF_8)).contains("no tests");
	}

	@Test
	void runWhenContextIsNotTrustedThenTwo() throws IOException {
		Path file = write("trusting.yml", """
				policies: [{name: x, action: auto_approve, conditions: {context.role: {equals: admin}}}]
				tests: [{request: {action: a}, expect: {action: require_approval}}]
				""");
		assertThat(run("policy", "test", file.toString())).hasValue(0);
		assertThat(run("policy", "test", "--trust-context=false", file.toString())).hasValue(2);
	}

	@Test
	void runWhenNoFileIsNamedThenThoseOfTheService() throws IOException {
		Path file = write("service.yml", POLICIES
				+ "tests:\n  - {name: drops, request: {action: drop.table}, expect: {action: deny, policy: no drops}}\n");
		Path settings = write("application.yml", "agentotp.server.policies.files: " + file);
		assertThat(run("policy", "test", "--spring.config.location=" + settings)).hasValue(0);
		assertThat(this.out.toString(StandardCharsets.UTF_8)).contains("ok      drops");
		assertThat(run("policy", "test", "--agentotp.server.policies.files=" + file)).hasValue(0);
	}

	@Test
	void runWhenRulesAreLeftInTheSettingsThenTwoAndWhereTheyGo() throws IOException {
		Path settings = write("application.yml", "agentotp.server.policies.rules: [{name: x, action: deny}]");
		assertThat(run("policy", "test", "--spring.config.location=" + settings)).hasValue(2);
		assertThat(this.err.toString(StandardCharsets.UTF_8)).contains("agentotp.server.policies.rules",
				"policies.yml");
	}

	@Test
	void runWhenUsedWronglyThenTwoAndUsage() {
		for (String[] args : new String[][] { { "polcy", "test" }, { "policy" }, { "policy", "test" },
				{ "policy", "test", "--no" }, { "policy", "test", this.directory.resolve("none.yml").toString() } }) {
			this.err.reset();
			assertThat(run(args)).hasValue(2);
			assertThat(this.err.toString(StandardCharsets.UTF_8)).contains("policy test FILE");
		}
	}

	@Test
	void runWhenOnlySettingsThenTheServiceIsMeant() {
		assertThat(run()).isEmpty();
		assertThat(run("--server.port=0")).isEmpty();
	}

	private OptionalInt run(String... args) {
		return CommandLine.run(args, new PrintStream(this.out, true, StandardCharsets.UTF_8),
				new PrintStream(this.err, true, StandardCharsets.UTF_8));
	}

	private Path write(String name, String content) throws IOException {
		return Files.writeString(this.directory.resolve(name), content);
	}

}
