package io.agentotp.spring.operation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The arguments of a call as they were at one moment.
 *
 * @param values all of them by name, as JSON values
 * @param masked the names of those that the approver must not see
 */
public record BoundArguments(Map<String, @Nullable Object> values, Set<String> masked) {

	/**
	 * Reads arguments that are JSON.
	 * @param arguments the arguments by name
	 * @param masked the names of those that the approver must not see
	 * @throws IllegalArgumentException if a part of them cannot be written exactly
	 */
	@SuppressWarnings("unchecked") // an object has names
	public static BoundArguments of(ObjectNode arguments, Set<String> masked) {
		try {
			return new BoundArguments(
					(Map<String, @Nullable Object>) Objects.requireNonNull(JsonTrees.values(arguments)), masked);
		}
		catch (UnwritableStateException ex) {
			throw new IllegalArgumentException(ex.reason());
		}
	}

	/**
	 * Return the form in which they are bound and shown.
	 */
	List<Map<String, @Nullable Object>> forms(Masking masking) {
		List<Map<String, @Nullable Object>> forms = new ArrayList<>(this.values.size());
		this.values.forEach((name, value) -> {
			Map<String, @Nullable Object> form = new LinkedHashMap<>(4);
			form.put("name", name);
			if (this.masked.contains(name)) {
				form.put("masked", true);
				form.put("mac", masking.mac(CanonicalJson.bytes(Arrays.asList(name, value))));
			}
			else {
				form.put("value", value);
			}
			forms.add(form);
		});
		return forms;
	}

	/**
	 * Return the name of the first one that differs, or that only one of the two has;
	 * {@code null} if they are the same.
	 */
	@Nullable String different(BoundArguments other) {
		for (String name : this.values.keySet()) {
			if (!other.values.containsKey(name) || !Objects.equals(this.values.get(name), other.values.get(name))) {
				return name;
			}
		}
		// The names of this one are all among the other's.
		return (other.values.size() == this.values.size()) ? null
				: other.values.keySet()
					.stream()
					.filter((name) -> !this.values.containsKey(name))
					.findFirst()
					.orElse(null);
	}

	/**
	 * Return the path to the field in which an argument differs, or {@code null} if it
	 * does in no field of a class.
	 */
	@Nullable String changedField(String name, BoundArguments other) {
		String path = name + StateWriter.difference(this.values.get(name), other.values.get(name));
		return path.endsWith("]") || path.equals(name) ? null : path;
	}

	// The generated form would print what is masked.
	@Override
	public String toString() {
		return "BoundArguments" + this.values.keySet();
	}

}
