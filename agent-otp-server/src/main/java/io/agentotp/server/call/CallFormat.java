package io.agentotp.server.call;

import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

import io.agentotp.server.json.CanonicalJson;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The form of a call. A field that is not known would be bound without being shown, so it
 * is refused.
 */
public final class CallFormat {

	/**
	 * What is answered to an object that would pass for a number.
	 */
	public static final String RESERVED = "is reserved for numbers in the digested form. Use another name";

	private static final int MAX_TEXT = 2000;

	// A short value could be found from its hash.
	private static final int MIN_LEFT_OUT = 32;

	private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

	// More would only repeat what is sent.
	private static final int MAX_PROBLEMS = 20;

	private final BiConsumer<String, String> problems;

	private int count;

	private CallFormat(BiConsumer<String, String> problems) {
		this.problems = problems;
	}

	/**
	 * Checks a call.
	 * @param field its name
	 * @param call the call
	 * @param problems gets field and message of each problem
	 */
	public static void check(String field, JsonNode call, BiConsumer<String, String> problems) {
		CallFormat format = new CallFormat(problems);
		format.call(field, call);
		CanonicalJson.reserved(field, call).ifPresent((path) -> format.problem(path, RESERVED));
	}

	private void call(String field, JsonNode call) {
		if (!call.isObject()) {
			problem(field, "must be a JSON object with target and arguments");
			return;
		}
		known(field, call, Set.of("target", "arguments", "notBound"));
		target(field + ".target", call.path("target"));
		Set<String> names = new HashSet<>();
		JsonNode arguments = call.path("arguments");
		if (!arguments.isArray()) {
			problem(field + ".arguments", "is required and must be a list. Send [] for a call without arguments");
		}
		for (int i = 0; i < arguments.size(); i++) {
			argument(field + ".arguments[" + i + "]", arguments.path(i), names);
		}
		JsonNode notBound = call.path("notBound");
		if (!notBound.isMissingNode() && !notBound.isArray()) {
			problem(field + ".notBound", "must be a list of names. Leave it out if everything is bound");
		}
		for (int i = 0; i < notBound.size(); i++) {
			name(field + ".notBound[" + i + "]", notBound.path(i), names);
		}
	}

	private void target(String field, JsonNode target) {
		if (!target.isObject()) {
			problem(field, "is required and must be an object: {type, method}, with bean if there is one, or {tool}");
			return;
		}
		if (target.has("tool")) {
			known(field, target, Set.of("tool", "schema"));
			text(field + ".tool", target.get("tool"), true);
			JsonNode schema = target.path("schema");
			if (!schema.isMissingNode() && !schema.isObject()
					&& (!schema.isString() || schema.stringValue().isBlank())) {
				problem(field + ".schema", "must be an object or text. Leave it out if there is none");
			}
			return;
		}
		known(field, target, Set.of("bean", "type", "method"));
		text(field + ".bean", target.get("bean"), false);
		text(field + ".type", target.get("type"), true);
		text(field + ".method", target.get("method"), true);
	}

	private void argument(String field, JsonNode argument, Set<String> names) {
		if (!argument.isObject()) {
			problem(field, "must be an object with a name and either value, masked and mac, or bytes and sha256");
			return;
		}
		name(field + ".name", argument.path("name"), names);
		text(field + ".type", argument.get("type"), false);
		if (argument.has("value")) {
			known(field, argument, Set.of("name", "type", "value"));
		}
		else if (argument.has("masked")) {
			known(field, argument, Set.of("name", "type", "masked", "mac"));
			if (!argument.path("masked").isBoolean() || !argument.path("masked").booleanValue()) {
				problem(field + ".masked", "must be true. Send value instead of an argument that is not masked");
			}
			hash(field + ".mac", argument.path("mac"));
		}
		else if (argument.has("bytes") || argument.has("sha256")) {
			known(field, argument, Set.of("name", "type", "bytes", "sha256"));
			JsonNode bytes = argument.path("bytes");
			if (!bytes.isIntegralNumber() || !bytes.canConvertToLong() || bytes.longValue() < MIN_LEFT_OUT) {
				problem(field + ".bytes", "is required and must be a whole number of bytes, " + MIN_LEFT_OUT
						+ " or more. Send the value of an argument that is shorter");
			}
			hash(field + ".sha256", argument.path("sha256"));
		}
		else {
			problem(field, "must have value, or masked and mac, or bytes and sha256");
		}
	}

	private void name(String field, JsonNode name, Set<String> names) {
		text(field, name.isMissingNode() ? null : name, true);
		if (name.isString() && !names.add(name.stringValue())) {
			problem(field, "is there twice. Give each argument a name of its own, bound or not");
		}
	}

	private void text(String field, @Nullable JsonNode value, boolean required) {
		if (value == null) {
			if (required) {
				problem(field, "is required");
			}
			return;
		}
		if (!value.isString() || value.stringValue().isBlank() || value.stringValue().length() > MAX_TEXT) {
			problem(field, "must be text of 1 to " + MAX_TEXT + " characters and not blank"
					+ (required ? "" : ". Leave it out if there is none"));
		}
	}

	private void hash(String field, JsonNode hash) {
		if (!hash.isString() || !HASH.matcher(hash.stringValue()).matches()) {
			problem(field, "is required and must be 64 lower-case hex digits");
		}
	}

	private void known(String field, JsonNode object, Set<String> known) {
		object.propertyNames().stream().filter((name) -> !known.contains(name)).forEach((name) -> {
			problem(field + "." + name, "is not known here: it would be bound without being shown. Leave it out");
		});
	}

	private void problem(String field, String problem) {
		if (this.count++ < MAX_PROBLEMS) {
			this.problems.accept(field, problem);
		}
	}

}
