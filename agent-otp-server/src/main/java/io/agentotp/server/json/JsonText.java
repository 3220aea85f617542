package io.agentotp.server.json;

import java.util.Map;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Finds text that no database, log or page could keep as it is.
 */
public final class JsonText {

	private JsonText() {
	}

	/**
	 * Looks at one text.
	 * @param text the text
	 * @return what is wrong, or {@code null}
	 */
	public static @Nullable String problem(String text) {
		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);
			if (c == 0) {
				return "must not contain the NUL character";
			}
			if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
				i++;
			}
			else if (Character.isSurrogate(c)) {
				return "must not contain half a surrogate pair";
			}
		}
		return null;
	}

	/**
	 * Looks at all names and texts of a tree.
	 * @param path the name of the tree
	 * @param node the tree
	 * @param problems gets the path and the message of each problem
	 */
	public static void problems(String path, JsonNode node, BiConsumer<String, String> problems) {
		if (node.isString()) {
			String problem = problem(node.stringValue());
			if (problem != null) {
				problems.accept(path, problem);
			}
		}
		else if (node.isArray()) {
			for (int i = 0; i < node.size(); i++) {
				problems(path + "[" + i + "]", node.path(i), problems);
			}
		}
		else if (node.isObject()) {
			for (Map.Entry<String, JsonNode> entry : node.properties()) {
				String problem = problem(entry.getKey());
				if (problem != null) {
					problems.accept(path, "has a name that " + problem);
				}
				else {
					problems(path.isEmpty() ? entry.getKey() : path + "." + entry.getKey(), entry.getValue(), problems);
				}
			}
		}
	}

}
