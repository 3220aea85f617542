package io.agentotp.spring.operation;

import java.util.ArrayList;
import java.util.List;

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

	String evaluate(EvaluationContext context) {
		List<String> texts = new ArrayList<>(this.parts.size());
		for (Expression part : this.parts) {
			String text = (part instanceof LiteralExpression) ? part.getExpressionString()
					: part.getValue(context, String.class);
			if (text == null) {
				throw new IllegalStateException("#{" + part.getExpressionString() + "} is null");
			}
			texts.add(text);
		}
		return String.join("", texts);
	}

}
