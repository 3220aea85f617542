package io.agentotp.server.policy;

import io.agentotp.server.json.Json;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class OperatorTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			equals | "a" | "a" | true
			equals | "a" | "A" | false
			equals | 1 | 1.0 | true
			equals | 1 | "1" | false
			equals | "1" | 1 | false
			equals | true | true | true
			equals | {"a":1} | {"a":1.00} | true
			equals | [1,2] | [2,1] | false
			notEquals | "a" | "b" | true
			notEquals | "a" | "a" | false
			lessThan | 10 | 9.99 | true
			lessThan | 10 | 10 | false
			less_than | 10 | 1 | true
			lessThanOrEqual | 10 | 10.0 | true
			less-than-or-equal | 10 | 11 | false
			greaterThan | 0.1 | 0.10000000000000000001 | true
			greaterThan | 9007199254740992 | 9007199254740993 | true
			greater_than_or_equal | 5 | 5 | true
			greaterThanOrEqual | 5 | 4 | false
			lessThan | 1 | -1e999999999 | true
			startsWith | "read." | "read.file" | true
			startsWith | "read." | "reader" | false
			endsWith | "@example.com" | "a@example.com" | true
			ends_with | "@example.com" | "a@example.com.evil.org" | false
			contains | "b" | "abc" | true
			contains | "d" | "abc" | false
			contains | "b" | ["a","b"] | true
			contains | "b" | ["ab"] | false
			contains | 1 | [1.0] | true
			matches | "[a-z]+" | "abc" | true
			matches | "[a-z]+" | "abc1" | false
			matches | "a" | "a\\nb" | false
			in | ["a","b"] | "a" | true
			in | ["a","b"] | "c" | false
			in | [1] | 1.0 | true
			not_in | ["a","b"] | "c" | true
			notIn | ["a","b"] | "a" | false
			exists | true | "x" | true
			exists | false | "x" | false
			exists | "true" | "x" | true
			""")
	void checkWhenValueIsThereThenAsTheTableSays(String operator, String operand, String actual, boolean expected) {
		assertThat(check(operator, operand, false).holds(json(actual))).isEqualTo(expected);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			equals | "a" | false | false
			notEquals | "a" | false | true
			lessThan | 1 | false | false
			greaterThanOrEqual | 1 | false | false
			startsWith | "a" | false | false
			contains | "a" | false | false
			matches | ".*" | false | false
			in | ["a"] | false | false
			notIn | ["a"] | false | true
			exists | true | false | false
			exists | false | true | true
			""")
	void checkWhenValueIsMissingThenNegativesHoldOnlyWhereThatIsStricter(String operator, String operand,
			boolean whenApproving, boolean otherwise) {
		assertThat(check(operator, operand, false).holds(null)).isEqualTo(whenApproving);
		assertThat(check(operator, operand, true).holds(null)).isEqualTo(otherwise);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			lessThan | 10 | "5"
			greaterThan | 10 | [50]
			startsWith | "a" | 5
			endsWith | "a" | ["a"]
			matches | "a" | true
			contains | "a" | 5
			contains | 5 | "5"
			""")
	void checkWhenTypeDoesNotFitThenError(String operator, String operand, String actual) {
		assertThatExceptionOfType(EvaluationException.class)
			.isThrownBy(() -> check(operator, operand, false).holds(json(actual)));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			equals | "prod" | ["prod"]
			equals | "prod" | {"is":"prod"}
			equals | "1" | 1
			equals | ["prod"] | "prod"
			in | ["prod","live"] | ["prod"]
			in | ["prod"] | {"prod":true}
			in | ["1"] | 1
			contains | "evil@x.com" | [["evil@x.com"]]
			contains | "evil@x.com" | [{"to":"evil@x.com"}]
			contains | "evil@x.com" | ["a@x.com",["evil@x.com"]]
			""")
	void checkWhenKindIsAnotherThenErrorButNoMatchWhereThatApproves(String operator, String operand, String actual) {
		assertThatExceptionOfType(EvaluationException.class)
			.isThrownBy(() -> check(operator, operand, true).holds(json(actual)));
		assertThat(check(operator, operand, false).holds(json(actual))).isFalse();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			equals | "prod" | "test" | false
			equals | "prod" | "prod" | true
			in | ["prod",1] | 2 | false
			in | ["prod",1] | 1.0 | true
			contains | "b" | [] | false
			contains | "b" | ["a","b"] | true
			""")
	void checkWhenStrictAndKindIsTheSameThenCompared(String operator, String operand, String actual, boolean expected) {
		assertThat(check(operator, operand, true).holds(json(actual))).isEqualTo(expected);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			lessThan | "many"
			startsWith | 5
			matches | "("
			matches | "(?=a)b"
			in | "a"
			in | []
			exists | "maybe"
			""")
	void checkWhenOperandDoesNotFitThenRefused(String operator, String operand) {
		assertThatIllegalArgumentException().isThrownBy(() -> check(operator, operand, false))
			.withMessageContaining("needs");
	}

	@DisplayName("attack A19: no regular expression holds up the service")
	@Test
	void checkWhenRegexWouldBacktrackThenAnswersAtOnce() {
		assertThat(check("matches", "\"(a+)+$\"", false).holds(json("\"" + "a".repeat(30_000) + "b\""))).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "((((a{1,100}){1,100}){1,100}){1,100})", "(a{1,1000}){1,1000}", "(?:[a-z]{1000}){1000}",
			"((a{0,1000}){0,}b{999}){50}", "([[:alpha:])]{500}){500}", "([]({)]{500}){500}", "(\\Q)]\\E{500}){500}",
			"(\\p{Greek}{500}){500}", "(\\x{41}{500}){500}", "((|a{500}))(b{500}){500}" })
	void checkWhenRegexIsTooLargeThenRefusedBeforeItIsCompiled(String regex) {
		JsonNode operand = StringNode.valueOf(regex);
		assertThatIllegalArgumentException().isThrownBy(() -> Operator.MATCHES.check(operand, true))
			.withMessageContaining("needs a ");
	}

	@ParameterizedTest
	@ValueSource(strings = { "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "([a-z0-9-]{1,63}\\.){1,127}",
			"[\\s\\S]{0,1000}", "[^(){1000}]{1000}", "\\({1000}[[:alpha:]]{1000}", "\\Q((((\\E{1000}",
			"\\x{10FFFF}{1,1000}", "a{,1000}{,1000}{,1000}" })
	void checkWhenRegexIsOfAUsualSizeThenTaken(String regex) {
		assertThat(Operator.MATCHES.check(StringNode.valueOf(regex), true).holds(StringNode.valueOf("~"))).isIn(true,
				false);
	}

	@Test
	void checkWhenGroupsAreDeepInOneAnotherThenRefused() {
		String regex = "(a|".repeat(200_000) + ")".repeat(200_000);
		assertThatIllegalArgumentException().isThrownBy(() -> Operator.MATCHES.check(StringNode.valueOf(regex), true))
			.withMessageContaining("needs a ");
		String small = "(".repeat(3_000) + "a" + ")".repeat(3_000);
		try {
			Operator.MATCHES.check(StringNode.valueOf(small), true).holds(StringNode.valueOf("a"));
		}
		catch (IllegalArgumentException | EvaluationException ex) {
			assertThat(ex).message().isNotEmpty();
		}
	}

	@Test
	void findWhenUnknownThenEmpty() {
		assertThat(Operator.find("almostEquals")).isEmpty();
		assertThat(Operator.find("lessthanorequal")).contains(Operator.LESS_THAN_OR_EQUAL);
	}

	private static Operator.Check check(String operator, String operand, boolean strictWhenMissing) {
		return Operator.find(operator).orElseThrow().check(json(operand), strictWhenMissing);
	}

	private static JsonNode json(String text) {
		return Json.mapper().readTree(text);
	}

}
