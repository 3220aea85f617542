package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

import io.agentotp.server.json.JsonText;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.node.ObjectNode;

/**
 * A file of policies, of examples of what they must decide, or of both. Either all of it
 * can be used or nothing.
 *
 * @param name the name of the file
 * @param policies its policies
 * @param examples its examples
 */
public record PolicyFile(String name, List<Policy> policies, List<PolicyExample> examples) {

	/**
	 * The largest file that is read.
	 */
	public static final int MAX_BYTES = 1024 * 1024;

	/**
	 * Reads a file.
	 * @param name its name
	 * @param bytes its content
	 * @param trustContext whether a policy may approve on what the agent says
	 * @return the policies and examples
	 * @throws InvalidPolicyException if it cannot be used as it is
	 */
	public static PolicyFile read(String name, byte[] bytes, boolean trustContext) {
		return read(name, bytes, new PolicyParser(trustContext));
	}

	static PolicyFile read(String name, byte[] bytes, PolicyParser parser) {
		try {
			return read(name, YamlReader.open(bytes), parser);
		}
		catch (InvalidPolicyException ex) {
			throw new InvalidPolicyException(name, ex.text().replaceFirst("^file ", ""));
		}
	}

	private static PolicyFile read(String name, YamlReader yaml, PolicyParser parser) {
		List<Policy> policies = new ArrayList<>();
		List<PolicyExample> examples = new ArrayList<>();
		Consumer<YamlReader> policy = (element) -> policies.add(located("policy", element,
				(json) -> parser.parse(null, PolicyOrigin.file(name), PolicyDraft.read(json))));
		Consumer<YamlReader> example = (element) -> examples.add(located("test", element, PolicyExample::read));
		JsonToken root = yaml.next();
		if (root == JsonToken.START_ARRAY) {
			readList(yaml, policy);
		}
		else if (root == JsonToken.START_OBJECT) {
			readParts(yaml, Map.of("policies", policy, "tests", example));
		}
		else {
			throw new InvalidPolicyException("file",
					"must be a list of policies, or have the parts policies and tests");
		}
		return new PolicyFile(name, List.copyOf(policies), List.copyOf(examples));
	}

	private static void readParts(YamlReader yaml, Map<String, Consumer<YamlReader>> parts) {
		Set<String> seen = new HashSet<>();
		while (yaml.next() != JsonToken.END_OBJECT) {
			String key = yaml.name();
			Consumer<YamlReader> part = parts.get(key);
			if (part == null) {
				throw new InvalidPolicyException("file",
						"has the part '" + key + "' (line " + yaml.line() + "). Known are policies and tests");
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
		String place = "has a " + kind + " (line " + yaml.line() + ") that cannot be used: ";
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
