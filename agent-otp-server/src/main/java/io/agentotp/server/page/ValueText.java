package io.agentotp.server.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import io.agentotp.server.json.Json;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Writes a value as a page shows it. Line ends of the layout are not marked, those of the
 * value are.
 */
final class ValueText {

	private static final String TYPE = "@type";

	private static final String VALUE = "@value";

	// The name of the bean that says which form of the value is bound.
	private static final String FORM = "@form";

	// What is no name of a type stays a field: it could look like anything.
	private static final Pattern TYPE_NAME = Pattern
		.compile("[\\p{L}\\p{N}_$./]+(<[\\p{L}\\p{N}_$.,<>?\\[\\] ]+>)?(\\[\\])*");

	private final boolean types;

	private final List<Segment> segments = new ArrayList<>();

	private final StringBuilder plain = new StringBuilder();

	private ValueText(boolean types) {
		this.types = types;
	}

	/**
	 * Writes a value that is only JSON.
	 * @param value the value
	 * @return its pieces
	 */
	static List<Segment> of(JsonNode value) {
		return of(value, false);
	}

	/**
	 * Writes a value of a call, with the runtime types in it.
	 * @param value the value
	 * @return its pieces
	 */
	static List<Segment> ofCall(JsonNode value) {
		return of(value, true);
	}

	// A text stands in quotes, so that it is not taken for a number.
	private static List<Segment> of(JsonNode value, boolean types) {
		if (value.isString()) {
			return VisibleText.of('"' + value.stringValue() + '"');
		}
		ValueText text = new ValueText(types);
		text.write(value, "\n");
		text.flush();
		return List.copyOf(text.segments);
	}

	private void write(JsonNode value, String line) {
		if (value.isObject()) {
			writeObject(value, line);
		}
		else if (value.isArray()) {
			writeArray(value, line);
		}
		else {
			json(value);
		}
	}

	private void writeObject(JsonNode object, String line) {
		String type = this.types ? type(object) : null;
		if (type != null) {
			flush();
			VisibleText.of(type).forEach((segment) -> this.segments.add(segment.asType()));
			boolean form = object.size() == 3 && object.path(FORM).isString();
			if (object.has(VALUE) && (form || object.size() == 2)) {
				if (form) {
					layout(" as ");
					json(object.path(FORM));
					layout(" ");
				}
				// Otherwise a map would look like an object with fields.
				layout("(");
				write(object.path(VALUE), line);
				layout(")");
				return;
			}
			layout(" ");
		}
		List<Map.Entry<String, JsonNode>> fields = object.properties()
			.stream()
			.filter((field) -> type == null || !field.getKey().equals(TYPE))
			.toList();
		if (fields.isEmpty()) {
			layout("{ }");
			return;
		}
		layout("{");
		for (int i = 0; i < fields.size(); i++) {
			layout(((i > 0) ? "," : "") + line + "  ");
			json(fields.get(i).getKey());
			layout(": ");
			write(fields.get(i).getValue(), line + "  ");
		}
		layout(line + "}");
	}

	private static @Nullable String type(JsonNode object) {
		JsonNode type = object.path(TYPE);
		return isTypeName(type) ? type.stringValue() : null;
	}

	private static boolean isTypeName(JsonNode type) {
		return type.isString() && TYPE_NAME.matcher(type.stringValue()).matches();
	}

	/**
	 * Return whether a field is the class that the application has written before the
	 * others.
	 */
	static boolean isType(Map.Entry<String, JsonNode> field) {
		return field.getKey().equals(TYPE) && isTypeName(field.getValue());
	}

	/**
	 * Return whether more stands beside the fields of an object than the name of its
	 * class.
	 */
	static boolean isOdd(JsonNode object) {
		return object.has(VALUE) || object.has(FORM) || (object.has(TYPE) && !isTypeName(object.path(TYPE)));
	}

	private void writeArray(JsonNode array, String line) {
		if (array.isEmpty()) {
			layout("[ ]");
			return;
		}
		boolean nested = array.valueStream().anyMatch(JsonNode::isContainer);
		layout("[");
		for (int i = 0; i < array.size(); i++) {
			layout(((i > 0) ? "," : "") + (nested ? line + "  " : " "));
			write(array.path(i), nested ? line + "  " : line);
		}
		layout(nested ? line + "]" : " ]");
	}

	private void json(Object value) {
		VisibleText.of(Json.write(value)).forEach((segment) -> {
			if (segment.special()) {
				flush();
				this.segments.add(segment);
			}
			else {
				layout(segment.text());
			}
		});
	}

	private void layout(String text) {
		this.plain.append(text);
	}

	// Few long pieces: a page takes its time for each.
	private void flush() {
		if (!this.plain.isEmpty()) {
			this.segments.add(Segment.plain(this.plain.toString()));
			this.plain.setLength(0);
		}
	}

}
