package io.agentotp.spring.operation;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import org.springframework.core.convert.TypeDescriptor;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.common.CompositeStringExpression;
import org.springframework.expression.common.LiteralExpression;
import org.springframework.expression.common.TemplateParserContext;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/**
 * Text with <code>#{…}</code> parts. A part that is null is an error: Spring's own
 * template evaluation leaves it out without a word, and the approver would read something
 * else than what was meant.
 */
public final class TextTemplate {

	private static final TemplateParserContext SYNTAX = new TemplateParserContext("#{", "}");

	private static final TypeDescriptor TEXT = TypeDescriptor.valueOf(String.class);

	private final List<Expression> parts;

	private TextTemplate(List<Expression> parts) {
		this.parts = parts;
	}

	public static TextTemplate parse(String text, SpelExpressionParser parser) throws ParseException {
		Expression parsed = parser.parseExpression(text, SYNTAX);
		return new TextTemplate((parsed instanceof CompositeStringExpression composite)
				? List.of(composite.getExpressions()) : List.of(parsed));
	}

	/**
	 * Return the parts that are expressions.
	 */
	public List<Expression> expressions() {
		return this.parts.stream().filter((part) -> !(part instanceof LiteralExpression)).toList();
	}

	/**
	 * Return the parts that are text.
	 */
	List<String> literals() {
		return this.parts.stream()
			.filter(LiteralExpression.class::isInstance)
			.map(Expression::getExpressionString)
			.toList();
	}

	/**
	 * Return whether a text has a variable in it.
	 */
	static boolean names(String text, String variable) {
		return text.contains("#" + variable)
				&& Pattern.compile("#" + Pattern.quote(variable) + "(?!\\w)").matcher(text).find();
	}

	/**
	 * Return whether a text has a variable in it where it stands in for a value: as
	 * {@code #name}, or as <code>{name}</code>, as other templates have it.
	 */
	static boolean standsIn(String text, String variable) {
		return names(text, variable) || text.contains("{" + variable + "}");
	}

	String evaluate(EvaluationContext context) {
		StringBuilder text = new StringBuilder(64);
		for (Expression part : this.parts) {
			text.append((part instanceof LiteralExpression) ? part.getExpressionString() : text(part, context));
		}
		return text.toString();
	}

	private static String text(Expression part, EvaluationContext context) {
		Object value = part.getValue(context);
		if (value instanceof String text) {
			return text;
		}
		Object written = PlainValues.of(value);
		if (!PlainValues.isText(written)) {
			throw new AttributeException("#{" + part.getExpressionString() + "} is no text: name a property of it");
		}
		Object plain = (value instanceof Collection<?> || value instanceof Map<?, ?>) ? written : value;
		String text = context.getTypeConverter().canConvert(TypeDescriptor.forObject(plain), TEXT)
				? (String) context.getTypeConverter().convertValue(plain, TypeDescriptor.forObject(plain), TEXT)
				: String.valueOf(plain);
		if (value == null || text == null) {
			throw new AttributeException("#{" + part.getExpressionString() + "} is null");
		}
		return text;
	}

}
