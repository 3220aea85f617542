package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

import io.agentotp.server.json.JsonText;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
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

	private static final Set<String> PARTS = Set.of("policies", "tests");

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
			return read(name, new YamlTree().read(bytes), parser);
		}
		catch (InvalidPolicyException ex) {
			throw new InvalidPolicyException(name, ex.text().replaceFirst("^file ", ""));
		}
	}

	private static PolicyFile read(String name, Node root, PolicyParser parser) {
		List<Policy> policies = new ArrayList<>();
		List<PolicyExample> examples = new ArrayList<>();
		if (root instanceof SequenceNode list) {
			readPolicies(name, list, parser, policies);
		}
		else if (root instanceof MappingNode parts) {
			for (NodeTuple part : parts.getValue()) {
				String key = (part.getKeyNode() instanceof ScalarNode scalar) ? scalar.getValue() : "";
				if (!PARTS.contains(key)) {
					throw new InvalidPolicyException("file", "has the part '" + key + "' (line "
							+ YamlTree.line(part.getKeyNode()) + "). Known are policies and tests");
				}
				if (!(part.getValueNode() instanceof SequenceNode list)) {
					throw new InvalidPolicyException("file", "needs a list under '" + key + "'");
				}
				if (key.equals("policies")) {
					readPolicies(name, list, parser, policies);
				}
				else {
					list.getValue().forEach((node) -> examples.add(readExample(node)));
				}
			}
		}
		else {
			throw new InvalidPolicyException("file",
					"must be a list of policies, or have the parts policies and tests");
		}
		return new PolicyFile(name, List.copyOf(policies), List.copyOf(examples));
	}

	private static void readPolicies(String file, SequenceNode list, PolicyParser parser, List<Policy> policies) {
		for (Node node : list.getValue()) {
			policies.add(located("policy", node,
					(json) -> parser.parse(null, PolicyOrigin.file(file), PolicyDraft.read(json))));
		}
	}

	private static PolicyExample readExample(Node node) {
		return located("test", node, PolicyExample::read);
	}

	private static <T> T located(String kind, Node node, Function<ObjectNode, T> reader) {
		String place = "has a " + kind + " (line " + YamlTree.line(node) + ") that cannot be used: ";
		if (!(YamlTree.toJson(node) instanceof ObjectNode json)) {
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
