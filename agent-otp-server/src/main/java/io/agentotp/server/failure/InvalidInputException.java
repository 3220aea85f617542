package io.agentotp.server.failure;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Input cannot be used. Its details say what is wrong, by field.
 */
public final class InvalidInputException extends RefusedException {

	public InvalidInputException(Map<String, String> fields) {
		super("The request is not valid: " + String.join("; ",
				fields.entrySet().stream().map((field) -> field.getKey() + " " + field.getValue()).toList()),
				Collections.unmodifiableMap(new LinkedHashMap<>(fields)));
	}

	public InvalidInputException(String field, String message) {
		this(Map.of(field, message));
	}

}
