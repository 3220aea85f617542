package io.agentotp.server.json;

import java.util.Map;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Finds text that no database, log or page could keep as it is, and names that are longer
 * than anybody reads.
 */
public final class JsonText {

	private static final int MAX_NAME = 255;

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
	 * @param problems gets the path and the message of the first problem
	 */
	public static void problems(String path, JsonNode node, BiConsumer<String, String> problems) {
		Found found = find(node);
		if (found != null) {
			String place = path + found.place;
			problems.accept(place.startsWith(".") ? place.substring(1) : place, found.problem);
		}
	}

	private static @Nullable String nameProblem(String name) {
		return (name.length() > MAX_NAME) ? "must have at most " + MAX_NAME + " characters" : problem(name);
	}

	// The path is made only when there is one to tell.
	private static @Nullable Found find(JsonNode node) {
		if (node.isString()) {
			String problem = problem(node.stringValue());
			return (problem != null) ? new Found("", problem) : null;
		}
		for (int i = 0; node.isArray() && i < node.size(); i++) {
			Found found = find(node.path(i));
			if (found != null) {
				return new Found("[" + i + "]" + found.place, found.problem);
			}
		}
		if (node.isObject()) {
			for (Map.Entry<String, JsonNode> entry : node.properties()) {
				String problem = nameProblem(entry.getKey());
				if (problem != null) {
					return new Found("", "has a name that " + problem);
				}
				Found found = find(entry.getValue());
				if (found != null) {
					return new Found("." + entry.getKey() + found.place, found.problem);
				}
			}
		}
		return null;
	}

	private record Found(String place, String problem) {
	}

}
