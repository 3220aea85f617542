package io.agentotp.server.web;

import com.fasterxml.jackson.annotation.JsonValue;
import tools.jackson.databind.node.ObjectNode;

/**
 * An answer. It may hold a token, so it does not print what it holds: Spring MVC logs
 * answers.
 */
public final class JsonAnswer {

	private final ObjectNode json;

	public JsonAnswer(ObjectNode json) {
		this.json = json;
	}

	/**
	 * What is written.
	 * @return the answer
	 */
	@JsonValue
	public ObjectNode json() {
		return this.json;
	}

	@Override
	public String toString() {
		return "JsonAnswer[]";
	}

}
