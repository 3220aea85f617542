package io.agentotp.spring.operation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads JSON trees: as copies, since others may change them between what is shown and
 * what is bound.
 */
final class JsonTrees {

	private static final int MAX_DEPTH = 200;

	private JsonTrees() {
	}

	/**
	 * Return the values of a tree.
	 * @throws UnwritableStateException if it has something that is no JSON
	 */
	static @Nullable Object values(JsonNode json) {
		return values(json, UnaryOperator.identity(), JsonTrees::number, 0);
	}

	/**
	 * Return the values of a tree with other names, and with numbers that tell 1.0 from
	 * 1, as those who read the tree can.
	 * @param names gives the name for a name in the tree
	 * @throws UnwritableStateException if it has something that is no JSON
	 */
	static @Nullable Object values(JsonNode json, UnaryOperator<String> names) {
		return values(json, names, JsonTrees::exactNumber, 0);
	}

	private static @Nullable Object values(JsonNode json, UnaryOperator<String> names,
			Function<JsonNode, Object> numbers, int depth) {
		if (depth > MAX_DEPTH) {
			throw new UnwritableStateException(json.getClass(), "it is nested more than " + MAX_DEPTH + " deep");
		}
		return switch (json.getNodeType()) {
			case OBJECT -> {
				Map<String, @Nullable Object> object = new TreeMap<>();
				json.forEachEntry(
						(name, value) -> object.put(names.apply(name), values(value, names, numbers, depth + 1)));
				if (object.containsKey(CanonicalJson.NUMBER)) {
					throw new UnwritableStateException(json.getClass(), CanonicalJson.RESERVED);
				}
				yield object;
			}
			case ARRAY -> {
				List<@Nullable Object> array = new ArrayList<>(json.size());
				json.forEach((element) -> array.add(values(element, names, numbers, depth + 1)));
				yield array;
			}
			case STRING -> json.stringValue();
			case NUMBER -> numbers.apply(json);
			case BOOLEAN -> json.booleanValue();
			case NULL -> null;
			default -> throw new UnwritableStateException(json.getClass(), "it is no JSON");
		};
	}

	private static Object exactNumber(JsonNode json) {
		Object number = number(json);
		boolean isWhole = json.isFloatingPointNumber() && json.decimalValue().stripTrailingZeros().scale() <= 0;
		return isWhole ? Map.of("@type", "decimal", "@value", number) : number;
	}

	private static Object number(JsonNode json) {
		Number number = json.numberValue();
		boolean isBinary = number instanceof Double || number instanceof Float;
		if (isBinary && number.doubleValue() == 0 && 1 / number.doubleValue() < 0) {
			throw new UnwritableStateException(json.getClass(), "it is minus zero");
		}
		Object exact = WireNumbers.exact(isBinary ? WireNumbers.shortest(number) : number);
		if (exact instanceof String) {
			throw new UnwritableStateException(json.getClass(), "it has more digits than can be shown");
		}
		return exact;
	}

}
