package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;

import io.agentotp.server.failure.UnknownName;
import io.agentotp.server.json.JsonText;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.node.ObjectNode;

/**
 * A file of policies, of what is said of actions, of examples of what must be decided, or
 * of all of them. Either all of it can be used or nothing.
 *
 * @param name the name of the file
 * @param policies its policies
 * @param actions what it says of actions
 * @param examples its examples
 */
public record PolicyFile(String name, List<Policy> policies, List<ActionEntry> actions, List<PolicyExample> examples) {

	/**
	 * The largest file that is read.
	 */
	public static final int MAX_BYTES = 1024 * 1024;

	/**
	 * Reads a file.
	 * @param name its name
	 * @param bytes its content
	 * @param trustContext whether a policy may approve on what the agent says
	 * @return what is in it
	 * @throws InvalidPolicyException if it cannot be used as it is
	 */
	public static PolicyFile read(String name, byte[] bytes, boolean trustContext) {
		return read(name, bytes, new PolicyParser(trustContext));
	}

	static PolicyFile read(String name, byte[] bytes, PolicyParser parser) {
		return read(name, bytes, parser, new PatternTotal());
	}

	static PolicyFile read(String name, byte[] bytes, PolicyParser parser, PatternTotal patterns) {
		try {
			return read(name, YamlReader.open(bytes), parser, patterns);
		}
		catch (InvalidPolicyException ex) {
			throw new InvalidPolicyException(name, ex.text().replaceFirst("^file ", ""));
		}
	}

	private static PolicyFile read(String name, YamlReader yaml, PolicyParser parser, PatternTotal patterns) {
		List<Policy> policies = new ArrayList<>();
		List<ActionEntry> actions = new ArrayList<>();
		List<PolicyExample> examples = new ArrayList<>();
		Consumer<YamlReader> policy = (element) -> policies.add(located("a policy", element,
				(json) -> patterns.add(parser.parse(null, PolicyOrigin.file(name), PolicyDraft.readOfFile(json)))));
		Consumer<YamlReader> action = (element) -> actions.add(located("an action", element,
				(json) -> patterns.add(ActionEntry.read(null, PolicyOrigin.file(name), json))));
		Consumer<YamlReader> example = (element) -> examples.add(located("a test", element, PolicyExample::read));
		JsonToken root = yaml.next();
		if (root == JsonToken.START_ARRAY) {
			readList(yaml, policy);
		}
		else if (root == JsonToken.START_OBJECT) {
			readParts(yaml, Map.of("policies", policy, "actions", action, "tests", example));
		}
		else {
			throw new InvalidPolicyException("file",
					"must be a list of policies, or have the parts policies, actions and tests");
		}
		return new PolicyFile(name, List.copyOf(policies), List.copyOf(actions), List.copyOf(examples));
	}

	private static void readParts(YamlReader yaml, Map<String, Consumer<YamlReader>> parts) {
		Set<String> seen = new HashSet<>();
		while (yaml.next() != JsonToken.END_OBJECT) {
			String key = yaml.name();
			Consumer<YamlReader> part = parts.get(key);
			if (part == null) {
				throw new InvalidPolicyException("file", "has the part '" + key + "' (line " + yaml.line() + "), which "
						+ UnknownName.problem("a part of it", key, new TreeSet<>(parts.keySet())));
			}
			if (!seen.add(key)) {
				throw yaml.twice(key);
			}
			if (yaml.next() != JsonToken.START_ARRAY) {
				throw new InvalidPolicyException("file", "needs a list under '" + key + "'");
			}
			readList(yaml, part);
		}
	}

	private static void readList(YamlReader yaml, Consumer<YamlReader> element) {
		while (yaml.next() != JsonToken.END_ARRAY) {
			element.accept(yaml);
		}
	}

	private static <T> T located(String kind, YamlReader yaml, Function<ObjectNode, T> reader) {
		String place = "has " + kind + " (line " + yaml.line() + ") that cannot be used: ";
		if (!(yaml.value() instanceof ObjectNode json)) {
			throw new InvalidPolicyException("file", place + "it must have named fields");
		}
		JsonText.problems("", json, (path, problem) -> {
			throw new InvalidPolicyException("file", place + path + " " + problem);
		});
		try {
			return reader.apply(json);
		}
		catch (InvalidPolicyException ex) {
			throw new InvalidPolicyException("file", place + ex.text());
		}
	}

}
