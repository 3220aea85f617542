package io.agentotp.spring.tool.langchain4j;

import java.util.LinkedHashMap;
import java.util.Map;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import io.agentotp.spring.tool.HiddenParameters;
import org.jspecify.annotations.Nullable;

/**
 * Takes what the model must not see out of the specifications of tools.
 */
final class Specifications {

	private Specifications() {
	}

	/**
	 * Return the schema of the arguments, or {@code null} if there is none.
	 */
	static @Nullable Map<String, Object> schema(@Nullable JsonObjectSchema parameters) {
		return (parameters != null) ? JsonSchemaElementUtils.toMap(parameters) : null;
	}

	static ToolSpecification without(HiddenParameters hidden, ToolSpecification specification) {
		JsonObjectSchema schema = specification.parameters();
		if (hidden.isEmpty() || schema == null) {
			return specification;
		}
		Map<String, JsonSchemaElement> properties = new LinkedHashMap<>(schema.properties());
		properties.keySet().removeIf(hidden::contains);
		// As LangChain4j describes a tool without parameters.
		return specification.toBuilder()
			.parameters(properties.isEmpty() ? null
					: JsonObjectSchema.builder()
						.description(schema.description())
						.addProperties(properties)
						.required(schema.required().stream().filter((name) -> !hidden.contains(name)).toList())
						.additionalProperties(schema.additionalProperties())
						.definitions(schema.definitions())
						.build())
			.build();
	}

}
