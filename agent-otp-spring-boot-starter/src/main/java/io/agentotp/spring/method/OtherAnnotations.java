package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;

import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.ParserContext;
import org.springframework.expression.common.CompositeStringExpression;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.Assign;
import org.springframework.expression.spel.ast.BeanReference;
import org.springframework.expression.spel.ast.CompoundExpression;
import org.springframework.expression.spel.ast.Indexer;
import org.springframework.expression.spel.ast.InlineList;
import org.springframework.expression.spel.ast.InlineMap;
import org.springframework.expression.spel.ast.Literal;
import org.springframework.expression.spel.ast.MethodReference;
import org.springframework.expression.spel.ast.PropertyOrFieldReference;
import org.springframework.expression.spel.ast.StringLiteral;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.util.PropertyPlaceholderHelper;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.StringUtils;

/**
 * Stops the start if an annotation of somebody else calls a guarded method on the bean
 * itself, where no proxy guards it.
 */
final class OtherAnnotations {

	/** How the expressions of others get at the bean. */
	private static final Set<String> BEAN = Set.of("target", "this", "getTarget", "getThis");

	/** As Spring Security fills its templates. */
	private static final PropertyPlaceholderHelper TEMPLATES = new PropertyPlaceholderHelper("{", "}", null, null,
			true);

	private static final Set<String> ROOT = Set.of("#root", "#this");

	/**
	 * What is put together, comes from an argument or is kept in a variable may have any
	 * name.
	 */
	private static final String ANY = "*";

	private static final SpelExpressionParser PARSER = new SpelExpressionParser();

	private final List<Method> guarded;

	private final boolean interfaceProxy;

	/**
	 * Creates a check.
	 * @param guarded the guarded methods of the bean
	 * @param interfaceProxy whether the bean's proxy has its interfaces only: behind such
	 * a one, Resilience4j calls fallback methods on the bean itself
	 */
	OtherAnnotations(List<Method> guarded, boolean interfaceProxy) {
		this.guarded = guarded;
		this.interfaceProxy = interfaceProxy;
	}

	/**
	 * Looks at the annotations of a class and its methods.
	 * @throws InvalidAnnotationException if one calls a guarded method
	 */
	void verify(Class<?> type) {
		Stream.concat(Stream.of(type), Stream.of(ReflectionUtils.getUniqueDeclaredMethods(type)))
			.flatMap((element) -> MergedAnnotations.from(element, MergedAnnotations.SearchStrategy.TYPE_HIERARCHY)
				.stream())
			.filter((annotation) -> annotation.getType().getPackage() != RequiresPermission.class.getPackage())
			.forEach((annotation) -> verify(annotation.getType(),
					annotation.asMap(MergedAnnotation.Adapt.ANNOTATION_TO_MAP), values(annotation)));
	}

	/** What the annotations that have this one say. */
	private static Map<String, String> values(MergedAnnotation<?> annotation) {
		Map<String, String> values = new HashMap<>();
		for (MergedAnnotation<?> source = annotation.getMetaSource(); source != null; source = source.getMetaSource()) {
			source.asMap()
				.forEach((name, value) -> values.putIfAbsent(name, (value instanceof Object[] several)
						? StringUtils.arrayToCommaDelimitedString(several) : String.valueOf(value)));
		}
		return values;
	}

	private void verify(Class<?> annotation, Map<?, ?> attributes, Map<String, String> templateValues) {
		attributes.forEach((name, value) -> {
			Object[] values = (value instanceof Object[] several) ? several : new Object[] { value };
			for (Object each : values) {
				if (each instanceof Map<?, ?> nested) {
					verify(annotation, nested, templateValues);
				}
				else if (each instanceof String text && !text.isEmpty()) {
					verify(annotation, String.valueOf(name), text);
					String filled = TEMPLATES.replacePlaceholders(text, templateValues::get);
					if (!filled.equals(text)) {
						verify(annotation, String.valueOf(name), filled);
					}
				}
			}
		});
	}

	private void verify(Class<?> annotation, String attribute, String text) {
		Set<String> names = names(text);
		for (Method method : this.guarded) {
			if (this.interfaceProxy && attribute.equals("fallbackMethod") && isFallback(text, method)) {
				throw invalid(annotation, method, "Set spring.aop.proxy-target-class=true.");
			}
			if (!Collections.disjoint(names, BEAN) && isAny(names, method)) {
				throw invalid(annotation, method,
						"Call it on a bean, such as @name in an expression, or use the arguments.");
			}
		}
	}

	/** Only when the application runs, a placeholder or an expression tells which. */
	private static boolean isFallback(String text, Method method) {
		Class<?>[] types = method.getParameterTypes();
		return text.equals(method.getName()) || (text.contains("{") && types.length > 0
				&& Throwable.class.isAssignableFrom(types[types.length - 1]));
	}

	/** Called, or read as a property. */
	private static boolean isAny(Set<String> names, Method method) {
		return names.contains(ANY) || names.contains(method.getName())
				|| names.stream()
					.anyMatch((name) -> method.getName().equalsIgnoreCase("get" + name)
							|| method.getName().equalsIgnoreCase("is" + name));
	}

	/**
	 * Return all that an expression names, in whatever way: none, if the text is no
	 * expression.
	 */
	private static Set<String> names(String text) {
		Set<String> names = new HashSet<>();
		try {
			collect(PARSER.parseExpression(text, text.contains("#{") ? ParserContext.TEMPLATE_EXPRESSION : null),
					names);
		}
		catch (ParseException | IllegalStateException ex) {
			// Prose.
		}
		return names;
	}

	private static void collect(Expression expression, Set<String> names) {
		if (expression instanceof CompositeStringExpression parts) {
			for (Expression part : parts.getExpressions()) {
				collect(part, names);
			}
		}
		else if (expression instanceof SpelExpression spel) {
			collect(spel.getAST(), names);
		}
	}

	private static void collect(SpelNode node, Set<String> names) {
		if (node instanceof MethodReference method) {
			names.add(method.getName());
		}
		else if (node instanceof Assign) {
			names.add(ANY);
		}
		else if (node instanceof StringLiteral literal) {
			names.add(String.valueOf(literal.getLiteralValue().getValue()));
		}
		else if (node instanceof PropertyOrFieldReference property) {
			names.add(property.getName());
		}
		else if (node instanceof Indexer) {
			if (!(node.getChild(0) instanceof Literal)) {
				names.addAll(List.of("target", ANY));
			}
		}
		boolean isOfOthers = node instanceof CompoundExpression && isOther(node.getChild(0));
		for (int index = 0; index < node.getChildCount(); index++) {
			SpelNode child = node.getChild(index);
			if (node instanceof InlineMap && index % 2 == 0 && child instanceof PropertyOrFieldReference) {
				// A key without quotes.
				continue;
			}
			if (isOfOthers && index > 0) {
				// Its arguments may still be the bean.
				for (int argument = 0; argument < child.getChildCount(); argument++) {
					if (!(child instanceof Indexer && child.getChild(argument) instanceof Literal)) {
						collect(child.getChild(argument), names);
					}
				}
			}
			else {
				collect(child, names);
			}
		}
	}

	/** Whether what an expression begins with is neither the bean nor has it. */
	private static boolean isOther(SpelNode node) {
		if (node instanceof VariableReference) {
			return !ROOT.contains(node.toStringAST());
		}
		Set<String> names = new HashSet<>();
		collect(node, names);
		return node instanceof BeanReference || node instanceof Literal
				|| ((node instanceof InlineList || node instanceof InlineMap) && Collections.disjoint(names, BEAN));
	}

	private static InvalidAnnotationException invalid(Class<?> annotation, Method method, String remedy) {
		return new InvalidAnnotationException(RequiresPermission.class, method, "the annotation @"
				+ annotation.getSimpleName() + " calls it on the bean itself, where nothing guards it", remedy);
	}

}
