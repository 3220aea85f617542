package io.agentotp.server.page;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.json.Json;
import io.agentotp.server.json.JsonNumbers;
import io.agentotp.server.json.JsonText;
import io.agentotp.server.json.NumberLimitException;
import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.policy.ScopeLimit;
import io.agentotp.server.policy.ScopeLimits;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields in which an approver narrows a scope. Their names are their places in it,
 * since the names of limits are the agent's. Whether what is given is narrower is not
 * known here.
 */
final class NarrowingForm {

	private static final String SHOWN = ".shown";

	// Containers refuse forms of more than 1000 parameters: an agent with a long list
	// could not even be told no.
	private static final int MAX_PARAMETERS = 500;

	private final List<Limit> limits = new ArrayList<>();

	private final Map<String, String[]> given;

	private final Map<String, String> problems = new LinkedHashMap<>();

	private final boolean tooLong;

	private final Facts facts;

	private NarrowingForm(ObjectNode scope, Facts facts, Map<String, String[]> given) {
		this.facts = facts;
		this.given = given;
		collect("", scope, List.of());
		this.tooLong = this.limits.stream().mapToInt(Limit::parameters).sum() > MAX_PARAMETERS;
		if (this.tooLong) {
			this.limits.clear();
		}
	}

	static NarrowingForm of(ObjectNode scope, Facts facts) {
		return new NarrowingForm(scope, facts, Map.of());
	}

	static NarrowingForm of(ObjectNode scope, Facts facts, HttpServletRequest request) {
		return new NarrowingForm(scope, facts, request.getParameterMap());
	}

	private void collect(String prefix, ObjectNode object, List<String> parents) {
		object.properties().forEach((entry) -> {
			List<String> path = new ArrayList<>(parents);
			path.add(entry.getKey());
			String name = prefix + entry.getKey();
			if (ScopeLimits.areWithin(entry.getKey(), entry.getValue())) {
				collect(name + ".", (ObjectNode) entry.getValue(), path);
				return;
			}
			ScopeLimit limit = this.facts.limits().of(name, entry.getKey(), entry.getValue());
			Kind kind = Kind.of(limit, entry.getValue());
			if (kind != null && limit != null) {
				this.limits.add(new Limit("n" + this.limits.size(), name, path, limit, kind, entry.getValue()));
			}
		});
	}

	/**
	 * Whether the scope has more limits than a form can have, so that this one has none.
	 * @return {@code true} if it has
	 */
	boolean isTooLong() {
		return this.tooLong;
	}

	/**
	 * What is to be narrower than it is.
	 * @return the modifications
	 * @throws RefusedException if a field cannot be read
	 */
	ObjectNode modifications() {
		requireLimits();
		ObjectNode modifications = Json.object();
		for (Limit limit : this.limits) {
			JsonNode changed = changed(limit);
			if (changed != null) {
				ObjectNode parent = modifications;
				for (String name : limit.path().subList(0, limit.path().size() - 1)) {
					parent = parent.withObjectProperty(name);
				}
				parent.set(limit.path().get(limit.path().size() - 1), changed);
			}
		}
		if (!this.problems.isEmpty()) {
			Map<String, String> fields = new LinkedHashMap<>();
			this.problems.forEach((name, problem) -> fields.put("scopeModifications." + name, problem));
			throw new InvalidInputException(fields);
		}
		return modifications;
	}

	// The page has fields of no others, so whoever sends one means something else.
	private void requireLimits() {
		Set<String> known = this.limits.stream()
			.flatMap((limit) -> Stream.of(limit.id(), limit.id() + SHOWN))
			.collect(Collectors.toSet());
		this.given.keySet()
			.stream()
			.filter((field) -> field.startsWith("n") && !known.contains(field))
			.findFirst()
			.ifPresent((field) -> {
				throw new InvalidInputException(field, "is not a field of this form");
			});
	}

	/**
	 * The fields as they were sent.
	 * @param found what is wrong with them, by path
	 * @return the fields
	 */
	List<NarrowingField> fields(Map<String, ?> found) {
		return this.limits.stream().map((limit) -> field(limit, found.get(limit.name()))).toList();
	}

	private NarrowingField field(Limit limit, @Nullable Object problem) {
		String sent = first(limit.id());
		Set<String> kept = kept(limit);
		List<NarrowingField.Choice> choices = switch (limit.kind()) {
			case LIST -> IntStream.range(0, limit.value().size())
				.mapToObj((index) -> new NarrowingField.Choice(index,
						VisibleText.of(Json.write(limit.value().get(index))),
						UnnamedFacts.isWords(limit.value().get(index)),
						kept == null || kept.contains(String.valueOf(index))))
				.toList();
			default -> List.of();
		};
		String value = (sent != null) ? sent : (limit.kind() == Kind.NUMBER) ? Json.write(limit.value()) : "";
		return new NarrowingField(limit.id(), limit.kind().name().toLowerCase(Locale.ROOT),
				this.facts.labelOf(limit.name()), !UnnamedFacts.areNames(limit.name()), hint(limit), value, choices,
				VisibleText.of((problem != null) ? problem.toString() : null));
	}

	private static String hint(Limit limit) {
		return switch (limit.kind()) {
			case NUMBER ->
				Messages.get((limit.limit() == ScopeLimit.MINIMUM) ? "narrowing.at-least" : "narrowing.at-most",
						Json.write(limit.value()));
			case LIST -> Messages.get("narrowing.list");
			case ADDITIONS -> Messages.get("narrowing.additions");
		};
	}

	private @Nullable JsonNode changed(Limit limit) {
		return switch (limit.kind()) {
			case NUMBER -> number(limit);
			case LIST -> list(limit);
			case ADDITIONS -> additions(limit);
		};
	}

	private @Nullable JsonNode number(Limit limit) {
		String text = first(limit.id());
		if (text == null || text.strip().equals(Json.write(limit.value()))) {
			return null;
		}
		try {
			JsonNode number = Json.read(text.strip());
			if (number.isNumber()) {
				return number;
			}
		}
		catch (NumberLimitException ex) {
			this.problems.put(limit.name(), JsonNumbers.PROBLEM);
			return null;
		}
		catch (JacksonException ex) {
			// Said below.
		}
		this.problems.put(limit.name(), "must be a number, such as 10 or 2.5");
		return null;
	}

	private @Nullable JsonNode list(Limit limit) {
		Set<String> kept = kept(limit);
		if (kept == null) {
			return null;
		}
		ArrayNode list = Json.mapper().createArrayNode();
		for (int i = 0; i < limit.value().size(); i++) {
			if (kept.contains(String.valueOf(i))) {
				list.add(limit.value().get(i));
			}
		}
		return (list.size() < limit.value().size()) ? list : null;
	}

	private @Nullable JsonNode additions(Limit limit) {
		String text = first(limit.id());
		List<String> lines = (text != null)
				? text.lines().map(String::strip).filter((line) -> !line.isEmpty()).distinct().toList() : List.of();
		if (lines.isEmpty()) {
			return null;
		}
		ArrayNode list = ((ArrayNode) limit.value()).deepCopy();
		for (String line : lines) {
			if (JsonText.problem(line) != null) {
				this.problems.put(limit.name(), String.valueOf(JsonText.problem(line)));
				return null;
			}
			list.add(line);
		}
		return list;
	}

	private @Nullable String first(String field) {
		String[] values = this.given.get(field);
		return (values != null && values.length > 0) ? values[0] : null;
	}

	// A box that is not ticked sends nothing, so another field says that there was one.
	private @Nullable Set<String> kept(Limit limit) {
		if (first(limit.id() + SHOWN) == null) {
			return null;
		}
		String[] values = this.given.getOrDefault(limit.id(), new String[0]);
		return Arrays.stream(values).collect(Collectors.toSet());
	}

	private enum Kind {

		NUMBER, LIST, ADDITIONS;

		static @Nullable Kind of(@Nullable ScopeLimit limit, JsonNode value) {
			if (limit == null) {
				return null;
			}
			return switch (limit) {
				case MAXIMUM, MINIMUM -> NUMBER;
				case ALLOWED -> value.isEmpty() ? null : LIST;
				case FORBIDDEN -> value.values().stream().allMatch(JsonNode::isString) ? ADDITIONS : null;
			};
		}

	}

	private record Limit(String id, String name, List<String> path, ScopeLimit limit, Kind kind, JsonNode value) {

		int parameters() {
			return switch (this.kind) {
				case LIST -> this.value.size() + 1;
				case NUMBER, ADDITIONS -> 1;
			};
		}

	}

}
