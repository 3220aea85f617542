package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.server.json.Json;
import tools.jackson.databind.node.ObjectNode;

/**
 * Undoes what Boot's binder does to a list where any value may stand: it arrives as a map
 * with the keys 0, 1, 2, …
 */
final class BoundValues {

	private BoundValues() {
	}

	static ObjectNode toTree(Map<String, ?> bound) {
		Map<String, Object> values = new LinkedHashMap<>();
		bound.forEach((key, value) -> values.put(key, restore(value)));
		return Json.toObject(values);
	}

	private static Object restore(Object value) {
		if (!(value instanceof Map<?, ?> map)) {
			return value;
		}
		List<Object> list = new ArrayList<>();
		Map<String, Object> restored = new LinkedHashMap<>();
		map.forEach((key, element) -> restored.put(String.valueOf(key), restore(element)));
		for (int i = 0; restored.containsKey(String.valueOf(i)); i++) {
			list.add(restored.get(String.valueOf(i)));
		}
		return (list.size() == restored.size() && !list.isEmpty()) ? list : restored;
	}

}
