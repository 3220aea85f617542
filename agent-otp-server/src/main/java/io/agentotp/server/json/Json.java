package io.agentotp.server.json;

import java.util.Map;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The service's own JSON mapper: numbers keep their digits, a name stands once, nothing
 * follows the value, nesting is bounded.
 */
public final class Json {

	/**
	 * The deepest nesting that is read.
	 */
	public static final int MAX_DEPTH = 32;

	private static final JsonMapper MAPPER = JsonMapper
		.builder(JsonFactory.builder()
			.streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
			.enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
			.build())
		.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
		.build();

	private Json() {
	}

	public static JsonMapper mapper() {
		return MAPPER;
	}

	public static ObjectNode object() {
		return MAPPER.createObjectNode();
	}

	public static JsonNode read(byte[] json) {
		return MAPPER.readTree(json);
	}

	/**
	 * Reads what this class wrote.
	 * @param json the text of an object
	 * @return the object
	 */
	public static ObjectNode readObject(String json) {
		return (ObjectNode) MAPPER.readTree(json);
	}

	public static JsonNode toTree(Object value) {
		return MAPPER.valueToTree(value);
	}

	public static ObjectNode toObject(Map<String, ?> values) {
		return MAPPER.valueToTree(values);
	}

	public static String write(Object value) {
		return MAPPER.writeValueAsString(value);
	}

	public static String writePretty(Object value) {
		return MAPPER.writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value);
	}

}
