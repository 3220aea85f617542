package io.agentotp.spring.tool;

import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.agentotp.Permission;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The parameters of a tool's method that take the grant. A model must neither see nor
 * fill them.
 */
public final class HiddenParameters {

	private static final JsonMapper JSON = JsonMapper.builder()
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	private final Set<String> names;

	private HiddenParameters(Set<String> names) {
		this.names = names;
	}

	/**
	 * Finds the hidden parameters of a method, as frameworks name them.
	 * @param method the method, or {@code null} for none
	 * @return its hidden parameters
	 */
	public static HiddenParameters of(@Nullable Method method) {
		return of(method, Parameter::getName);
	}

	/**
	 * Finds the hidden parameters of a method.
	 * @param method the method, or {@code null} for none
	 * @param naming tells how the framework names a parameter
	 * @return its hidden parameters
	 */
	public static HiddenParameters of(@Nullable Method method, Function<Parameter, String> naming) {
		return new HiddenParameters((method == null) ? Set.of()
				: Arrays.stream(method.getParameters())
					.filter((parameter) -> parameter.getType() == Permission.class)
					.map(naming)
					.collect(Collectors.toUnmodifiableSet()));
	}

	/**
	 * Return whether there are none.
	 * @return whether nothing needs to be hidden
	 */
	public boolean isEmpty() {
		return this.names.isEmpty();
	}

	/**
	 * Return whether a parameter is hidden.
	 * @param name the name of the parameter
	 * @return whether the model must not see it
	 */
	public boolean contains(String name) {
		return this.names.contains(name);
	}

	/**
	 * Takes the parameters out of a JSON schema.
	 * @param schema the schema of the arguments
	 * @return the schema without them
	 * @throws IllegalArgumentException if the schema is no JSON object
	 */
	public String withoutInSchema(String schema) {
		if (isEmpty()) {
			return schema;
		}
		ObjectNode root = object(schema);
		if (root.get("properties") instanceof ObjectNode properties) {
			properties.remove(this.names);
		}
		if (root.get("required") instanceof ArrayNode required) {
			Set<String> hidden = new HashSet<>(this.names);
			required.removeIf((name) -> hidden.contains(name.asString()));
		}
		return root.toString();
	}

	/**
	 * Takes what a model has written for the parameters out of its arguments.
	 * @param arguments the arguments
	 * @return the arguments without them; as they are if they are no JSON object, which
	 * the tool itself refuses
	 */
	public String withoutInArguments(String arguments) {
		try {
			return withoutInObject(arguments);
		}
		catch (IllegalArgumentException ex) {
			return arguments;
		}
	}

	/**
	 * Takes what a model has written for the parameters out of its arguments, for a
	 * framework that also reads what is not quite JSON.
	 * @param arguments the arguments
	 * @return the arguments without them
	 * @throws IllegalArgumentException if there is something to hide and the arguments
	 * are no JSON object
	 */
	public String withoutInObject(String arguments) {
		return isEmpty() ? arguments : object(arguments).remove(this.names).toString();
	}

	/**
	 * Takes the parameters out of a JSON schema.
	 * @param schema the schema of the arguments, as a map
	 * @return the schema without them
	 */
	public Map<String, Object> withoutInSchema(Map<String, Object> schema) {
		return isEmpty() ? schema : JSON.readValue(withoutInSchema(JSON.writeValueAsString(schema)),
				new TypeReference<LinkedHashMap<String, Object>>() {
				});
	}

	/**
	 * Takes what a model has written for the parameters out of its arguments.
	 * @param arguments the arguments by name
	 * @return the arguments without them
	 */
	public Map<String, Object> withoutInArguments(Map<String, Object> arguments) {
		if (isEmpty()) {
			return arguments;
		}
		Map<String, Object> visible = new LinkedHashMap<>(arguments);
		visible.keySet().removeAll(this.names);
		return visible;
	}

	private static ObjectNode object(String json) {
		try {
			if (JSON.readTree(json) instanceof ObjectNode object) {
				return object;
			}
		}
		catch (JacksonException ex) {
			// Refused as any other.
		}
		// What was read is not repeated.
		throw new IllegalArgumentException("Not a JSON object");
	}

}
