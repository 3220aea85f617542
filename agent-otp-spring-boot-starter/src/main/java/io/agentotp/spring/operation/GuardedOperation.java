package io.agentotp.spring.operation;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.Permission;
import io.agentotp.PermissionRequest;
import io.agentotp.ScopeComparison;
import io.agentotp.ValidationException;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.Consume;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import org.jspecify.annotations.Nullable;

import org.springframework.expression.EvaluationContext;
import org.springframework.expression.Expression;
import org.springframework.expression.spel.SpelEvaluationException;

/**
 * What is guarded, a method or a tool: its attributes parsed once, evaluated for each
 * call.
 */
public abstract class GuardedOperation {

	/** What the service accepts. */
	private static final int MAX_BYTES = 64 * 1024;

	/** For the names of the fields and for what is not bound besides. */
	private static final int SPARE = 1024;

	private final String signature;

	private final RequiresPermission attributes;

	private final String action;

	private final @Nullable TextTemplate resource;

	private final @Nullable Expression scope;

	private final @Nullable Expression context;

	private final @Nullable TextTemplate reason;

	private final @Nullable Expression check;

	private final boolean checkCallsBean;

	private final @Nullable Duration ttl;

	private final @Nullable Duration timeout;

	private final Consume consume;

	private final OnPending onPending;

	private final boolean acceptsNarrowed;

	protected GuardedOperation(String signature, RequiresPermission attributes, AttributeParser parser) {
		this.signature = signature;
		this.attributes = attributes;
		this.action = parser.action(attributes.action());
		if (this.action.isBlank() || this.action.length() > PermissionRequest.MAX_TEXT_LENGTH) {
			throw parser.invalid("action must have 1 to " + PermissionRequest.MAX_TEXT_LENGTH + " characters",
					"Name what the method does, such as \"email.send\".", null);
		}
		this.resource = parser.template("resource", attributes.resource());
		this.scope = parser.map("scope", attributes.scope());
		this.context = parser.map("context", attributes.context());
		this.reason = parser.template("reason", attributes.reason());
		this.check = parser.condition("check", attributes.check(), "granted");
		this.checkCallsBean = AttributeParser.callsBean(this.check);
		this.ttl = parser.duration("ttl", attributes.ttl(), PermissionRequest.MIN_TTL, PermissionRequest.MAX_TTL);
		this.timeout = parser.duration("timeout", attributes.timeout());
		this.consume = attributes.consume();
		this.onPending = attributes.onPending();
		this.acceptsNarrowed = attributes.acceptsNarrowed();
	}

	/**
	 * Return what it is called where its calls are shown and bound.
	 */
	public final String signature() {
		return this.signature;
	}

	public final String action() {
		return this.action;
	}

	/**
	 * Return the attributes as they were written down.
	 */
	public final RequiresPermission attributes() {
		return this.attributes;
	}

	public final @Nullable Duration timeout() {
		return this.timeout;
	}

	public final boolean consumesBefore(Consume otherwise) {
		return ((this.consume != Consume.DEFAULT) ? this.consume : otherwise) == Consume.BEFORE;
	}

	public final boolean throwsOnPending(OnPending otherwise) {
		return ((this.onPending != OnPending.DEFAULT) ? this.onPending : otherwise) == OnPending.THROW;
	}

	/**
	 * Return the names of the arguments that are not bound.
	 */
	protected abstract List<String> notBound();

	/**
	 * Return what stands in the message of a refusal for the place of the attributes.
	 */
	protected abstract String place();

	/**
	 * Evaluates the attributes for one call, and then writes its arguments down: an
	 * argument may note something for itself when it is read.
	 * @param target what is called
	 * @param arguments writes the arguments down
	 * @param evaluation lets expressions read the arguments
	 * @param caller who asks, as far as it is known
	 * @param masking authenticates what must not be shown
	 * @throws CallRefusedException if one cannot be evaluated, or is outside the limits
	 */
	protected final GuardedCall ask(Map<String, String> target, Supplier<BoundArguments> arguments,
			EvaluationContext evaluation, Map<String, ?> caller, Masking masking) {
		PermissionRequest.Builder builder = PermissionRequest.builder(this.action)
			.resource(evaluate("resource", this.resource, evaluation))
			.scope(evaluate("scope", this.scope, evaluation))
			.context(evaluate("context", this.context, evaluation))
			.ttl(this.ttl)
			.waitForApproval(false);
		String reason = evaluate("reason", this.reason, evaluation);
		if (reason != null) {
			builder.reason(reason);
		}
		if (!caller.isEmpty()) {
			builder.context("caller", caller);
		}
		PermissionRequest request = build(builder);
		requireKept(request, evaluation);
		BoundArguments bound = arguments.get();
		BoundCall call = BoundCall.of(request, target, bound.forms(masking), notBound());
		if (call.bytes() + SPARE > MAX_BYTES || !request.context().isEmpty()) {
			requireRoom(request, call);
		}
		return new GuardedCall(request.withCall(call.call(), call.digest()), call.digest(), bound);
	}

	private PermissionRequest build(PermissionRequest.Builder builder) {
		try {
			return builder.build();
		}
		catch (ValidationException ex) {
			String problems = new TreeMap<>(ex.details()).entrySet()
				.stream()
				.map((problem) -> problem.getKey() + " " + problem.getValue())
				.collect(Collectors.joining(", "));
			throw new CallRefusedException("ATTRIBUTE_INVALID",
					"The attributes of " + place() + " are not valid: " + problems, problems, ex);
		}
	}

	/** The service refuses a larger one without saying which attribute it is. */
	private void requireRoom(PermissionRequest request, BoundCall call) {
		Map<String, Object> context = new LinkedHashMap<>(request.context());
		Object reason = context.remove("reason");
		int ofContext = bytes(context);
		int ofReason = bytes(reason);
		if (call.bytes() + ofContext + ofReason + SPARE <= MAX_BYTES) {
			return;
		}
		int ofScope = bytes(request.scope());
		int ofArguments = call.bytes() - ofScope;
		Map.Entry<String, Integer> largest = Collections.max(
				Map.of("scope", ofScope, "context", ofContext, "reason", ofReason).entrySet(),
				Map.Entry.comparingByValue());
		if (ofArguments > largest.getValue()) {
			throw new CallRefusedException("ARGUMENT_NOT_BINDABLE",
					"The arguments of " + place() + " take " + ofArguments
							+ " bytes as they are bound, but a whole request may have " + MAX_BYTES
							+ ": pass fewer of them, or several as one value",
					"the call has too many arguments", null);
		}
		throw new CallRefusedException("ATTRIBUTE_INVALID",
				"The attribute '" + largest.getKey() + "' of " + place() + " takes " + largest.getValue()
						+ " bytes, but a whole request may have " + MAX_BYTES
						+ ": keep it short, and pass what is long as an argument",
				"the request is too long", null);
	}

	private static int bytes(@Nullable Object value) {
		return CanonicalJson.of(value).length();
	}

	/**
	 * Nobody is asked for what breaks its own check. The check reads here what it reads
	 * later: an argument may note something for itself then, which would look like a
	 * change after the approval.
	 */
	private void requireKept(PermissionRequest request, EvaluationContext evaluation) {
		// What a bean does is more than reading.
		if (this.check != null && !this.checkCallsBean) {
			evaluation.setVariable("granted", new RequiredValues(request.scope(), "the request"));
			Object kept;
			try {
				kept = this.check.getValue(evaluation);
			}
			catch (RuntimeException ex) {
				// Who grants may add the limit that it misses.
				return;
			}
			requireTrue(this.check, kept, "what it asks for");
		}
	}

	/**
	 * Makes sure that the call is still the one that was asked for.
	 * @param call the call as it was asked for
	 * @param arguments its arguments as they are now
	 * @param evaluation lets expressions read them
	 * @throws CallRefusedException if not
	 */
	protected final void requireSame(GuardedCall call, BoundArguments arguments, EvaluationContext evaluation) {
		PermissionRequest asked = call.request();
		// Both were written by the same rules, and nobody else holds what was written.
		String different = call.arguments().different(arguments);
		if (different != null) {
			String field = call.arguments().changedField(different, arguments);
			throw changed("The argument '" + different + "' of " + place() + " has changed since the call was approved"
					+ ((field != null) ? ", in its field " + field
							+ ": pass values that nobody else changes. If the class notes "
							+ "something for itself there when it is read, such as its hash, declare a bean of type "
							+ "BoundForm that writes the class without it" : ": pass values that nobody else changes"));
		}
		if (!Objects.equals(evaluate("resource", this.resource, evaluation), asked.resource().orElse(null))) {
			throw changed("The attribute 'resource' of " + place() + " has another value than when it was approved");
		}
		if (this.scope != null) {
			Map<String, ?> scope = evaluate("scope", this.scope, evaluation);
			if (!asked.scope().equals(scope) && !CallDigest.same(asked.scope(),
					PermissionRequest.builder(this.action).scope(scope).build().scope())) {
				throw changed("The attribute 'scope' of " + place() + " has another value than when it was approved");
			}
		}
	}

	private static CallRefusedException changed(String message) {
		return new CallRefusedException("CALL_CHANGED", message, null);
	}

	/**
	 * Makes sure that a grant is one for this call and that the call keeps to it.
	 * @param evaluation lets the check read the arguments, if there is one
	 * @throws CallRefusedException if not
	 */
	protected final void requireGranted(GuardedCall call, Permission grant, Supplier<EvaluationContext> evaluation) {
		call.request().mismatch(grant).ifPresent((part) -> {
			throw mismatch("The service granted another call than the one asked for: its " + part + " differs");
		});
		ScopeComparison scope = ScopeComparison.of(call.request().scope(), grant.scope());
		Set<List<String>> narrower = scope.narrower();
		if (this.check != null) {
			narrower = unread(narrower, requireScope(this.check, grant, evaluation.get()));
		}
		scope.notNarrower().ifPresent((limit) -> {
			throw mismatch("The granted scope differs from the requested one, and is not narrower, in " + limit);
		});
		if (!narrower.isEmpty() && !this.acceptsNarrowed) {
			String differs = "The granted scope differs from the requested one in "
					+ narrower.stream().map(ScopeComparison::name).sorted().toList();
			throw new CallRefusedException("SCOPE_NARROWED", differs + ", and nothing of " + place()
					+ " looks at that: keep to it by the attribute check, such as \"#count <= #granted['max']\"",
					differs, null);
		}
	}

	private static CallRefusedException mismatch(String message) {
		return new CallRefusedException("GRANT_MISMATCH", message, null);
	}

	private static Set<List<String>> unread(Set<List<String>> limits, RequiredValues granted) {
		return limits.stream().filter((limit) -> !granted.hasRead(limit)).collect(Collectors.toSet());
	}

	private RequiredValues requireScope(Expression check, Permission grant, EvaluationContext evaluation) {
		RequiredValues granted = new RequiredValues(grant.scope(), "the grant");
		evaluation.setVariable("granted", granted);
		Object kept;
		try {
			kept = check.getValue(evaluation);
		}
		catch (RuntimeException ex) {
			throw refused("check", ex);
		}
		requireTrue(check, kept, "what was granted");
		return granted;
	}

	private void requireTrue(Expression check, @Nullable Object kept, String limits) {
		if (!(kept instanceof Boolean)) {
			throw refused("check", new AttributeException("it is neither true nor false"));
		}
		if (!kept.equals(true)) {
			String exceeded = "The call goes beyond " + limits + ": " + check.getExpressionString() + " is not true";
			throw new CallRefusedException("SCOPE_EXCEEDED", exceeded + ". This is the check of " + place(), exceeded,
					null);
		}
	}

	private @Nullable String evaluate(String attribute, @Nullable TextTemplate template, EvaluationContext context) {
		if (template == null) {
			return null;
		}
		try {
			return template.evaluate(context);
		}
		catch (RuntimeException ex) {
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
			value = PlainValues.of(expression.getValue(context));
			if (attribute.equals("scope") && value instanceof Map<?, ?> scope) {
				requireLimits(scope.entrySet());
			}
		}
		catch (RuntimeException ex) {
			throw refused(attribute, ex);
		}
		if (!(value instanceof Map<?, ?> map) || !map.keySet().stream().allMatch(String.class::isInstance)) {
			throw refused(attribute, new AttributeException("it is not a map with text keys"));
		}
		return (Map<String, ?>) map;
	}

	/** No limit would be one that is always kept. */
	private static void requireLimits(Collection<?> values) {
		for (Object entry : values) {
			Object value = (entry instanceof Map.Entry<?, ?> limit) ? limit.getValue() : entry;
			if (value == null) {
				throw (entry instanceof Map.Entry<?, ?> limit) ? new AttributeException("there is null for",
						String.valueOf(limit.getKey()), "one of its entries")
						: new AttributeException("an element of a list is null");
			}
			if (value instanceof Map<?, ?> nested) {
				requireLimits(nested.entrySet());
			}
			else if (value instanceof Collection<?> elements) {
				requireLimits(elements);
			}
		}
	}

	/**
	 * Return whether an attribute has an argument in a text, outside of its expressions.
	 */
	protected final boolean isLiteral(String argument) {
		return Stream.of(this.resource, this.reason)
			.filter(Objects::nonNull)
			.flatMap((template) -> template.literals().stream())
			.anyMatch((literal) -> TextTemplate.standsIn(literal, argument))
				|| Stream.of(this.scope, this.context, this.check)
					.flatMap(AttributeParser::texts)
					.anyMatch((text) -> TextTemplate.names(text, argument));
	}

	private String written(String attribute) {
		return switch (attribute) {
			case "resource" -> this.attributes.resource();
			case "scope" -> this.attributes.scope();
			case "context" -> this.attributes.context();
			case "reason" -> this.attributes.reason();
			default -> this.attributes.check();
		};
	}

	/**
	 * Return the attributes that may hold expressions, as one text.
	 */
	protected final String written() {
		return String.join(" ", this.attributes.resource(), this.attributes.scope(), this.attributes.context(),
				this.attributes.reason(), this.attributes.check());
	}

	/**
	 * Return whether an attribute has a variable in it, other than as an entry of
	 * {@code #args}.
	 */
	protected final boolean uses(String variable) {
		return TextTemplate.names(written().replaceAll("#\\s+", "#").replace("#args['", ""), variable);
	}

	/** The cause's message can hold an argument's value, so it is not repeated. */
	private CallRefusedException refused(String attribute, RuntimeException ex) {
		String missing = (ex instanceof AttributeException known) ? known.message(written()) : null;
		String why = (missing != null) ? missing
				: "'" + written(attribute) + "' failed with " + ex.getClass().getSimpleName()
						+ ((ex instanceof SpelEvaluationException spel) ? " (" + spel.getMessageCode() + ")" : "");
		return new CallRefusedException("ATTRIBUTE_INVALID",
				"The attribute '" + attribute + "' of " + place() + " has no value: " + why,
				(missing != null) ? missing : "what it asks for cannot be evaluated", null);
	}

}
