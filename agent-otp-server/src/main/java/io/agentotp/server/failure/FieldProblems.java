package io.agentotp.server.failure;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What is wrong with input, by field: the first few problems and how many more there are.
 * An answer must not be larger than what was sent.
 */
public final class FieldProblems {

	private static final int SHOWN = 10;

	private static final int MAX_FIELD = 200;

	private final Map<String, String> shown = new LinkedHashMap<>();

	private int others;

	/**
	 * Adds a problem, unless the field has one.
	 * @param field the field
	 * @param problem what is wrong with it
	 */
	public void add(String field, String problem) {
		String name = shorten(field);
		if (this.shown.containsKey(name)) {
			return;
		}
		if (this.shown.size() < SHOWN) {
			this.shown.put(name, problem);
		}
		else {
			this.others++;
		}
	}

	public boolean isEmpty() {
		return this.shown.isEmpty();
	}

	Map<String, String> shown() {
		return Collections.unmodifiableMap(this.shown);
	}

	String text() {
		return this.shown.entrySet()
			.stream()
			.map((field) -> field.getKey() + " " + field.getValue())
			.collect(Collectors.joining("; ", "The request is not valid: ",
					(this.others > 0) ? "; and " + this.others + " more" : ""));
	}

	private static String shorten(String field) {
		if (field.length() <= MAX_FIELD) {
			return field;
		}
		// Not within a character.
		int end = Character.isHighSurrogate(field.charAt(MAX_FIELD - 1)) ? MAX_FIELD - 1 : MAX_FIELD;
		return field.substring(0, end) + "…";
	}

}
