package io.agentotp.server.api;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.agentotp.server.failure.FieldProblems;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.UnknownName;
import io.agentotp.server.json.Json;
import io.agentotp.server.json.JsonNumbers;
import io.agentotp.server.json.JsonText;
import io.agentotp.server.json.NumberLimitException;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The body of a request. Reading a field that is not as it must be notes the problem;
 * {@link #check()} refuses the request with all of them, and that of a person also with
 * fields that nobody has read. Unknown fields of agents are ignored, as the protocol
 * says.
 */
final class RequestJson {

	private final ObjectNode body;

	private final String hash;

	private final boolean strict;

	private final FieldProblems problems = new FieldProblems();

	// Those that have been read or looked for.
	private final Set<String> known = new LinkedHashSet<>();

	private RequestJson(ObjectNode body, String hash, boolean strict) {
		this.body = body;
		this.hash = hash;
		this.strict = strict;
		JsonText.problems("", body, this::problem);
	}

	/**
	 * Reads a body.
	 * @param bytes the body
	 * @param strict whether fields that nobody reads are refused
	 * @return the body
	 */
	static RequestJson parse(byte[] bytes, boolean strict) {
		String hash = Secrets.sha256(bytes);
		if (bytes.length == 0) {
			return new RequestJson(Json.object(), hash, strict);
		}
		for (byte b : bytes) {
			// The parser would guess UTF-16 and UTF-32, too, in which an object has such
			// bytes.
			if (b == 0) {
				throw malformed("");
			}
		}
		try {
			if (Json.read(bytes) instanceof ObjectNode object) {
				return new RequestJson(object, hash, strict);
			}
			throw new InvalidInputException("body", "must be a JSON object");
		}
		catch (NumberLimitException ex) {
			throw new InvalidInputException(ex.path().isEmpty() ? "body" : ex.path(), JsonNumbers.PROBLEM);
		}
		catch (StreamConstraintsException ex) {
			throw new InvalidInputException("body", "must be nested at most " + Json.MAX_DEPTH + " levels deep");
		}
		catch (JacksonException ex) {
			// The parser's own message would repeat parts of the body.
			TokenStreamLocation location = ex.getLocation();
			String place = (location != null)
					? " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")" : "";
			throw malformed(place);
		}
	}

	private static InvalidInputException malformed(String place) {
		return new InvalidInputException("body", "must be well-formed JSON in UTF-8, each name once" + place);
	}

	/**
	 * The hash of what was sent.
	 * @return the hash
	 */
	String hash() {
		return this.hash;
	}

	/**
	 * All fields, whose names and types the caller checks.
	 * @return the body
	 */
	ObjectNode all() {
		this.known.addAll(this.body.propertyNames());
		return this.body;
	}

	/**
	 * Whether a field is sent, if only as {@code null}.
	 * @param field the field
	 * @return {@code true} if it is
	 */
	boolean has(String field) {
		this.known.add(field);
		return this.body.has(field);
	}

	@Nullable String text(String field, int min, int max) {
		JsonNode value = value(field);
		if (value == null) {
			return null;
		}
		if (!value.isString()) {
			problem(field, "must be text");
			return null;
		}
		String text = value.stringValue();
		int length = text.codePointCount(0, text.length());
		if (text.length() > max || length < min || (min > 0 && text.isBlank())) {
			problem(field, (min > 0) ? "must have " + min + " to " + max + " characters and not be blank"
					: "must have at most " + max + " characters");
		}
		return text;
	}

	String requiredText(String field, int min, int max) {
		if (value(field) == null) {
			problem(field, "is required");
		}
		String text = text(field, min, max);
		return (text != null) ? text : "";
	}

	boolean flag(String field, boolean fallback) {
		return (value(field) != null) ? requiredBoolean(field) : fallback;
	}

	int integer(String field, int min, int max, int fallback) {
		JsonNode value = value(field);
		if (value == null) {
			return fallback;
		}
		if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < min || value.intValue() > max) {
			problem(field, "must be a whole number from " + min + " to " + max);
			return fallback;
		}
		return value.intValue();
	}

	boolean requiredBoolean(String field) {
		JsonNode value = value(field);
		if (value == null) {
			problem(field, "is required");
			return false;
		}
		if (!value.isBoolean()) {
			problem(field, "must be true or false");
			return false;
		}
		return value.booleanValue();
	}

	@Nullable ObjectNode object(String field) {
		JsonNode value = value(field);
		if (value == null) {
			return null;
		}
		if (value instanceof ObjectNode object) {
			return object;
		}
		problem(field, "must be a JSON object");
		return null;
	}

	ObjectNode objectOrEmpty(String field) {
		ObjectNode object = object(field);
		return (object != null) ? object : Json.object();
	}

	List<String> ids(int min, int max) {
		JsonNode value = value("ids");
		if (value == null || !value.isArray() || value.size() < min || value.size() > max
				|| !value.values().stream().allMatch(JsonNode::isString)) {
			problem("ids", "must be a list of " + ((min > 0) ? min + " to " : "at most ") + max + " ids");
			return List.of();
		}
		return value.values().stream().map(JsonNode::stringValue).toList();
	}

	@Nullable JsonNode value(String field) {
		this.known.add(field);
		JsonNode value = this.body.get(field);
		return (value != null && !value.isNull()) ? value : null;
	}

	void problem(String field, String problem) {
		this.problems.add(field, problem);
	}

	/**
	 * Refuses the request if there are problems. Runs after all fields have been read.
	 */
	void check() {
		if (this.strict) {
			// A misspelt limit would limit nothing.
			this.body.propertyNames()
				.stream()
				.filter((name) -> !this.known.contains(name))
				.forEach((name) -> problem(name, UnknownName.problem("a field of this request", name, this.known)));
		}
		if (!this.problems.isEmpty()) {
			throw new InvalidInputException(this.problems);
		}
	}

}
