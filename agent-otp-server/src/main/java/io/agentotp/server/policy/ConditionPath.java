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
		JsonNode bound = (value.has("@type") && value.has("@value") && !ofItself) ? value.path("@value") : value;
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
