package io.agentotp.server.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.server.failure.InvalidInputException;
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
 * {@link #check()} refuses the request with all of them.
 */
final class RequestJson {

	private static final int MAX_PROBLEMS = 50;

	private static final int MAX_FIELD = 300;

	private final ObjectNode body;

	private final String hash;

	private final Map<String, String> problems = new LinkedHashMap<>();

	private RequestJson(ObjectNode body, String hash) {
		this.body = body;
		this.hash = hash;
		JsonText.problems("", body, this::problem);
	}

	static RequestJson parse(byte[] bytes) {
		String hash = Secrets.sha256(bytes);
		if (bytes.length == 0) {
			return new RequestJson(Json.object(), hash);
		}
		try {
			if (Json.read(bytes) instanceof ObjectNode object) {
				return new RequestJson(object, hash);
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
			throw new InvalidInputException("body", "must be well-formed JSON in UTF-8, each name once" + place);
		}
	}

	/**
	 * The hash of what was sent.
	 * @return the hash
	 */
	String hash() {
		return this.hash;
	}

	/**
	 * All fields. Their names and types are not checked yet.
	 * @return the body
	 */
	ObjectNode all() {
		return this.body;
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
		JsonNode value = this.body.get(field);
		return (value != null && !value.isNull()) ? value : null;
	}

	void problem(String field, String problem) {
		// An answer must not be larger than what was sent.
		if (this.problems.size() < MAX_PROBLEMS) {
			this.problems.putIfAbsent((field.length() > MAX_FIELD) ? field.substring(0, MAX_FIELD) + "…" : field,
					problem);
		}
	}

	void check() {
		if (!this.problems.isEmpty()) {
			throw new InvalidInputException(this.problems);
		}
	}

}
