package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import io.agentotp.Permission;
import io.agentotp.PermissionRequest;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.Consume;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.Expression;
import org.springframework.util.ClassUtils;

/**
 * One method with {@link RequiresPermission}: its attributes parsed once, evaluated for
 * each call.
 */
final class GuardedMethod {

	private final Method method;

	private final RequiresPermission annotation;

	private final ConfigurableBeanFactory beanFactory;

	private final String signature;

	private final ReturnKind returnKind;

	private final ArgumentBinding binding;

	private final List<String> notBound;

	private final int permissionIndex;

	private final String action;

	private final @Nullable TextTemplate resource;

	private final @Nullable Expression scope;

	private final @Nullable Expression context;

	private final @Nullable TextTemplate reason;

	private final @Nullable Expression check;

	private final @Nullable Duration ttl;

	private final @Nullable Duration timeout;

	GuardedMethod(Method method, RequiresPermission annotation, ConfigurableBeanFactory beanFactory) {
		this.method = method;
		this.annotation = annotation;
		this.beanFactory = beanFactory;
		this.signature = ClassUtils.getQualifiedMethodName(method) + Arrays.stream(method.getParameterTypes())
			.map(Class::getTypeName)
			.collect(Collectors.joining(", ", "(", ")"));
		this.returnKind = ReturnKind.of(method);
		GuardedParameters parameters = new GuardedParameters(method);
		this.binding = new ArgumentBinding(parameters.bound());
		this.notBound = List.copyOf(parameters.notBound());
		this.permissionIndex = parameters.permissionIndex();
		AttributeParser parser = new AttributeParser(method, parameters, beanFactory);
		this.action = parser.text("action", annotation.action());
		if (this.action.isBlank() || this.action.length() > PermissionRequest.MAX_TEXT_LENGTH) {
			throw parser.invalid("action must have 1 to " + PermissionRequest.MAX_TEXT_LENGTH + " characters",
					"Name what the method does, such as \"email.send\".", null);
		}
		this.resource = parser.template("resource", annotation.resource());
		this.scope = parser.expression("scope", annotation.scope());
		this.context = parser.expression("context", annotation.context());
		this.reason = parser.template("reason", annotation.reason());
		this.check = parser.expression("check", annotation.check(), "granted");
		this.ttl = parser.duration("ttl", annotation.ttl());
		this.timeout = parser.duration("timeout", annotation.timeout());
	}

	Method method() {
		return this.method;
	}

	String signature() {
		return this.signature;
	}

	String action() {
		return this.action;
	}

	ReturnKind returnKind() {
		return this.returnKind;
	}

	/**
	 * Return the annotation as it stands in the code.
	 */
	RequiresPermission annotation() {
		return this.annotation;
	}

	@Nullable Duration timeout() {
		return this.timeout;
	}

	boolean consumesBefore(Consume otherwise) {
		Consume consume = (this.annotation.consume() != Consume.DEFAULT) ? this.annotation.consume() : otherwise;
		return consume == Consume.BEFORE;
	}

	boolean throwsOnPending(OnPending otherwise) {
		OnPending onPending = (this.annotation.onPending() != OnPending.DEFAULT) ? this.annotation.onPending()
				: otherwise;
		return onPending == OnPending.THROW;
	}

	/**
	 * Return whether the parameter at an index takes the grant.
	 */
	boolean takesPermissionAt(int index) {
		return this.permissionIndex == index;
	}

	/**
	 * Return the arguments with the grant in its place, whatever the caller passed there.
	 */
	@Nullable Object[] inject(@Nullable Object[] arguments, Permission permission) {
		if (this.permissionIndex < 0) {
			return arguments;
		}
		@Nullable Object[] injected = arguments.clone();
		injected[this.permissionIndex] = permission;
		return injected;
	}

	/**
	 * Evaluates the attributes for one call.
	 * @throws CallRefusedException if one cannot be evaluated
	 * @throws io.agentotp.ValidationException if the values are outside the limits
	 */
	GuardedCall evaluate(@Nullable Object target, @Nullable Object[] arguments) {
		List<byte[]> written = this.binding.write(arguments);
		ObjectNode bound = this.binding.read(written);
		EvaluationContext evaluation = evaluation(target, arguments);
		PermissionRequest.Builder builder = PermissionRequest.builder(this.action)
			.resource(evaluate("resource", this.resource, evaluation))
			.scope(evaluate("scope", this.scope, evaluation))
			.context(evaluate("context", this.context, evaluation))
			.context("arguments", this.binding.show(written))
			.context("method", this.signature)
			.ttl(this.ttl)
			.waitForApproval(false);
		if (!this.notBound.isEmpty()) {
			builder.context("notBound", this.notBound);
		}
		String reason = evaluate("reason", this.reason, evaluation);
		if (reason != null) {
			builder.reason(reason);
		}
		PermissionRequest request = builder.build();
		String digest = digest(request, bound);
		return new GuardedCall(request.withCallDigest(digest), digest, ArgumentBinding.hash(written));
	}

	/**
	 * Makes sure that a grant is one for this call, that the call keeps to it, and that
	 * the call is still the one that was asked for.
	 * @throws CallRefusedException if not
	 */
	void verify(GuardedCall call, Permission grant, @Nullable Object target, @Nullable Object[] arguments) {
		// A service that does not know digests still says what it granted.
		if (!grant.action().equals(this.action) || !grant.callDigest().map(call.digest()::equals).orElse(true)
				|| (grant.resource().isPresent() && !grant.resource().equals(call.request().resource()))) {
			throw new CallRefusedException("GRANT_MISMATCH", "The service granted another call than the one asked for",
					null);
		}
		if (this.check != null) {
			verifyScope(this.check, grant, target, arguments);
		}
		else if (this.permissionIndex < 0 && !CallDigest.same(call.request().scope(), grant.scope())) {
			throw new CallRefusedException("SCOPE_NARROWED",
					"The granted scope differs from the requested one: take it into account by a parameter of type "
							+ "Permission, or by the attribute check over #granted",
					null);
		}
		requireUnchanged(call, arguments);
	}

	/**
	 * Makes sure that the call is still the one that was asked for.
	 * @throws CallRefusedException if not
	 */
	void requireUnchanged(GuardedCall call, @Nullable Object[] arguments) {
		List<byte[]> written = this.binding.write(arguments);
		// The same bytes have the same digest. Others may be the same call written
		// otherwise, such as a map in another order.
		if (!MessageDigest.isEqual(ArgumentBinding.hash(written), call.arguments())
				&& !digest(call.request(), this.binding.read(written)).equals(call.digest())) {
			throw new CallRefusedException("CALL_CHANGED",
					"An argument has changed since the call was approved: pass values that nobody else changes", null);
		}
	}

	private String digest(PermissionRequest request, ObjectNode arguments) {
		return CallDigest.of(this.signature, this.action, request.resource().orElse(null), request.scope(), arguments);
	}

	private void verifyScope(Expression check, Permission grant, @Nullable Object target,
			@Nullable Object[] arguments) {
		EvaluationContext evaluation = evaluation(target, arguments);
		evaluation.setVariable("granted", new GrantedScope(grant.scope()));
		Object kept;
		try {
			kept = check.getValue(evaluation);
		}
		catch (EvaluationException | IllegalStateException ex) {
			throw refused("check", ex);
		}
		if (!Boolean.TRUE.equals(kept)) {
			throw new CallRefusedException("SCOPE_EXCEEDED",
					"The call goes beyond what was granted: " + check.getExpressionString() + " is not true", null);
		}
	}

	private EvaluationContext evaluation(@Nullable Object target, @Nullable Object[] arguments) {
		MethodBasedEvaluationContext evaluation = new MethodBasedEvaluationContext(
				(target != null) ? target : this.method, this.method, arguments, GuardedParameters.NAMES);
		evaluation.setBeanResolver(new BeanFactoryResolver(this.beanFactory));
		return evaluation;
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

}
