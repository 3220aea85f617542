package io.agentotp.spring.operation;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.Assign;
import org.springframework.expression.spel.ast.BeanReference;
import org.springframework.expression.spel.ast.BooleanLiteral;
import org.springframework.expression.spel.ast.CompoundExpression;
import org.springframework.expression.spel.ast.Indexer;
import org.springframework.expression.spel.ast.InlineList;
import org.springframework.expression.spel.ast.InlineMap;
import org.springframework.expression.spel.ast.Literal;
import org.springframework.expression.spel.ast.MethodReference;
import org.springframework.expression.spel.ast.Operator;
import org.springframework.expression.spel.ast.Projection;
import org.springframework.expression.spel.ast.PropertyOrFieldReference;
import org.springframework.expression.spel.ast.Selection;
import org.springframework.expression.spel.ast.StringLiteral;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.util.StringUtils;

/**
 * Reads the attributes of one annotation and refuses those that could not be evaluated:
 * an unknown variable would be null and widen what is asked for.
 */
public final class AttributeParser {

	private static final SpelExpressionParser PARSER = new SpelExpressionParser();

	private static final Set<String> BUILT_IN = Set.of("this", "root");

	private final String place;

	private final Variables known;

	private final ConfigurableBeanFactory beanFactory;

	/**
	 * Creates a parser.
	 * @param place where the attributes stand, for messages
	 * @param known the variables that all of them may use
	 */
	public AttributeParser(String place, Variables known, ConfigurableBeanFactory beanFactory) {
		this.place = place;
		this.known = known;
		this.beanFactory = beanFactory;
	}

	public String text(String attribute, String text) {
		String resolved;
		try {
			resolved = this.beanFactory.resolveEmbeddedValue(text);
		}
		catch (IllegalArgumentException ex) {
			throw unresolved(attribute, text, ex);
		}
		if (resolved == null || resolved.contains("${")) {
			// A lenient resolver leaves what it does not know as it stands.
			throw unresolved(attribute, text, null);
		}
		return resolved;
	}

	/**
	 * Return the action, which is the same for all calls.
	 */
	String action(String value) {
		String action = text("action", value);
		if (action.contains("#{")) {
			throw invalid("action is no template: " + action,
					"Name what the method does, such as \"email.send\". What it is done to belongs into resource.",
					null);
		}
		checkLiteral("action", action);
		return action;
	}

	@Nullable Duration duration(String attribute, String value) {
		String text = text(attribute, value);
		if (!StringUtils.hasText(text)) {
			return null;
		}
		Duration duration;
		try {
			duration = DurationStyle.detectAndParse(text);
		}
		catch (IllegalArgumentException ex) {
			throw invalid(attribute + " is no duration: '" + text + "'", "Write it like 90s, 5m or PT5M.", ex);
		}
		if (duration.isZero() || duration.isNegative()) {
			throw invalid(attribute + " is " + text + ", but must be positive", "Write it like 90s, 5m or PT5M.", null);
		}
		return duration;
	}

	@Nullable Duration duration(String attribute, String value, Duration least, Duration most) {
		Duration duration = duration(attribute, value);
		if (duration != null && (duration.compareTo(least) < 0 || duration.compareTo(most) > 0)) {
			throw invalid(attribute + " is " + text(attribute, value) + ", but must be from " + least.toSeconds()
					+ "s to " + most.toSeconds() + "s", "Write a duration within these bounds.", null);
		}
		return duration;
	}

	@Nullable TextTemplate template(String attribute, String value) {
		if (value.isEmpty()) {
			return null;
		}
		try {
			TextTemplate template = TextTemplate.parse(text(attribute, value), PARSER);
			template.expressions().forEach((part) -> check(attribute, part, Set.of()));
			template.literals().forEach((part) -> checkLiteral(attribute, part));
			return template;
		}
		catch (ParseException | IllegalStateException ex) {
			throw syntax(attribute, ex);
		}
	}

	/**
	 * Parses an expression.
	 * @param variables the variables that it may use besides the parameters
	 */
	@Nullable Expression expression(String attribute, String value, String... variables) {
		if (value.isEmpty()) {
			return null;
		}
		try {
			Expression expression = PARSER.parseExpression(text(attribute, value));
			check(attribute, expression, Set.of(variables));
			return expression;
		}
		catch (ParseException | IllegalStateException ex) {
			throw syntax(attribute, ex);
		}
	}

	/**
	 * Parses an expression that must give a truth value.
	 */
	@Nullable Expression condition(String attribute, String value, String... variables) {
		Expression expression = expression(attribute, value, variables);
		if (expression instanceof SpelExpression spel
				&& (spel.getAST() instanceof InlineList || spel.getAST() instanceof InlineMap
						|| (spel.getAST() instanceof Literal && !(spel.getAST() instanceof BooleanLiteral)))) {
			throw invalid(attribute + " is no condition: " + value,
					"Compare something, such as " + "\"#amount <= #granted['max_amount']\".", null);
		}
		return expression;
	}

	/**
	 * Parses an expression that must give a map.
	 */
	@Nullable Expression map(String attribute, String value) {
		Expression expression = expression(attribute, value);
		if (expression instanceof SpelExpression spel && !canBeMap(spel.getAST())) {
			throw invalid(attribute + " is no map: " + value, "Write it as \"{name: #parameter}\".", null);
		}
		return expression;
	}

	private boolean canBeMap(SpelNode node) {
		if (node instanceof Literal || node instanceof InlineList || node instanceof Operator) {
			return false;
		}
		if (node instanceof InlineMap) {
			// Names and values in turns.
			for (int index = 0; index < node.getChildCount(); index += 2) {
				if (node.getChild(index) instanceof Literal name && !(name instanceof StringLiteral)) {
					return false;
				}
			}
		}
		Class<?> type = type(node);
		return type == null || Map.class.isAssignableFrom(type) || !(type.isPrimitive() || type.isArray()
				|| Modifier.isFinal(type.getModifiers()) || Collection.class.isAssignableFrom(type));
	}

	/** As far as the declared types of a variable and its properties tell. */
	private @Nullable Class<?> type(SpelNode node) {
		if (node instanceof VariableReference) {
			return this.known.type(node.toStringAST().substring(1));
		}
		if (!(node instanceof CompoundExpression)) {
			return null;
		}
		Class<?> type = type(node.getChild(0));
		for (int index = 1; index < node.getChildCount() && type != null; index++) {
			type = Map.class.isAssignableFrom(type) ? null : memberType(type, node.getChild(index));
		}
		return type;
	}

	private static @Nullable Class<?> memberType(Class<?> owner, SpelNode member) {
		boolean isMethod = member instanceof MethodReference && member.getChildCount() == 0;
		String name = isMethod ? ((MethodReference) member).getName()
				: (member instanceof PropertyOrFieldReference property) ? property.getName() : "";
		Set<String> names = isMethod ? Set.of(name) : accessors(name);
		List<Class<?>> types = Arrays.stream(owner.getMethods())
			.filter((method) -> method.getParameterCount() == 0 && names.contains(method.getName()))
			.<Class<?>>map(Method::getReturnType)
			.distinct()
			.toList();
		return (types.size() == 1) ? types.get(0) : null;
	}

	/**
	 * Return whether an expression names a bean.
	 */
	static boolean callsBean(@Nullable Expression expression) {
		return expression instanceof SpelExpression spel && callsBean(spel.getAST());
	}

	private static boolean callsBean(SpelNode node) {
		boolean found = node instanceof BeanReference;
		for (int index = 0; index < node.getChildCount() && !found; index++) {
			found = callsBean(node.getChild(index));
		}
		return found;
	}

	private void check(String attribute, Expression expression, Set<String> variables) {
		if (expression instanceof SpelExpression spel) {
			check(attribute, spel.getAST(), variables);
			checkProperties(attribute, spel.getAST(), variables);
			texts(spel).forEach((text) -> checkText(attribute, text));
			checkSelf(attribute, spel.getAST(), true);
		}
	}

	/**
	 * What an expression calls on the object itself does not pass its proxy.
	 * @param isRoot whether a name without an owner is one of that object
	 */
	private void checkSelf(String attribute, SpelNode node, boolean isRoot) {
		Set<String> called = !isRoot ? Set.of() : (node instanceof MethodReference method) ? Set.of(method.getName())
				: (node instanceof PropertyOrFieldReference property) ? accessors(property.getName()) : Set.of();
		called.stream().filter(this.known::isGuarded).findFirst().ifPresent((name) -> {
			throw invalid(attribute + " calls " + name + "(), which is guarded, past the proxy of its bean",
					"Use the arguments, or what is not guarded. If the annotation is on the class, put it on the methods instead.",
					null);
		});
		boolean isPath = node instanceof CompoundExpression;
		String first = isPath ? node.getChild(0).toStringAST() : "";
		boolean isNext = first.equals("#root") || (isRoot && first.equals("#this"));
		// There it is a name of the element.
		boolean isInside = isRoot && !(node instanceof Selection || node instanceof Projection);
		for (int index = 0; index < node.getChildCount(); index++) {
			SpelNode child = node.getChild(index);
			boolean isMember = (isPath && index > 0)
					|| (node instanceof InlineMap && index % 2 == 0 && child instanceof PropertyOrFieldReference);
			if (!isMember || (index == 1 && isNext)) {
				checkSelf(attribute, child, isInside || (index == 1 && isNext));
			}
			else {
				// Its arguments have owners of their own.
				for (int argument = 0; argument < child.getChildCount(); argument++) {
					checkSelf(attribute, child.getChild(argument),
							isInside && !(child instanceof Selection || child instanceof Projection));
				}
			}
		}
	}

	private void check(String attribute, SpelNode node, Set<String> variables) {
		if (node instanceof VariableReference) {
			checkVariable(attribute, node.toStringAST().substring(1), variables);
		}
		else if (node instanceof Assign) {
			throw invalid(attribute + " assigns a value: " + node.toStringAST(),
					"Compare with ==, and write a map as \"{name: #parameter}\".", null);
		}
		else if (node instanceof BeanReference) {
			checkBean(attribute, node.toStringAST());
		}
		for (int index = 0; index < node.getChildCount(); index++) {
			check(attribute, node.getChild(index), variables);
		}
	}

	/**
	 * Without braces, or in those of another language, it would be shown as it stands.
	 */
	private void checkLiteral(String attribute, String literal) {
		this.known.names()
			.stream()
			.filter((name) -> TextTemplate.standsIn(literal, name))
			.findFirst()
			.ifPresent((name) -> {
				throw invalid(
						attribute + " has " + (TextTemplate.names(literal, name) ? "#" + name : "{" + name + "}")
								+ " in its text: " + literal,
						attribute.equals("action") ? "Write what the method does; an action has no arguments."
								: "Write #{#" + name + "}.",
						null);
			});
	}

	/** A text in an expression is no template. */
	private void checkText(String attribute, String literal) {
		this.known.names()
			.stream()
			.filter((name) -> TextTemplate.names(literal, name))
			.findFirst()
			.ifPresent((name) -> {
				throw invalid(attribute + " has #" + name + " in a text of its expression: '" + literal + "'",
						"Write #" + name + " without quotes, and join texts with +.", null);
			});
	}

	/**
	 * Return the texts in an expression.
	 */
	static Stream<String> texts(@Nullable Expression expression) {
		return (expression instanceof SpelExpression spel) ? texts(spel.getAST()) : Stream.empty();
	}

	private static Stream<String> texts(SpelNode node) {
		Stream<String> own = (node instanceof StringLiteral text)
				? Stream.of(String.valueOf(text.getLiteralValue().getValue())) : Stream.empty();
		return Stream.concat(own,
				IntStream.range(0, node.getChildCount()).mapToObj(node::getChild).flatMap(AttributeParser::texts));
	}

	/** What stands alone is read from the bean, and what follows a dot from its owner. */
	private void checkProperties(String attribute, SpelNode node, Set<String> variables) {
		if (node instanceof PropertyOrFieldReference property && !this.known.hasProperty(property.getName())) {
			throw invalid(attribute + " reads '" + property.getName() + "', and nothing has such a property",
					"Write a parameter as #name, a text as 'text', and a map as \"{name: #parameter}\".", null);
		}
		if (node instanceof Indexer || node instanceof Selection || node instanceof Projection) {
			return;
		}
		boolean isPath = node instanceof CompoundExpression;
		if (isPath) {
			checkPath(attribute, node, variables);
		}
		for (int index = 0; index < node.getChildCount(); index++) {
			boolean isName = (isPath && index > 0 && node.getChild(index) instanceof PropertyOrFieldReference)
					|| (node instanceof InlineMap && index % 2 == 0);
			if (!isName) {
				checkProperties(attribute, node.getChild(index), variables);
			}
		}
	}

	private void checkPath(String attribute, SpelNode path, Set<String> variables) {
		String first = path.getChild(0).toStringAST();
		Class<?> type = variables.contains(first.substring(1)) ? Map.class : type(path.getChild(0));
		for (int index = 1; index < path.getChildCount() && type != null; index++) {
			SpelNode member = path.getChild(index);
			boolean isExact = type == Map.class || type.isRecord()
					|| (Modifier.isFinal(type.getModifiers()) && !type.isArray());
			if (member instanceof PropertyOrFieldReference property && isExact
					&& !hasMember(type, property.getName())) {
				throw invalid(
						attribute + " reads " + path.toStringAST() + ", but " + type.getSimpleName()
								+ " has no property '" + property.getName() + "'",
						(type == Map.class) ? "Read an entry as " + first + "['" + property.getName() + "']."
								: "Correct the name of the property.",
						null);
			}
			type = (type == Map.class) ? null : memberType(type, member);
		}
	}

	/**
	 * Return whether a class has a property, as far as expressions can read it.
	 */
	public static boolean hasMember(Class<?> owner, String name) {
		Set<String> names = accessors(name);
		return Arrays.stream(owner.getMethods())
			.anyMatch((method) -> method.getParameterCount() == 0 && names.contains(method.getName()))
				|| Arrays.stream(owner.getFields()).anyMatch((field) -> field.getName().equals(name));
	}

	private static Set<String> accessors(String name) {
		return Set.of(name, "get" + StringUtils.capitalize(name), "is" + StringUtils.capitalize(name));
	}

	private void checkVariable(String attribute, String name, Set<String> variables) {
		if ((variables.contains(name) || BUILT_IN.contains(name)) && this.known.names().contains(name)) {
			throw invalid(attribute + " uses #" + name + ", which is built in, and a parameter has the same name",
					"Rename the parameter.", null);
		}
		if (variables.contains(name)) {
			return;
		}
		if (this.known.isSensitive(name) && !variables.contains("granted")) {
			throw invalid(attribute + " uses #" + name + ", which is sensitive and would be shown to the approver",
					"Leave it out of the attribute, or do not mark it as sensitive.", null);
		}
		if (!this.known.isKnown(name)) {
			Set<String> known = new HashSet<>(this.known.names());
			known.addAll(variables);
			throw invalid(attribute + " uses #" + name + ", but there is no such parameter",
					known.isEmpty() ? "The method has no parameters."
							: "Use one of these: #" + String.join(", #", new TreeSet<>(known)),
					null);
		}
	}

	private void checkBean(String attribute, String reference) {
		String name = reference.substring(1).replace("'", "");
		if (!this.beanFactory.containsBean(reference.startsWith("&") ? "&" + name : name)) {
			throw invalid(attribute + " uses " + reference + ", but there is no such bean",
					"Use the name of a bean of the application.", null);
		}
	}

	private InvalidAnnotationException unresolved(String attribute, String text, @Nullable Throwable cause) {
		return invalid(attribute + " has a placeholder that cannot be resolved: " + text,
				"Set the property. For an argument write #{#" + this.known.names()
					.stream()
					.filter((name) -> text.contains("${" + name))
					.findFirst()
					.orElse("name") + "}.",
				cause);
	}

	private InvalidAnnotationException syntax(String attribute, RuntimeException ex) {
		return invalid(attribute + " is not a valid expression: " + ex.getMessage(),
				"Correct the expression. Text parts of resource and reason stand outside #{…}.", ex);
	}

	public InvalidAnnotationException invalid(String problem, String remedy, @Nullable Throwable cause) {
		return new InvalidAnnotationException(this.place, problem, remedy, cause);
	}

	/**
	 * The variables that expressions may use.
	 */
	public interface Variables {

		boolean isKnown(String name);

		/**
		 * Return whether its value must not be shown to the approver.
		 */
		boolean isSensitive(String name);

		/**
		 * Return the declared type of a variable, or {@code null} if it is not known.
		 */
		default @Nullable Class<?> type(String name) {
			return null;
		}

		/**
		 * Return whether an expression can read a property without an owner: one of the
		 * object whose method it is.
		 */
		default boolean hasProperty(String name) {
			return false;
		}

		/**
		 * Return whether a method of the object whose method it is has a guard of its
		 * own.
		 */
		default boolean isGuarded(String method) {
			return false;
		}

		/**
		 * Return those that an author knows, for messages.
		 */
		Set<String> names();

	}

}
