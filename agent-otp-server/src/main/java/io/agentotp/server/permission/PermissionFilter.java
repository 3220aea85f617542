package io.agentotp.server.permission;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

import io.agentotp.server.database.Times;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.policy.ActionCatalogue;
import io.agentotp.server.policy.Amounts;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Which permissions are asked for; what is {@code null} does not limit. The database
 * finds all but text and amount, for which each row is read.
 *
 * @param status only this status
 * @param agentId only this agent's
 * @param action only actions that begin so
 * @param resource only this resource
 * @param decidedBy only what this actor decided, alone or as one of several
 * @param from only what was asked for then or later
 * @param to only what was asked for before
 * @param text only what has this somewhere, in upper or lower case
 * @param amountFrom only what has an amount of money of so much or more
 * @param amountTo only what has an amount of money of so much or less
 * @param decided only those that are not pending
 */
public record PermissionFilter(@Nullable PermissionState status, @Nullable String agentId, @Nullable String action,
		@Nullable String resource, @Nullable String decidedBy, @Nullable Instant from, @Nullable Instant to,
		@Nullable String text, @Nullable BigDecimal amountFrom, @Nullable BigDecimal amountTo, boolean decided) {

	private static final int MAX_TEXT = 200;

	private static final String PERSON = "user:";

	public PermissionFilter(@Nullable PermissionState status, @Nullable String agentId, boolean decided) {
		this(status, agentId, null, null, null, null, null, null, null, null, decided);
	}

	/**
	 * Reads the filters of a request.
	 * @param status the status, as the caller allows it
	 * @param parameters finds a parameter by its name; empty is as good as none
	 * @param decided only those that are not pending
	 * @return the filter
	 * @throws RefusedException if a filter cannot be used
	 */
	public static PermissionFilter read(@Nullable PermissionState status, Function<String, @Nullable String> parameters,
			boolean decided) {
		Function<String, @Nullable String> read = (name) -> {
			String value = parameters.apply(name);
			return (value == null || value.isEmpty()) ? null : value;
		};
		String decider = read.apply("decidedBy");
		String text = read.apply("text");
		if (text != null && text.length() > MAX_TEXT) {
			throw new InvalidInputException("text", "must have at most " + MAX_TEXT + " characters");
		}
		return new PermissionFilter(status, read.apply("agentId"), read.apply("action"), read.apply("resource"),
				// Of an actor that is no person, the kind is part of the name.
				(decider == null || decider.contains(":")) ? decider : PERSON + decider,
				instant("from", read.apply("from")), instant("to", read.apply("to")),
				(text != null) ? text.toLowerCase(Locale.ROOT) : null, amount("amountFrom", read.apply("amountFrom")),
				amount("amountTo", read.apply("amountTo")), decided);
	}

	private static @Nullable Instant instant(String name, @Nullable String value) {
		return (value != null) ? Times.parse(name, value) : null;
	}

	private static @Nullable BigDecimal amount(String name, @Nullable String value) {
		if (value == null) {
			return null;
		}
		if (!value.matches("-?\\d{1,18}(\\.\\d{1,6})?")) {
			throw new InvalidInputException(name, "must be a number, such as 10 or 2.5");
		}
		return new BigDecimal(value);
	}

	String where(List<Object> params) {
		Map<String, @Nullable Object> values = new LinkedHashMap<>();
		values.put("status = ?", (this.status != null) ? this.status.text() : null);
		values.put("agent_id = ?", this.agentId);
		values.put("action LIKE ? ESCAPE '!'",
				(this.action != null) ? this.action.replaceAll("[!%_]", "!$0") + "%" : null);
		values.put("resource = ?", this.resource);
		values.put("created_at >= ?", Times.toDatabaseOrNull(this.from));
		values.put("created_at < ?", Times.toDatabaseOrNull(this.to));
		List<String> conditions = new ArrayList<>();
		values.forEach((condition, value) -> {
			if (value != null) {
				conditions.add(condition);
				params.add(value);
			}
		});
		if (this.decidedBy != null) {
			// Whoever decided, alone or as one of several.
			conditions.add("(decided_by = ? OR id IN (SELECT permission_id FROM agentotp_vote WHERE voter = ?))");
			params.add(this.decidedBy);
			params.add(this.decidedBy.startsWith(PERSON) ? this.decidedBy.substring(PERSON.length()) : "");
		}
		if (this.decided) {
			conditions.add("status <> 'pending'");
		}
		return conditions.isEmpty() ? "" : "WHERE " + String.join(" AND ", conditions);
	}

	/**
	 * Whether each row has to be read to know whether it is asked for.
	 */
	boolean readsRows() {
		return this.text != null || this.amountFrom != null || this.amountTo != null;
	}

	boolean matches(StoredPermission permission, ActionCatalogue catalogue) {
		return hasText(permission) && ((this.amountFrom == null && this.amountTo == null)
				|| Amounts.of(permission.policyRequest(), catalogue).stream().anyMatch(this::fits));
	}

	private boolean fits(BigDecimal amount) {
		return (this.amountFrom == null || amount.compareTo(this.amountFrom) >= 0)
				&& (this.amountTo == null || amount.compareTo(this.amountTo) <= 0);
	}

	private boolean hasText(StoredPermission permission) {
		PermissionRequest request = permission.request();
		return this.text == null || has(request.action()) || has(request.resource())
				|| has(permission.decision().reason()) || has(request.scope()) || has(permission.grant().scope())
				|| has(request.call()) || has(request.context());
	}

	private boolean has(@Nullable String value) {
		return value != null && this.text != null && value.toLowerCase(Locale.ROOT).contains(this.text);
	}

	private boolean has(@Nullable JsonNode value) {
		if (value == null) {
			return false;
		}
		return value.isContainer()
				? value.propertyNames().stream().anyMatch(this::has) || value.valueStream().anyMatch(this::has)
				: has(value.asString(""));
	}

}
