package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.agentotp.Permission;
import io.agentotp.PermissionRequest;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.RequiresPermission;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * One method with {@link RequiresPermission}: its attributes parsed once, evaluated for
 * each call.
 */
final class GuardedMethod {

	private static final SpelExpressionParser PARSER = new SpelExpressionParser();

	private static final ParameterNameDiscoverer NAMES = new DefaultParameterNameDiscoverer();

	private final Method method;

	private final ConfigurableBeanFactory beanFactory;

	private final String signature;

	private final String action;

	private final @Nullable TextTemplate resource;

	private final @Nullable Expression scope;

	private final @Nullable Expression context;

	private final @Nullable TextTemplate reason;

	private final @Nullable Duration ttl;

	private final @Nullable Duration timeout;

	private final ArgumentBinding binding;

	private final List<String> notBound;

	private final int permissionParameter;

	GuardedMethod(Method method, RequiresPermission annotation, ConfigurableBeanFactory beanFactory) {
		this.method = method;
		this.signature = ClassUtils.getQualifiedMethodName(method) + Arrays.stream(method.getParameterTypes())
			.map(Class::getTypeName)
			.collect(Collectors.joining(", ", "(", ")"));
		this.beanFactory = beanFactory;
		Parameter[] parameters = method.getParameters();
		@Nullable String @Nullable [] names = NAMES.getParameterNames(method);
		List<ArgumentBinding.Parameter> bound = new ArrayList<>();
		List<String> unbound = new ArrayList<>();
		int permissionIndex = -1;
		for (int index = 0; index < parameters.length; index++) {
			String name = (names != null) ? names[index] : null;
			if (name == null) {
				throw invalid("the names of its parameters are not known",
						"Compile with -parameters, as Spring Boot's build plugins do.", null);
			}
			if (parameters[index].getType() == Permission.class) {
				if (permissionIndex >= 0) {
					throw invalid("it has two parameters of type Permission", "Keep one: there is one grant.", null);
				}
				permissionIndex = index;
			}
			else if (parameters[index].isAnnotationPresent(NotBound.class)) {
				unbound.add(name);
			}
			else {
				bound.add(new ArgumentBinding.Parameter(index, name));
			}
		}
		this.binding = new ArgumentBinding(bound);
		this.notBound = List.copyOf(unbound);
		this.permissionParameter = permissionIndex;
		Set<String> variables = variables(names);
		this.action = text("action", annotation.action());
		if (this.action.isBlank() || this.action.length() > PermissionRequest.MAX_TEXT_LENGTH) {
			throw invalid("action must have 1 to " + PermissionRequest.MAX_TEXT_LENGTH + " characters",
					"Name what the method does, such as \"email.send\".", null);
		}
		this.resource = template("resource", annotation.resource(), variables);
		this.scope = expression("scope", annotation.scope(), variables);
		this.context = expression("context", annotation.context(), variables);
		this.reason = template("reason", annotation.reason(), variables);
		this.ttl = duration("ttl", annotation.ttl());
		this.timeout = duration("timeout", annotation.timeout());
	}

	String action() {
		return this.action;
	}

	@Nullable Duration timeout() {
		return this.timeout;
	}

	boolean takesPermission() {
		return this.permissionParameter >= 0;
	}

	/**
	 * Return the arguments with the grant in its place, whatever the caller passed there.
	 */
	@Nullable Object[] inject(@Nullable Object[] arguments, Permission permission) {
		if (this.permissionParameter < 0) {
			return arguments;
		}
		@Nullable Object[] injected = arguments.clone();
		injected[this.permissionParameter] = permission;
		return injected;
	}

	/**
	 * Evaluates the attributes for one call.
	 * @throws CallRefusedException if one cannot be evaluated
	 * @throws io.agentotp.ValidationException if the values are outside the limits
	 */
	GuardedCall evaluate(@Nullable Object target, @Nullable Object[] arguments) {
		ObjectNode bound = this.binding.bind(arguments);
		MethodBasedEvaluationContext evaluation = new MethodBasedEvaluationContext(
				(target != null) ? target : this.method, this.method, arguments, NAMES);
		evaluation.setBeanResolver(new BeanFactoryResolver(this.beanFactory));
		String resource = evaluate("resource", this.resource, evaluation);
		Map<String, ?> scope = evaluate("scope", this.scope, evaluation);
		String reason = evaluate("reason", this.reason, evaluation);
		PermissionRequest.Builder request = PermissionRequest.builder(this.action)
			.resource(resource)
			.scope(scope)
			.context(evaluate("context", this.context, evaluation))
			.context("arguments", ArgumentBinding.show(bound))
			.context("method", this.signature)
			.ttl(this.ttl)
			.waitForApproval(false);
		if (!this.notBound.isEmpty()) {
			request.context("notBound", this.notBound);
		}
		if (reason != null) {
			request.reason(reason);
		}
		PermissionRequest unbound = request.build();
		String digest = CallDigest.of(this.signature, this.action, resource, unbound.scope(), bound);
		return new GuardedCall(request.callDigest(digest).build(), digest);
	}

	/**
	 * Whether the arguments are still those of the call.
	 */
	boolean unchanged(GuardedCall call, @Nullable Object[] arguments) {
		String digest = CallDigest.of(this.signature, this.action, call.request().resource().orElse(null),
				call.request().scope(), this.binding.bind(arguments));
		return digest.equals(call.digest());
	}

	private @Nullable String evaluate(String attribute, @Nullable TextTemplate template, EvaluationContext context) {
		if (template == null) {
			return null;
		}
		try {
			return template.evaluate(context);
		}
		catch (EvaluationException | IllegalStateException ex) {
			throw refused(attribute, ex);
		}
	}

	@SuppressWarnings("unchecked")
	private Map<String, ?> evaluate(String attribute, @Nullable Expression expression, EvaluationContext context) {
		if (expression == null) {
			return Map.of();
		}
		Object value;
		try {
			value = expression.getValue(context);
		}
		catch (EvaluationException ex) {
			throw refused(attribute, ex);
		}
		if (!(value instanceof Map<?, ?> map) || !map.keySet().stream().allMatch(String.class::isInstance)) {
			throw refused(attribute, new IllegalStateException("it is not a map with text keys"));
		}
		return (Map<String, ?>) map;
	}

	/** The cause's message can hold an argument's value, so it is not repeated. */
	private CallRefusedException refused(String attribute, RuntimeException ex) {
		String why = (ex instanceof IllegalStateException) ? String.valueOf(ex.getMessage())
				: "its expression failed with " + ex.getClass().getSimpleName();
		return new CallRefusedException("ATTRIBUTE_INVALID", "The attribute '" + attribute
				+ "' of @RequiresPermission on " + this.method.getName() + "() has no value: " + why, null);
	}

	private String text(String attribute, String text) {
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

	private InvalidGuardException unresolved(String attribute, String text, @Nullable Throwable cause) {
		return invalid(attribute + " has a placeholder that cannot be resolved: " + text, "Set the property.", cause);
	}

	private @Nullable Duration duration(String attribute, String value) {
		String text = text(attribute, value);
		if (!StringUtils.hasText(text)) {
			return null;
		}
		try {
			return DurationStyle.detectAndParse(text);
		}
		catch (IllegalArgumentException ex) {
			throw invalid(attribute + " is no duration: '" + text + "'", "Write it like 90s, 5m or PT5M.", ex);
		}
	}

	private @Nullable TextTemplate template(String attribute, String value, Set<String> variables) {
		if (value.isEmpty()) {
			return null;
		}
		try {
			TextTemplate template = TextTemplate.parse(text(attribute, value), PARSER);
			template.expressions().forEach((part) -> check(attribute, part, variables));
			return template;
		}
		catch (ParseException | IllegalStateException ex) {
			throw syntax(attribute, ex);
		}
	}

	private @Nullable Expression expression(String attribute, String value, Set<String> variables) {
		if (value.isEmpty()) {
			return null;
		}
		try {
			Expression expression = PARSER.parseExpression(text(attribute, value));
			check(attribute, expression, variables);
			return expression;
		}
		catch (ParseException | IllegalStateException ex) {
			throw syntax(attribute, ex);
		}
	}

	private InvalidGuardException syntax(String attribute, RuntimeException ex) {
		return invalid(attribute + " is not a valid expression: " + ex.getMessage(),
				"Mend the expression. Text parts of resource and reason stand outside #{…}.", ex);
	}

	/** An unknown variable would evaluate to null and widen what is asked for. */
	private void check(String attribute, Expression expression, Set<String> variables) {
		if (expression instanceof SpelExpression spel) {
			check(attribute, spel.getAST(), variables);
		}
	}

	private void check(String attribute, SpelNode node, Set<String> variables) {
		if (node instanceof VariableReference) {
			String name = node.toStringAST().substring(1);
			if (!variables.contains(name)) {
				throw invalid(attribute + " uses #" + name + ", but there is no such parameter",
						"Use one of the parameters: " + String.join(", ", new TreeSet<>(variables)), null);
			}
		}
		for (int index = 0; index < node.getChildCount(); index++) {
			check(attribute, node.getChild(index), variables);
		}
	}

	private static Set<String> variables(@Nullable String @Nullable [] names) {
		Set<String> variables = new HashSet<>(Set.of("this", "root"));
		if (names != null) {
			for (int index = 0; index < names.length; index++) {
				variables.add("a" + index);
				variables.add("p" + index);
				String name = names[index];
				if (name != null) {
					variables.add(name);
				}
			}
		}
		return variables;
	}

	private InvalidGuardException invalid(String problem, String remedy, @Nullable Throwable cause) {
		return new InvalidGuardException(this.method, problem, remedy, cause);
	}

}
