package io.agentotp.server.policy;

import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

import io.agentotp.server.json.Json;
import io.agentotp.server.json.JsonNumbers;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BigIntegerNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.DecimalNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Reads YAML as the JSON that it stands for. No object is constructed, no alias followed,
 * and only what is JSON's is a number or a truth value: {@code no} is text and so is
 * {@code 12:30}.
 */
final class YamlTree {

	private final LoaderOptions options = new LoaderOptions();

	YamlTree() {
		this.options.setCodePointLimit(PolicyFile.MAX_BYTES);
		this.options.setNestingDepthLimit(Json.MAX_DEPTH);
		this.options.setAllowRecursiveKeys(false);
		this.options.setMaxAliasesForCollections(0);
	}

	/**
	 * Reads a document.
	 * @param bytes the document
	 * @return its root
	 * @throws InvalidPolicyException if it is not one document of plain YAML
	 */
	Node read(byte[] bytes) {
		if (bytes.length > PolicyFile.MAX_BYTES) {
			throw new InvalidPolicyException("file", "must have at most " + PolicyFile.MAX_BYTES + " bytes");
		}
		String text = text(bytes);
		try {
			refuseAliases(text);
			Node root = yaml().compose(new StringReader(text));
			if (root == null) {
				throw new InvalidPolicyException("file", "is empty");
			}
			return root;
		}
		catch (MarkedYAMLException ex) {
			// The parser's own message would repeat parts of the file.
			throw new InvalidPolicyException("file",
					"is not one well-formed YAML document" + place(ex.getProblemMark()) + ": " + ex.getProblem());
		}
		catch (YAMLException | StackOverflowError ex) {
			throw new InvalidPolicyException("file", "is not one well-formed YAML document: " + ex.getMessage());
		}
	}

	private static String text(byte[] bytes) {
		try {
			String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
			return text.startsWith("\ufeff") ? text.substring(1) : text;
		}
		catch (CharacterCodingException ex) {
			throw new InvalidPolicyException("file", "must be UTF-8");
		}
	}

	private void refuseAliases(String text) {
		for (Event event : yaml().parse(new StringReader(text))) {
			if (event instanceof AliasEvent) {
				throw new InvalidPolicyException("file", "must not use aliases (*name)" + place(event.getStartMark())
						+ ": a few of them can stand for more than fits into memory");
			}
		}
	}

	private Yaml yaml() {
		DumperOptions dumper = new DumperOptions();
		return new Yaml(new SafeConstructor(this.options), new Representer(dumper), dumper, this.options,
				new JsonResolver());
	}

	/**
	 * The JSON that a node stands for.
	 * @param node the node
	 * @return the JSON
	 * @throws InvalidPolicyException if there is none
	 */
	static JsonNode toJson(Node node) {
		if (node instanceof MappingNode mapping) {
			return toObject(mapping);
		}
		if (node instanceof SequenceNode sequence) {
			ArrayNode array = Json.mapper().createArrayNode();
			sequence.getValue().forEach((element) -> array.add(toJson(element)));
			return array;
		}
		return toValue((ScalarNode) node);
	}

	private static ObjectNode toObject(MappingNode mapping) {
		ObjectNode object = Json.object();
		for (NodeTuple entry : mapping.getValue()) {
			if (!(entry.getKeyNode() instanceof ScalarNode key)) {
				throw new InvalidPolicyException("file", "has a name that is not text" + place(entry.getKeyNode()));
			}
			if (object.has(key.getValue())) {
				throw new InvalidPolicyException("file",
						"has the name '" + key.getValue() + "' twice in one place" + place(key));
			}
			object.set(key.getValue(), toJson(entry.getValueNode()));
		}
		return object;
	}

	private static JsonNode toValue(ScalarNode scalar) {
		String text = scalar.getValue();
		Tag tag = scalar.getTag();
		if (Tag.STR.equals(tag)) {
			return StringNode.valueOf(text);
		}
		if (Tag.NULL.equals(tag)) {
			return NullNode.getInstance();
		}
		if (Tag.BOOL.equals(tag) && JsonResolver.BOOLEAN.matcher(text).matches()) {
			return BooleanNode.valueOf(Boolean.parseBoolean(text));
		}
		boolean number = Tag.INT.equals(tag) || Tag.FLOAT.equals(tag);
		if (number && JsonNumbers.problem(text) != null) {
			throw new InvalidPolicyException("file", "has a number that " + JsonNumbers.PROBLEM + place(scalar));
		}
		if (Tag.INT.equals(tag) && JsonResolver.WHOLE.matcher(text).matches()) {
			BigInteger whole = new BigInteger(text);
			return (whole.bitLength() < Integer.SIZE) ? Json.mapper().getNodeFactory().numberNode(whole.intValue())
					: BigIntegerNode.valueOf(whole);
		}
		if (Tag.FLOAT.equals(tag) && JsonResolver.DECIMAL.matcher(text).matches()) {
			return DecimalNode.valueOf(new BigDecimal(text));
		}
		throw new InvalidPolicyException("file", "has a value with a tag that is not JSON's" + place(scalar));
	}

	static int line(Node node) {
		return node.getStartMark().getLine() + 1;
	}

	private static String place(Node node) {
		return place(node.getStartMark());
	}

	private static String place(@Nullable Mark mark) {
		return (mark != null) ? " (line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1) + ")" : "";
	}

	private static final class JsonResolver extends Resolver {

		private static final Pattern BOOLEAN = Pattern.compile("true|false");

		private static final Pattern WHOLE = Pattern.compile("-?(0|[1-9][0-9]{0,99})");

		private static final Pattern DECIMAL = Pattern
			.compile("-?(0|[1-9][0-9]{0,99})(\\.[0-9]{1,99})?([eE][+-]?[0-9]{1,3})?");

		private static final Pattern NULL = Pattern.compile("null|~|");

		@Override
		protected void addImplicitResolvers() {
			addImplicitResolver(Tag.BOOL, BOOLEAN, "tf");
			addImplicitResolver(Tag.INT, WHOLE, "-0123456789");
			addImplicitResolver(Tag.FLOAT, DECIMAL, "-0123456789");
			addImplicitResolver(Tag.NULL, NULL, "~n\0");
			addImplicitResolver(Tag.NULL, Pattern.compile(""), null);
		}

	}

}
