package io.agentotp.server.failure;

import java.util.Map;

/**
 * Input cannot be used. Its details say what is wrong, by field.
 */
public final class InvalidInputException extends RefusedException {

	public InvalidInputException(FieldProblems problems) {
		super(problems.text(), problems.shown());
	}

	public InvalidInputException(Map<String, String> fields) {
		this(problems(fields));
	}

	public InvalidInputException(String field, String message) {
		this(Map.of(field, message));
	}

	private static FieldProblems problems(Map<String, String> fields) {
		FieldProblems problems = new FieldProblems();
		fields.forEach(problems::add);
		return problems;
	}

}
