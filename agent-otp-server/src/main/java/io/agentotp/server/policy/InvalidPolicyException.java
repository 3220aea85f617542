package io.agentotp.server.policy;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A policy that cannot be used.
 */
public class InvalidPolicyException extends RuntimeException {

	private final transient Map<String, String> problems;

	InvalidPolicyException(Map<String, String> problems) {
		super(problems.entrySet()
			.stream()
			.map((problem) -> problem.getKey() + " " + problem.getValue())
			.collect(Collectors.joining("; ")), null, false, false);
		this.problems = Collections.unmodifiableMap(new LinkedHashMap<>(problems));
	}

	InvalidPolicyException(String field, String problem) {
		this(Map.of(field, problem));
	}

	/**
	 * What is wrong, by field.
	 * @return the problems
	 */
	public Map<String, String> problems() {
		return this.problems;
	}

	InvalidPolicyException under(String path) {
		Map<String, String> moved = new LinkedHashMap<>();
		this.problems.forEach((field, problem) -> moved.put(path + "." + field, problem));
		return new InvalidPolicyException(moved);
	}

	public String text() {
		return String.valueOf(getMessage());
	}

}
