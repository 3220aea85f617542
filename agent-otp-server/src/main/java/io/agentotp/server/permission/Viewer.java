package io.agentotp.server.permission;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.VisibleRows;
import io.agentotp.server.policy.Routing;
import tools.jackson.databind.node.ObjectNode;

/**
 * A person who reads, and which requests are shown to the person: auditors see all, and
 * where a policy names approvers, others see only what it asks them or whom they stand in
 * for.
 *
 * @param name the name of the person
 * @param auditor whether the person audits
 * @param administrator whether the person administers
 * @param people as whom the person decides: the groups of each, by name; the own name
 * comes first, those of people who are away follow, none for who is no approver
 */
public record Viewer(String name, boolean auditor, boolean administrator,
		Map<String, Set<String>> people) implements VisibleRows {

	/**
	 * The service itself, which counts all.
	 */
	static final Viewer SERVICE = new Viewer("", true, false, Map.of());

	private static final List<String> NAMED = Routing.NAMING;

	private static final Set<String> OF_ADDRESSES = Stream
		.of(AuditEvent.ADDRESS_ADDED, AuditEvent.ADDRESS_REMOVED, AuditEvent.ADDRESS_FAILED)
		.map(AuditEvent::text)
		.collect(Collectors.toUnmodifiableSet());

	/**
	 * Limits a query of permissions to those that the person sees.
	 * @param permission the name of the table in the query
	 * @param params gets the values
	 * @return a condition, which holds for all if the person sees all
	 */
	String sees(String permission, List<Object> params) {
		if (this.auditor) {
			return "TRUE";
		}
		StringBuilder condition = new StringBuilder(
				"(%1$s.routing IS NULL OR (%1$s.routing NOT LIKE '%2$s' AND %1$s.routing NOT LIKE '%3$s')"
					.formatted(permission, NAMED.get(0), NAMED.get(1)));
		this.people.forEach((person, groups) -> {
			condition.append(
					" OR EXISTS (SELECT 1 FROM agentotp_eligible e WHERE e.permission_id = %s.id AND e.person = ? AND e.via IN (''"
						.formatted(permission))
				.append(String.join("", Collections.nCopies(groups.size(), ", ?")))
				.append("))");
			params.add(person);
			params.addAll(groups);
		});
		return condition.append(')').toString();
	}

	@Override
	public String condition(String table, List<Object> params) {
		if (this.auditor) {
			return "";
		}
		// Of what was removed, the log still says whether somebody was named.
		return " AND " + """
				(%1$spermission_id IS NULL
				OR EXISTS (SELECT 1 FROM agentotp_permission p WHERE p.id = %1$spermission_id AND %2$s)
				OR (NOT EXISTS (SELECT 1 FROM agentotp_permission p WHERE p.id = %1$spermission_id)
					AND NOT EXISTS (SELECT 1 FROM agentotp_audit r WHERE r.permission_id = %1$spermission_id
						AND r.event = 'requested' AND (r.details LIKE '%%"routing":%3$s'
							OR r.details LIKE '%%"routing":%4$s'))))""".formatted(table, sees("p", params),
				NAMED.get(0), NAMED.get(1));
	}

	@Override
	public boolean all() {
		return this.auditor;
	}

	// That somebody else has an address, or decided in a chat, but not where.
	@Override
	public AuditEntry shown(AuditEntry entry) {
		if (this.auditor || this.administrator) {
			return entry;
		}
		ObjectNode details = entry.details();
		if (OF_ADDRESSES.contains(entry.event())) {
			return details.path("user").asString("").equals(this.name) ? entry
					: entry.withDetails(List.of("user", "channel", "id"));
		}
		return (!details.has("chat") || entry.actor().equals("user:" + this.name)) ? entry
				: entry.withDetails(details.propertyNames().stream().filter((field) -> !field.equals("chat")).toList());
	}

}
