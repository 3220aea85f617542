package io.agentotp.spring.tool;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import io.agentotp.Permission;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.AttributeParser;
import io.agentotp.spring.operation.BoundArguments;
import io.agentotp.spring.operation.GuardedCall;
import io.agentotp.spring.operation.GuardedOperation;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.agentotp.spring.operation.Masking;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;

/**
 * A tool of an agent that is guarded by its name and is no method of the application's:
 * its arguments are JSON, and all of them are bound.
 * <p>
 * Expressions know each argument by its name, all of them as the map {@code #args}, and
 * the name of the tool as {@code #tool}. Reading an argument that the call does not have,
 * or that is {@code null}, refuses the call; {@code #args.containsKey('name')} tells
 * beforehand.
 */
public final class GuardedTool extends GuardedOperation {

	private static final Set<String> BUILT_IN = Set.of("args", "tool", "this", "root", ReadableContext.NAME);

	private final String name;

	private final String place;

	private final Set<String> sensitive;

	private final Set<String> reads;

	private final ConfigurableBeanFactory beanFactory;

	private GuardedTool(String name, RequiresPermission attributes, AnyArgument arguments, String place,
			ConfigurableBeanFactory beanFactory) {
		super("tool " + name, attributes, new AttributeParser(place, arguments, beanFactory));
		this.name = name;
		this.place = place;
		this.sensitive = arguments.sensitive();
		this.reads = arguments.read();
		// What an expression asks for by its name may be missing.
		this.reads.removeIf((argument) -> written().contains("'" + argument + "'"));
		this.reads.addAll(this.sensitive);
		this.reads.removeAll(BUILT_IN);
		this.beanFactory = beanFactory;
	}

	/**
	 * Creates a guarded tool.
	 * @param name the name of the tool, which its calls are bound to
	 * @param attributes what its calls ask for
	 * @param sensitive names of arguments that the approver must not see; they are bound
	 * all the same
	 * @param place where the attributes stand, for messages
	 * @param beanFactory resolves placeholders and bean references
	 * @return the tool
	 * @throws InvalidAnnotationException if an attribute cannot be honoured
	 */
	public static GuardedTool of(String name, RequiresPermission attributes, Set<String> sensitive, String place,
			ConfigurableBeanFactory beanFactory) {
		return new GuardedTool(name, attributes, new AnyArgument(Set.copyOf(sensitive), new HashSet<>()), place,
				beanFactory);
	}

	@Override
	protected List<String> notBound() {
		return List.of();
	}

	@Override
	protected String place() {
		return this.place;
	}

	BoundArguments bind(ToolCall call) {
		BoundArguments arguments = bind(call.arguments());
		if (arguments.values().containsKey(ReadableContext.NAME)) {
			throw notBindable("have one with the reserved name " + ReadableContext.NAME);
		}
		if (call.context().isEmpty()) {
			return arguments;
		}
		Map<String, @Nullable Object> values = new LinkedHashMap<>(arguments.values());
		values.put(ReadableContext.NAME, ReadableContext.write(this.name, call.context()));
		return new BoundArguments(values, this.sensitive);
	}

	private BoundArguments bind(String arguments) {
		ObjectNode read = ToolArguments.read(arguments);
		if (read == null) {
			throw notBindable("are not one JSON object with unique names");
		}
		try {
			return BoundArguments.of(read, this.sensitive);
		}
		catch (IllegalArgumentException ex) {
			throw notBindable("cannot be bound: " + ex.getMessage());
		}
	}

	private CallRefusedException notBindable(String problem) {
		return new CallRefusedException("ARGUMENT_NOT_BINDABLE",
				"The arguments of the tool " + this.name + " " + problem, null);
	}

	/**
	 * Return what is wrong with the rule for a tool, or {@code null}: a misspelt argument
	 * that is sensitive would be shown.
	 * @param arguments the names of the arguments of the tool; empty if it declares none
	 */
	@Nullable String unknown(Set<String> arguments) {
		Set<String> unknown = new TreeSet<>(this.reads);
		unknown.removeAll(arguments);
		String literal = arguments.stream().filter(this::isLiteral).findFirst().orElse(null);
		if (literal != null) {
			return this.place + " has #" + literal + " in a text: an argument is written #{#" + literal + "}";
		}
		String ambiguous = ambiguous(arguments);
		if (ambiguous != null) {
			return ambiguous;
		}
		return (arguments.isEmpty() || unknown.isEmpty()) ? null
				: this.place + " names '" + String.join("', '", unknown) + "', but its arguments are '"
						+ String.join("', '", new TreeSet<>(arguments)) + "'";
	}

	/** An entry of {@code #args} is read by its name, so it cannot be mistaken. */
	private @Nullable String ambiguous(Set<String> arguments) {
		return Stream.concat(BUILT_IN.stream(), Stream.of("granted"))
			.filter((variable) -> arguments.contains(variable) && uses(variable))
			.findFirst()
			.map((variable) -> this.place + " uses #" + variable
					+ ", which is built in, and an argument has the same name: read that as #args['" + variable + "']")
			.orElse(null);
	}

	private void requireKnown(BoundArguments bound, @Nullable ToolSchema schema) {
		Set<String> declared = (schema != null) ? schema.names() : Set.of();
		String problem = unknown(declared);
		if (problem == null) {
			problem = ambiguous(bound.values().keySet());
		}
		if (problem == null && bound.values().keySet().stream().anyMatch((name) -> isLikeSensitive(name, declared))) {
			problem = this.place + " names a sensitive argument, and the call has another one of nearly the same name";
		}
		if (problem == null && declared.isEmpty() && !this.sensitive.stream().allMatch(bound.values()::containsKey)) {
			problem = this.place + " names sensitive arguments that the call does not have, and the tool declares none";
		}
		if (problem != null) {
			throw new CallRefusedException("ATTRIBUTE_INVALID", "The tool " + this.name + " is refused: " + problem,
					"the tool " + this.name + " cannot be guarded as it stands", null);
		}
	}

	/** What the model misspells may hold the same secret, and would be shown. */
	private boolean isLikeSensitive(String argument, Set<String> declared) {
		return !this.sensitive.contains(argument) && !declared.contains(argument)
				&& this.sensitive.stream().anyMatch((name) -> ToolNames.areAlike(name, argument));
	}

	/**
	 * @param schema the schema that the tool declares, if it does
	 */
	GuardedCall evaluate(BoundArguments bound, @Nullable ToolSchema schema, Map<String, ?> caller, Masking masking) {
		requireKnown(bound, schema);
		Map<String, String> target = (schema != null) ? Map.of("tool", this.name, "schema", schema.digest())
				: Map.of("tool", this.name);
		return ask(target, () -> bound, evaluation(bound), caller, masking);
	}

	void verify(GuardedCall call, Permission grant) {
		requireGranted(call, grant, () -> evaluation(call.arguments()));
	}

	void requireUnchanged(GuardedCall call, ToolCall now) {
		// Only what is read beside them can be changed by others.
		BoundArguments bound = now.context().isEmpty() ? call.arguments() : bind(now);
		requireSame(call, bound, evaluation(bound));
	}

	CallRefusedException schemaChanged() {
		return new CallRefusedException("CALL_CHANGED", "The schema of the arguments of the tool " + this.name
				+ " has changed since the call was approved: call it again", null);
	}

	private ToolEvaluationContext evaluation(BoundArguments bound) {
		return new ToolEvaluationContext(this.name, bound.values(), this.sensitive, this.beanFactory);
	}

	/**
	 * A rule may be for several tools, so that the names of their arguments are known
	 * only when they are called.
	 */
	private record AnyArgument(Set<String> sensitive, Set<String> read) implements AttributeParser.Variables {

		@Override
		public boolean isKnown(String name) {
			this.read.add(name);
			return true;
		}

		@Override
		public boolean isSensitive(String name) {
			return this.sensitive.contains(name);
		}

		@Override
		public @Nullable Class<?> type(String name) {
			return name.equals("args") ? Map.class : null;
		}

		@Override
		public Set<String> names() {
			return Set.of("args", "tool");
		}

	}

}
