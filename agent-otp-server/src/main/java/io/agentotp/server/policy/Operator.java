package io.agentotp.server.policy;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.agentotp.server.json.JsonNumbers;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.DecimalNode;

/**
 * What a condition can ask of a value.
 * <p>
 * A value of a type that an operator cannot look at is an error, and an error denies. A
 * value that is not there satisfies none of them, but for {@code exists: false} and for
 * {@code notEquals} and {@code notIn}, which it satisfies only in a policy that does not
 * approve. A present value of another JSON type than the operand is treated as strictly:
 * it satisfies {@code notEquals} and {@code notIn} in a policy that does not approve, and
 * is an error there for {@code equals}, {@code in} and {@code contains}. Otherwise
 * {@code ["prod"]} would pass by a rule that forbids {@code "prod"}.
 */
enum Operator {

	EQUALS("equals"), NOT_EQUALS("notEquals"), LESS_THAN("lessThan"), LESS_THAN_OR_EQUAL("lessThanOrEqual"),
	GREATER_THAN("greaterThan"), GREATER_THAN_OR_EQUAL("greaterThanOrEqual"), STARTS_WITH("startsWith"),
	ENDS_WITH("endsWith"), CONTAINS("contains"),

	/**
	 * The whole text matches a regular expression.
	 */
	MATCHES("matches"),

	IN("in"), NOT_IN("notIn"), EXISTS("exists");

	private final String text;

	Operator(String text) {
		this.text = text;
	}

	String text() {
		return this.text;
	}

	static String names() {
		return Arrays.stream(values()).map(Operator::text).collect(Collectors.joining(", "));
	}

	static Optional<Operator> find(String name) {
		String wanted = plain(name);
		return Arrays.stream(values()).filter((operator) -> plain(operator.text).equals(wanted)).findFirst();
	}

	private static String plain(String name) {
		return name.replaceAll("[-_]", "").toLowerCase(Locale.ROOT);
	}

	/**
	 * Makes a check of this operator.
	 * @param operand the value of the condition
	 * @param strict whether the policy does not approve: then a negative condition holds
	 * for what is not there, and a value of another type is not just another value
	 * @return the check
	 * @throws IllegalArgumentException with a message if the operand does not fit
	 */
	Check check(JsonNode operand, boolean strict) {
		return switch (this) {
			case EQUALS -> (actual) -> actual != null
					&& (JsonValues.sameKind(actual, operand) ? JsonValues.same(actual, operand) : otherKind(strict));
			case NOT_EQUALS -> (actual) -> (actual == null || !JsonValues.sameKind(actual, operand)) ? strict
					: !JsonValues.same(actual, operand);
			case LESS_THAN -> compares(operand, (order) -> order < 0);
			case LESS_THAN_OR_EQUAL -> compares(operand, (order) -> order <= 0);
			case GREATER_THAN -> compares(operand, (order) -> order > 0);
			case GREATER_THAN_OR_EQUAL -> compares(operand, (order) -> order >= 0);
			case STARTS_WITH -> {
				String prefix = requireText(operand);
				yield (actual) -> actual != null && text(actual).startsWith(prefix);
			}
			case ENDS_WITH -> {
				String suffix = requireText(operand);
				yield (actual) -> actual != null && text(actual).endsWith(suffix);
			}
			case CONTAINS -> (actual) -> actual != null && contains(actual, operand, strict);
			case MATCHES -> {
				Pattern pattern = requirePattern(operand);
				yield (actual) -> actual != null && matches(pattern, text(actual));
			}
			case IN -> {
				JsonNode list = requireList(operand);
				yield (actual) -> actual != null
						&& (hasKind(list, actual) ? JsonValues.contains(list, actual) : otherKind(strict));
			}
			case NOT_IN -> {
				JsonNode list = requireList(operand);
				yield (actual) -> (actual == null || !hasKind(list, actual)) ? strict
						: !JsonValues.contains(list, actual);
			}
			case EXISTS -> {
				boolean wanted = requireBoolean(operand);
				yield (actual) -> (actual != null) == wanted;
			}
		};
	}

	private static Check compares(JsonNode operand, IntPredicate holds) {
		JsonNode number = requireNumber(operand);
		return (actual) -> {
			if (actual == null) {
				return false;
			}
			if (!actual.isNumber()) {
				throw new EvaluationException("is not a number");
			}
			return holds.test(actual.decimalValue().compareTo(number.decimalValue()));
		};
	}

	private static boolean contains(JsonNode actual, JsonNode operand, boolean strict) {
		if (actual.isArray()) {
			boolean comparable = actual.values().stream().allMatch((element) -> JsonValues.sameKind(element, operand));
			return comparable ? JsonValues.contains(actual, operand) : otherKind(strict);
		}
		if (!operand.isString()) {
			throw new EvaluationException("is not a list");
		}
		return text(actual).contains(operand.stringValue());
	}

	// No match would let it by a policy that forbids or asks, a match by one that
	// approves.
	private static boolean otherKind(boolean strict) {
		if (strict) {
			throw new EvaluationException("is of another type than the value of the condition");
		}
		return false;
	}

	private static boolean hasKind(JsonNode list, JsonNode actual) {
		return list.values().stream().anyMatch((element) -> JsonValues.sameKind(element, actual));
	}

	private static String text(JsonNode actual) {
		if (!actual.isString()) {
			throw new EvaluationException("is not text");
		}
		return actual.stringValue();
	}

	private static boolean matches(Pattern pattern, String text) {
		try {
			return pattern.matches(text);
		}
		catch (StackOverflowError ex) {
			throw new EvaluationException("cannot be compared with so large a regular expression");
		}
	}

	private static String requireText(JsonNode operand) {
		if (!operand.isString()) {
			throw new IllegalArgumentException("needs text");
		}
		return operand.stringValue();
	}

	private static JsonNode requireNumber(JsonNode operand) {
		if (operand.isNumber()) {
			return operand;
		}
		String text = operand.isString() ? operand.stringValue().strip() : "";
		if (!text.matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?")) {
			throw new IllegalArgumentException("needs a number");
		}
		if (JsonNumbers.problem(text) != null) {
			throw new IllegalArgumentException(JsonNumbers.PROBLEM);
		}
		return DecimalNode.valueOf(new java.math.BigDecimal(text));
	}

	private static boolean requireBoolean(JsonNode operand) {
		if (operand.isBoolean()) {
			return operand.booleanValue();
		}
		String text = operand.isString() ? operand.stringValue() : "";
		if (text.equals("true") || text.equals("false")) {
			return Boolean.parseBoolean(text);
		}
		throw new IllegalArgumentException("needs true or false");
	}

	private static JsonNode requireList(JsonNode operand) {
		if (!operand.isArray() || operand.isEmpty()) {
			throw new IllegalArgumentException("needs a list with at least one value");
		}
		return operand;
	}

	private static Pattern requirePattern(JsonNode operand) {
		String text = requireText(operand);
		if (PatternSize.isTooLarge(text)) {
			throw new IllegalArgumentException("needs a smaller regular expression: it may have at most "
					+ PatternSize.MAX + " characters once repetitions such as {1,100} are written out");
		}
		try {
			return Pattern.compile(text);
		}
		catch (PatternSyntaxException ex) {
			throw new IllegalArgumentException("needs a regular expression: " + ex.getDescription(), ex);
		}
		catch (StackOverflowError ex) {
			throw new IllegalArgumentException("needs a regular expression with fewer groups in one another", ex);
		}
	}

	/**
	 * A check of a value; {@code null} stands for one that is not there.
	 */
	interface Check {

		boolean holds(@Nullable JsonNode actual);

	}

}
