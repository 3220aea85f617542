package io.agentotp.spring.tool;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The arguments of a tool in one form for all ways in which a model can write the same
 * values: names in order, numbers without what does not count. What is bound is what the
 * tool gets.
 */
final class ToolArguments {

	// What is read here is read again by the tool: a text that can be read in two ways
	// must not be approved in one and run in the other.
	private static final JsonMapper STRICT = JsonMapper.builder()
		.enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
		.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	/** A larger number stays in the notation with an exponent, which is short. */
	private static final int MAX_DIGITS = 40;

	private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

	private ToolArguments() {
	}

	/**
	 * Reads arguments.
	 * @return the arguments, or {@code null} if they are not one JSON object with unique
	 * names
	 */
	static @Nullable ObjectNode read(String arguments) {
		try {
			return (STRICT.readTree(arguments) instanceof ObjectNode object
					&& normal(object) instanceof ObjectNode read) ? read : null;
		}
		catch (JacksonException ex) {
			// Its message repeats what it has read.
			return null;
		}
	}

	/**
	 * Return arguments in the one form, or as they are if they cannot be read.
	 */
	static String normal(String arguments) {
		ObjectNode read = read(arguments);
		return (read != null) ? read.toString() : arguments;
	}

	/**
	 * Return what is equal for the same arguments and for no others.
	 */
	static Object subject(String arguments) {
		return List.of(normal(arguments));
	}

	static String write(Map<?, ?> arguments) {
		return STRICT.writeValueAsString(arguments);
	}

	static Map<String, Object> values(String arguments) {
		return JsonMapper.shared().readValue(arguments, new TypeReference<>() {
		});
	}

	private static JsonNode normal(JsonNode node) {
		return switch (node.getNodeType()) {
			case OBJECT -> {
				Map<String, JsonNode> values = new TreeMap<>();
				node.forEachEntry((name, value) -> values.put(name, normal(value)));
				ObjectNode object = JSON.objectNode();
				values.forEach(object::set);
				yield object;
			}
			case ARRAY -> {
				ArrayNode array = JSON.arrayNode();
				node.forEach((value) -> array.add(normal(value)));
				yield array;
			}
			case NUMBER -> node.isIntegralNumber() ? integer(node.bigIntegerValue()) : number(node.decimalValue());
			default -> node;
		};
	}

	private static JsonNode number(BigDecimal number) {
		BigDecimal stripped = number.stripTrailingZeros();
		return (stripped.scale() <= 0 && stripped.precision() - (long) stripped.scale() <= MAX_DIGITS)
				? integer(stripped.toBigIntegerExact()) : JSON.numberNode(stripped);
	}

	private static JsonNode integer(BigInteger number) {
		int bits = number.bitLength();
		return (bits < Integer.SIZE) ? JSON.numberNode(number.intValue())
				: (bits < Long.SIZE) ? JSON.numberNode(number.longValue()) : integerOrNumber(number);
	}

	private static JsonNode integerOrNumber(BigInteger number) {
		BigDecimal stripped = new BigDecimal(number).stripTrailingZeros();
		return (stripped.precision() - (long) stripped.scale() <= MAX_DIGITS) ? JSON.numberNode(number)
				: JSON.numberNode(stripped);
	}

}
