package io.agentotp.server.policy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.failure.UnknownName;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A policy as it was written, not yet looked into.
 *
 * @param name its name
 * @param description what it is for
 * @param agentId the only agent that it is for
 * @param priority its rank
 * @param conditions what must hold: path, operator, value
 * @param action what it does
 * @param scopeTemplate the limits that it sets
 * @param active whether it counts
 * @param shadow whether it only reports what it would have decided
 * @param routing whom it asks, and for how long
 */
public record PolicyDraft(@Nullable String name, @Nullable String description, @Nullable String agentId, int priority,
		ObjectNode conditions, @Nullable String action, ObjectNode scopeTemplate, boolean allowSelfApproval,
		boolean active, boolean shadow, Routing routing) {

	private static final Set<String> FIELDS = Stream
		.concat(Stream.of("name", "description", "agentId", "priority", "conditions", "action", "scopeTemplate",
				"allowSelfApproval", "active", "shadow"), Routing.FIELDS.stream())
		.collect(Collectors.toUnmodifiableSet());

	private static final String EMPTY_AGENT = "is empty. Leave it out if the policy is for all agents";

	// The original's name of a field, and other spellings of the fields.
	private static final Map<String, String> OTHER_NAMES = Map.of("isActive", "active", "agent", "agentId", "agent_id",
			"agentId", "scope-template", "scopeTemplate", "scope_template", "scopeTemplate", "allow-self-approval",
			"allowSelfApproval", "allow_self_approval", "allowSelfApproval");

	// What an answer shows besides, so that it can be sent back changed.
	private static final Set<String> SHOWN = Set.of("id", "origin", "readOnly", "trustsAgentsWord", "warnings",
			"createdAt", "createdBy", "updatedAt", "updatedBy", "version", "agentName");

	/**
	 * Reads a policy. A field that is not known is a problem: a limit with a misspelt
	 * name would limit nothing.
	 * @param json the policy
	 * @return the draft
	 * @throws InvalidPolicyException if it is not one
	 */
	public static PolicyDraft read(ObjectNode json) {
		ObjectNode fields = Json.object();
		Map<String, String> problems = new LinkedHashMap<>();
		json.properties().forEach((field) -> {
			String name = OTHER_NAMES.getOrDefault(field.getKey(), field.getKey());
			if (!FIELDS.contains(name)) {
				if (!SHOWN.contains(name)) {
					problems.put(field.getKey(),
							UnknownName.problem("a field of a policy", field.getKey(), new TreeSet<>(FIELDS)));
				}
			}
			else if (fields.has(name)) {
				problems.put(field.getKey(), "stands twice");
			}
			else if (!field.getValue().isNull()) {
				fields.set(name, field.getValue());
			}
		});
		Reader reader = new Reader(fields, problems::putIfAbsent);
		PolicyDraft draft = new PolicyDraft(reader.text("name", 128), reader.text("description", 2000),
				reader.text("agentId", 64), reader.priority(), reader.object("conditions"), reader.text("action", 32),
				reader.object("scopeTemplate"), reader.flag("allowSelfApproval", false), reader.flag("active", true),
				reader.flag("shadow", false), Routing.read(fields, problems::putIfAbsent));
		if (draft.agentId() != null && draft.agentId().isBlank()) {
			problems.putIfAbsent("agentId", EMPTY_AGENT);
		}
		if (!problems.isEmpty()) {
			throw new InvalidPolicyException(problems);
		}
		return draft;
	}

	/**
	 * Reads a policy of a file, where a field without a value is a mistake: a policy for
	 * one agent would be for all.
	 * @param json the policy
	 * @return the draft
	 * @throws InvalidPolicyException if it is not one
	 */
	static PolicyDraft readOfFile(ObjectNode json) {
		json.properties().forEach((field) -> {
			if (field.getValue().isNull()
					&& "agentId".equals(OTHER_NAMES.getOrDefault(field.getKey(), field.getKey()))) {
				throw new InvalidPolicyException(field.getKey(), EMPTY_AGENT);
			}
		});
		return read(json);
	}

	/**
	 * The policy with some of its fields changed.
	 * @param changes the fields
	 * @return the changed draft
	 */
	public PolicyDraft with(ObjectNode changes) {
		ObjectNode json = toJson();
		changes.properties()
			.forEach((change) -> json.set(OTHER_NAMES.getOrDefault(change.getKey(), change.getKey()),
					change.getValue()));
		return read(json);
	}

	public ObjectNode toJson() {
		ObjectNode json = Json.object()
			.put("name", this.name)
			.put("description", this.description)
			.put("agentId", this.agentId)
			.put("priority", this.priority);
		json.set("conditions", this.conditions);
		json.put("action", this.action);
		json.set("scopeTemplate", this.scopeTemplate);
		json.put("allowSelfApproval", this.allowSelfApproval).put("active", this.active).put("shadow", this.shadow);
		return json.setAll(this.routing.toJson());
	}

	private record Reader(ObjectNode fields, BiConsumer<String, String> problems) {

		@Nullable String text(String field, int max) {
			JsonNode value = this.fields.get(field);
			if (value == null) {
				return null;
			}
			if (!value.isString() || value.stringValue().length() > max) {
				this.problems.accept(field, "must be text of at most " + max + " characters");
				return null;
			}
			return value.stringValue();
		}

		int priority() {
			JsonNode value = this.fields.get("priority");
			if (value == null) {
				return 0;
			}
			if (!value.isIntegralNumber() || !value.canConvertToInt()) {
				this.problems.accept("priority", "must be a whole number");
				return 0;
			}
			return value.intValue();
		}

		boolean flag(String field, boolean fallback) {
			JsonNode value = this.fields.get(field);
			if (value == null) {
				return fallback;
			}
			if (!value.isBoolean()) {
				this.problems.accept(field, "must be true or false");
				return fallback;
			}
			return value.booleanValue();
		}

		ObjectNode object(String field) {
			JsonNode value = this.fields.get(field);
			if (value == null) {
				return Json.object();
			}
			if (value instanceof ObjectNode object) {
				return object.deepCopy();
			}
			this.problems.accept(field, "must be an object");
			return Json.object();
		}

	}

}
