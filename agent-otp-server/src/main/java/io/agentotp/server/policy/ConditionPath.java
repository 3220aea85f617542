package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * Where a condition looks.
 */
final class ConditionPath {

	private static final String TARGET = "target";

	private static final String ARGUMENTS = "arguments";

	private static final String TYPE = "@type";

	private static final String VALUE = "@value";

	/** Where more stands beside a value, it is not all that is bound. */
	private static final Set<String> WRAPPING = Set.of(TYPE, VALUE, "@form", "@comparator");

	private static final Set<String> TARGETS = Set.of("bean", "type", "method", "tool", "schema");

	private final String text;

	private final Root root;

	private final List<String> names;

	private ConditionPath(String text, Root root, List<String> names) {
		this.text = text;
		this.root = root;
		this.names = names;
	}

	static Optional<ConditionPath> parse(String text) {
		String[] parts = text.split("\\.", -1);
		List<String> names = List.of(parts).subList(1, parts.length);
		String first = parts[0].replaceAll("[-_]", "").toLowerCase(Locale.ROOT);
		for (Root root : Root.values()) {
			if (root.name.equals(first) && root.hasNames != names.isEmpty() && names.stream().noneMatch(String::isEmpty)
					&& (root != Root.CALL || isOfCall(names))) {
				return Optional.of(new ConditionPath(text, root, names));
			}
		}
		return Optional.empty();
	}

	private static boolean isOfCall(List<String> names) {
		return names.size() > 1 && (names.get(0).equals(ARGUMENTS)
				|| (names.get(0).equals(TARGET) && (TARGETS.contains(names.get(1)) && names.size() == 2)));
	}

	boolean isContext() {
		return this.root == Root.CONTEXT;
	}

	/**
	 * Whether a grant is bound to what stands there.
	 * @return {@code false} for what the agent says, and for the agent itself
	 */
	boolean isBound() {
		return this.root != Root.CONTEXT && this.root != Root.AGENT_ID;
	}

	boolean isOfScope() {
		return this.root == Root.SCOPE;
	}

	/**
	 * The name of the entry of the scope, or of the argument, that this path may stand
	 * for as a whole.
	 * @return the name, {@code null} for another path
	 */
	@Nullable String entry() {
		boolean argument = this.root == Root.CALL && this.names.get(0).equals(ARGUMENTS);
		return isOfScope() ? String.join(".", this.names)
				: argument ? String.join(".", this.names.subList(1, this.names.size())) : null;
	}

	boolean isResource() {
		return this.root == Root.RESOURCE;
	}

	/**
	 * Return whether it is the same place, however the first part is spelt.
	 */
	boolean isSame(ConditionPath other) {
		return this.root == other.root && this.names.equals(other.names);
	}

	String name() {
		return this.names.isEmpty() ? this.root.name : this.names.get(this.names.size() - 1);
	}

	/**
	 * The path of what stands beside it.
	 * @param name the name of the other
	 * @return the path, empty beside what stands alone
	 */
	Optional<ConditionPath> beside(String name) {
		return parse(this.text.substring(0, this.text.lastIndexOf('.') + 1) + name);
	}

	/**
	 * The type that the application gives to the argument at this place.
	 * @param request the request
	 * @return the type, empty if it gives none
	 */
	String type(PolicyRequest request) {
		String name = entry();
		if (name == null || isOfScope() || request.call() == null) {
			return "";
		}
		return request.call()
			.path(ARGUMENTS)
			.valueStream()
			.filter((argument) -> argument.path("name").asString("").equals(name))
			.map((argument) -> argument.path("value").has(VALUE) ? type(argument.path("value"), true)
					: argument.path("type").asString(""))
			.findFirst()
			.orElse("");
	}

	/**
	 * A value without the class that the application may have written before it.
	 */
	static JsonNode plain(JsonNode value, boolean typed) {
		return (typed && value.path(TYPE).isString() && value.has(VALUE) && WRAPPING.containsAll(value.propertyNames()))
				? value.path(VALUE) : value;
	}

	static String type(JsonNode value, boolean typed) {
		return (typed && value.has(VALUE)) ? value.path(TYPE).asString("") : "";
	}

	/**
	 * Finds the value. A JSON {@code null} counts as not there.
	 * @param request where to look
	 * @return the value or {@code null}
	 * @throws EvaluationException if there are two: a name with dots and a nested one, or
	 * if it is the value of a call or an argument that is not known
	 */
	@Nullable JsonNode find(PolicyRequest request) {
		JsonNode value = switch (this.root) {
			case ACTION -> StringNode.valueOf(request.action());
			case RESOURCE -> (request.resource() != null) ? StringNode.valueOf(request.resource()) : null;
			case AGENT_ID -> StringNode.valueOf(request.agentId());
			case SCOPE -> findNested(request.scope());
			case CONTEXT -> findNested(request.context());
			case CALL -> findInCall(request.call());
		};
		return (value != null && !value.isNull()) ? value : null;
	}

	private @Nullable JsonNode findNested(JsonNode object) {
		List<JsonNode> found = new ArrayList<>();
		collect(object, this.names, found);
		return single(found);
	}

	private @Nullable JsonNode findInCall(@Nullable JsonNode call) {
		if (call == null) {
			// Whoever leaves the call out must not get past what is said about it.
			throw new EvaluationException("is not known, since the request has no call");
		}
		if (this.names.get(0).equals(TARGET)) {
			return call.path(TARGET).get(this.names.get(1));
		}
		List<JsonNode> found = new ArrayList<>();
		for (int i = 1; i < this.names.size(); i++) {
			String name = String.join(".", this.names.subList(1, i + 1));
			requireBound(name, call);
			for (JsonNode argument : call.path(ARGUMENTS)) {
				if (argument.path("name").asString().equals(name)) {
					collectInArgument(argument, !call.path(TARGET).has("tool"),
							this.names.subList(i + 1, this.names.size()), found);
				}
			}
		}
		return single(found);
	}

	private static void requireBound(String name, JsonNode call) {
		if (call.path("notBound").valueStream().anyMatch((other) -> other.asString().equals(name))) {
			throw new EvaluationException("is not bound, so its value is not known");
		}
	}

	private static void collectInArgument(JsonNode argument, boolean typed, List<String> names, List<JsonNode> found) {
		JsonNode value = argument.get("value");
		if (value == null) {
			throw new EvaluationException(
					argument.has("masked") ? "is masked, so its value is not known" : "was too large to be sent");
		}
		collectBound(value, typed, names, found);
	}

	/**
	 * The application may have written the class before a value:
	 * <code>{"@type": "…", "@value": …}</code>. What a model sends to a tool is as it is.
	 */
	private static void collectBound(JsonNode value, boolean typed, List<String> names, List<JsonNode> found) {
		boolean ofItself = !typed || (!names.isEmpty() && names.get(0).startsWith("@"));
		JsonNode bound = plain(value, !ofItself);
		if (!ofItself && bound.has(VALUE)) {
			throw new EvaluationException("has more beside its value");
		}
		if (names.isEmpty()) {
			found.add(bound);
			return;
		}
		if (!bound.isObject() && !bound.isNull()) {
			throw new EvaluationException("is looked for in a value that has no names");
		}
		for (int i = 1; i <= names.size(); i++) {
			JsonNode child = bound.get(String.join(".", names.subList(0, i)));
			if (child != null) {
				collectBound(child, typed, names.subList(i, names.size()), found);
			}
		}
	}

	private static @Nullable JsonNode single(List<JsonNode> found) {
		if (found.size() > 1) {
			throw new EvaluationException("stands twice, nested and with dots in its name");
		}
		return found.isEmpty() ? null : found.get(0);
	}

	private static void collect(JsonNode node, List<String> names, List<JsonNode> found) {
		for (int i = 1; i <= names.size(); i++) {
			JsonNode child = node.get(String.join(".", names.subList(0, i)));
			if (child != null && i == names.size()) {
				found.add(child);
			}
			else if (child != null) {
				collect(child, names.subList(i, names.size()), found);
			}
		}
	}

	@Override
	public String toString() {
		return this.text;
	}

	private enum Root {

		ACTION("action", false), RESOURCE("resource", false), AGENT_ID("agentid", false), SCOPE("scope", true),
		CONTEXT("context", true), CALL("call", true);

		private final String name;

		private final boolean hasNames;

		Root(String name, boolean hasNames) {
			this.name = name;
			this.hasNames = hasNames;
		}

	}

}
