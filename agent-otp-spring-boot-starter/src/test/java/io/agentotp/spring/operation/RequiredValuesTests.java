package io.agentotp.spring.operation;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.expression.spel.support.StandardEvaluationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * A limit that is not there is never kept, wherever it is missing.
 */
class RequiredValuesTests {

	private final RequiredValues granted = new RequiredValues(
			Map.of("max", 5, "null", Collections.singletonMap("a", null), "a", Map.of("max", 5, "b", Map.of("max", 5)),
					"list", Arrays.asList(Map.of("max", 5), null)),
			"the grant");

	@ParameterizedTest
	@ValueSource(strings = { "#granted['missing'] < 5", "#granted['a']['missing'] < 5", "#granted['null']['a'] < 5",
			"#granted['a']['b']['missing'] < 5", "#granted['list'][0]['missing'] < 5", "#granted['list'][1] < 5",
			"#granted['list'][2] < 5", "#granted['a'].get('missing') < 5", "#granted['a']['missing'] == null",
			"#granted['a'].missing < 5", "#granted['list'].?[#this < 5].size() > 0" })
	void getWhenMissingAtAnyDepthThenNothingIsSaidOfIt(String check) {
		assertThatException().isThrownBy(() -> evaluate(check));
	}

	@ParameterizedTest
	@ValueSource(strings = { "#granted['max'] == 5", "#granted['a']['max'] == 5", "#granted['a']['b']['max'] <= 5",
			"#granted['list'][0]['max'] == 5", "!#granted['a'].containsKey('missing')",
			"#granted['list'].size() == 2" })
	void getWhenThereThenItsValue(String check) {
		assertThat(evaluate(check)).isEqualTo(true);
	}

	@Test
	void getWhenMissingDeepInsideThenTheMessageSaysWhere() {
		AttributeException missing = catchThrowableOfType(AttributeException.class,
				() -> evaluate("#granted['a']['b']['missing']"));
		assertThat(missing.message("#granted['a']['b']['missing']"))
			.isEqualTo("the grant's 'a''s 'b' has no 'missing'");
		assertThat(missing.message("#granted['a']['b'][#name]"))
			.isEqualTo("the grant's 'a''s 'b' has no value that it reads");
	}

	@Test
	void toStringWhenAValueIsNullThenShown() {
		assertThat(new RequiredValues(Collections.singletonMap("a", null), "the call")).hasToString("{a=null}");
		assertThat(new RequiredValues(Map.of("a", List.of(1)), "the call")).hasToString("{a=[1]}");
	}

	@ParameterizedTest
	@ValueSource(strings = { "#granted.toString() != ''", "#granted.hashCode() != 1", "!#granted.equals({a: 1})",
			"#granted.entrySet().size() == 4", "#granted.keySet().contains('max')",
			"#granted.?[key == 'a'].size() == 1", "#granted.values().contains(5)",
			"#granted.?[value != null].size() == 4", "#granted.containsValue(7) == false",
			"new java.util.HashMap(#granted).size() == 4" })
	void hasReadWhenNobodyHasAskedForTheValueThenNot(String check) {
		assertThat(evaluate(check)).isEqualTo(true);
		assertThat(this.granted.hasRead(List.of("max"))).isFalse();
	}

	private Object evaluate(String check) {
		StandardEvaluationContext context = new StandardEvaluationContext();
		context.setVariable("granted", this.granted);
		return new SpelExpressionParser().parseExpression(check).getValue(context);
	}

}
