package io.agentotp.server.json;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonFactoryBuilder;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The service's own JSON mappers: numbers keep their digits, nothing follows the value.
 * What others send is read within narrower limits than what the service wrote itself, so
 * that whatever was taken can be read again, also inside of more.
 */
public final class Json {

	/**
	 * The deepest nesting that is read.
	 */
	public static final int MAX_DEPTH = 32;

	// Rows and exports put what was taken into a few more objects.
	private static final int MAX_STORED_DEPTH = 3 * MAX_DEPTH;

	private static final JsonMapper MAPPER = mapper(JsonFactory.builder(), MAX_STORED_DEPTH);

	// The length of a number is looked at where its place is known.
	private static final ObjectReader RECEIVED = reader(
			mapper(JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION), MAX_DEPTH));

	private static final ObjectReader STORED = reader(MAPPER);

	private Json() {
	}

	private static JsonMapper mapper(JsonFactoryBuilder factory, int depth) {
		StreamReadConstraints constraints = StreamReadConstraints.builder()
			.maxNestingDepth(depth)
			.maxNumberLength(Integer.MAX_VALUE)
			.maxNameLength(Integer.MAX_VALUE)
			.build();
		return JsonMapper.builder(factory.streamReadConstraints(constraints).build())
			.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
			.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
			.disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
			.build();
	}

	private static ObjectReader reader(JsonMapper mapper) {
		return mapper.readerFor(JsonNode.class);
	}

	/**
	 * The mapper of what the service writes. What others send is not read by it.
	 * @return the mapper
	 */
	public static JsonMapper mapper() {
		return MAPPER;
	}

	public static ObjectNode object() {
		return MAPPER.createObjectNode();
	}

	/**
	 * Reads what others send: each name once, depth and numbers within the limits of the
	 * protocol.
	 * @param json the text
	 * @return what it stands for
	 * @throws NumberLimitException if a number is not within the limits
	 * @throws JacksonException if the text cannot be read
	 */
	public static JsonNode read(byte[] json) {
		return read(RECEIVED, json, (number) -> JsonNumbers.problem(number) == null);
	}

	public static JsonNode read(String json) {
		return read(json.getBytes(StandardCharsets.UTF_8));
	}

	private static JsonNode read(ObjectReader reader, byte[] json, Predicate<String> numbers) {
		try (JsonParser parser = new NumberLimits(reader.createParser(json), numbers)) {
			JsonNode node = reader.readTree(parser);
			return (node != null) ? node : MAPPER.missingNode();
		}
	}

	/**
	 * Reads what this class wrote.
	 * @param json the text of an object
	 * @return the object
	 */
	public static ObjectNode readObject(String json) {
		return (ObjectNode) MAPPER.readTree(json);
	}

	/**
	 * Reads an object of a row, which somebody may have changed.
	 * @param json the text
	 * @return the object, or {@code null} if the text cannot be read as one
	 */
	public static @Nullable ObjectNode readObjectOrNull(@Nullable String json) {
		try {
			return (json != null && read(STORED, json.getBytes(StandardCharsets.UTF_8),
					JsonNumbers::isReadable) instanceof ObjectNode object) ? object : null;
		}
		catch (JacksonException ex) {
			return null;
		}
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

	/**
	 * Writes a value with the fields of objects in the order of their names.
	 * @param value the value
	 * @return the text, the same for equal values
	 */
	public static String writeSorted(JsonNode value) {
		return MAPPER.writer().with(JsonNodeFeature.WRITE_PROPERTIES_SORTED).writeValueAsString(value);
	}

	public static String writePretty(Object value) {
		return MAPPER.writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value);
	}

}
