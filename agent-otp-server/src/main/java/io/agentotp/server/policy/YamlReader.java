package io.agentotp.server.policy;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;

import io.agentotp.server.json.Json;
import io.agentotp.server.json.JsonNumbers;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * Reads YAML as the JSON that it stands for. No alias is followed, and only what is
 * JSON's is a number or a truth value: {@code no} is text and so is {@code 12:30}.
 */
final class YamlReader {

	private static final YAMLMapper MAPPER = new YAMLMapper(YAMLFactory.builder()
		.streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(Json.MAX_DEPTH).build())
		.build());

	private static final String TAG = "tag:yaml.org,2002:";

	private static final Set<String> CONTAINERS = Set.of("map", "seq");

	private static final Set<String> LITERALS = Set.of("int", "float", "bool", "null");

	private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

	private final YAMLParser parser;

	private YamlReader(String text) {
		this.parser = (YAMLParser) MAPPER.createParser(text);
	}

	/**
	 * Opens a document that is known to be well-formed and without aliases.
	 * @param bytes the document
	 * @return what reads it from its beginning
	 * @throws InvalidPolicyException if it is not one document of plain YAML
	 */
	static YamlReader open(byte[] bytes) {
		if (bytes.length > PolicyFile.MAX_BYTES) {
			throw new InvalidPolicyException("file", "must have at most " + PolicyFile.MAX_BYTES + " bytes");
		}
		String text = text(bytes);
		new YamlReader(text).check();
		return new YamlReader(text);
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

	private void check() {
		int depth = 0;
		boolean over = false;
		for (JsonToken token = next(); token != null; token = next()) {
			if (over) {
				throw new InvalidPolicyException("file", "is not one well-formed YAML document" + place());
			}
			if (this.parser.isCurrentAlias()) {
				throw new InvalidPolicyException("file", "must not use aliases (*name)" + place()
						+ ": a few of them can stand for more than fits into memory");
			}
			checkTag(token);
			depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
			over = depth == 0;
		}
		if (!over) {
			throw new InvalidPolicyException("file", "is empty");
		}
	}

	private void checkTag(JsonToken token) {
		String tag = this.parser.getTypeId();
		if (tag == null || token == JsonToken.PROPERTY_NAME || token.isStructEnd()) {
			return;
		}
		String name = tag.startsWith(TAG) ? tag.substring(TAG.length()) : tag;
		boolean known = token.isStructStart() ? CONTAINERS.contains(name)
				: name.equals("str") || (LITERALS.contains(name) && token != JsonToken.VALUE_STRING);
		if (!known) {
			throw new InvalidPolicyException("file", "has a value with a tag that is not JSON's" + place());
		}
	}

	/**
	 * Goes to the next token.
	 * @return the token, {@code null} at the end
	 * @throws InvalidPolicyException if there is none that can be read
	 */
	@Nullable JsonToken next() {
		try {
			return this.parser.nextToken();
		}
		catch (JacksonException ex) {
			throw malformed(ex);
		}
		catch (YamlEngineException | StackOverflowError ex) {
			throw new InvalidPolicyException("file", "is not one well-formed YAML document: " + ex.getMessage());
		}
	}

	// The parser's own message would repeat parts of the file.
	private static InvalidPolicyException malformed(JacksonException ex) {
		String message = ex.getOriginalMessage();
		if (message.startsWith("Expected a property name")) {
			return new InvalidPolicyException("file", "has a name that is not text" + place(ex.getLocation()));
		}
		String problem = (ex.getCause() instanceof MarkedYamlEngineException marked) ? ": " + marked.getProblem()
				: message.startsWith("Document nesting depth") ? ": " + message : "";
		return new InvalidPolicyException("file",
				"is not one well-formed YAML document" + place(ex.getLocation()) + problem);
	}

	String name() {
		return this.parser.getString();
	}

	int line() {
		return this.parser.currentTokenLocation().getLineNr();
	}

	/**
	 * Reads the value that begins with the present token.
	 * @return the JSON
	 * @throws InvalidPolicyException if a name stands twice in one place
	 */
	JsonNode value() {
		JsonToken token = this.parser.currentToken();
		if (token == JsonToken.START_OBJECT) {
			return object();
		}
		if (token == JsonToken.START_ARRAY) {
			ArrayNode array = Json.mapper().createArrayNode();
			while (next() != JsonToken.END_ARRAY) {
				array.add(value());
			}
			return array;
		}
		String text = this.parser.getString();
		return switch (token) {
			case VALUE_NULL -> NullNode.getInstance();
			case VALUE_TRUE, VALUE_FALSE -> BooleanNode.valueOf(token == JsonToken.VALUE_TRUE);
			case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(text);
			default -> StringNode.valueOf(text);
		};
	}

	private ObjectNode object() {
		ObjectNode object = Json.object();
		while (next() != JsonToken.END_OBJECT) {
			String name = name();
			if (object.has(name)) {
				throw twice(name);
			}
			next();
			object.set(name, value());
		}
		return object;
	}

	InvalidPolicyException twice(String name) {
		return new InvalidPolicyException("file", "has the name '" + name + "' twice in one place" + place());
	}

	private JsonNode number(String text) {
		if (!NUMBER.matcher(text).matches()) {
			return StringNode.valueOf(text);
		}
		if (JsonNumbers.problem(text) != null) {
			throw new InvalidPolicyException("file", "has a number that " + JsonNumbers.PROBLEM + place());
		}
		return Json.read(text);
	}

	private String place() {
		return place(this.parser.currentTokenLocation());
	}

	private static String place(@Nullable TokenStreamLocation place) {
		return (place != null) ? " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")" : "";
	}

}
