package io.agentotp.server.permission;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.SealedTable;
import io.agentotp.server.database.Times;
import io.agentotp.server.json.Json;
import io.agentotp.server.policy.Routing;
import io.agentotp.server.token.Tokens;
import io.agentotp.server.user.Approvers;
import io.agentotp.server.user.Approvers.Approver;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The people that a policy named for a request, as they were when it was made. Where a
 * policy names nobody there are none, and all approvers may decide. Whom somebody else
 * wrote into the database is not one of them.
 */
@Component
public final class EligibleApprovers extends SealedTable {

	private static final String TABLE = "agentotp_eligible";

	private final JdbcClient jdbc;

	private final JdbcTemplate template;

	private final Tokens tokens;

	private final Approvers approvers;

	private final AuditLog audit;

	private final InstantSource clock;

	EligibleApprovers(JdbcClient jdbc, JdbcTemplate template, Tokens tokens, Approvers approvers, AuditLog audit,
			InstantSource clock) {
		super(jdbc, tokens, TABLE, "id", List.of("permission_id", "stage", "person", "via", "added_at"));
		this.jdbc = jdbc;
		this.template = template;
		this.tokens = tokens;
		this.approvers = approvers;
		this.audit = audit;
		this.clock = clock;
	}

	@Override
	protected String word() {
		return "Approver";
	}

	/**
	 * Keeps whom the policy names, in the transaction that stores the request.
	 * @param permission the request
	 * @param known all approvers
	 * @return those who may decide by it, by stage, or {@code null} if all approvers may
	 */
	@Nullable List<Set<String>> freeze(StoredPermission permission, List<Approver> known) {
		Routing routing = permission.policy().routing();
		if (routing.approvers().isAll()) {
			return null;
		}
		List<Set<String>> stages = new ArrayList<>();
		List<Object[]> rows = new ArrayList<>();
		routing.steps()
			.forEach((step) -> stages.add(rows(permission.id(), stages.size(), step.approvers(), known, Set.of(),
					permission.createdAt(), rows)));
		insert(rows);
		return stages;
	}

	/**
	 * Lets more people decide in a stage, since nobody has for some time. Must run inside
	 * a transaction, once.
	 * @param permission the request
	 * @param stage the stage, from 0
	 * @return who may decide, too, from now on; empty if the request is over
	 */
	public Set<String> escalate(StoredPermission permission, int stage) {
		Routing.Escalation escalation = permission.policy().routing().escalate();
		Instant now = Now.of(this.clock);
		if (escalation == null || !permission.isIntact()) {
			return Set.of();
		}
		List<Object[]> rows = new ArrayList<>();
		Set<String> added = rows(permission.id(), stage, escalation.to(), this.approvers.all(),
				of(permission.id(), stage), now, rows);
		// Somebody else may have written that it was done. Who is asked by it says so.
		if (this.jdbc.sql(
				"UPDATE agentotp_permission SET escalated_at = ? WHERE id = ? AND status = 'pending' AND pending_until > ?"
						+ (added.isEmpty() ? " AND escalated_at IS NULL" : ""))
			.params(Times.toDatabase(now), permission.id(), Times.toDatabase(now))
			.update() == 0) {
			return Set.of();
		}
		insert(rows);
		ObjectNode details = Json.object();
		if (!permission.policy().routing().stages().isEmpty()) {
			details.put("stage", permission.policy().routing().stages().get(stage).name());
		}
		details.set("to", escalation.to().toJson());
		added.forEach((name) -> details.withArray("people").add(name));
		this.audit.record(now, permission.id(), permission.agentId(),
				List.of(new AuditLog.Row(AuditEvent.ESCALATED, Actor.SYSTEM, details, permission.seal().text())));
		return added;
	}

	private Set<String> rows(String permissionId, int stage, Routing.Approvers to, List<Approver> approvers,
			Set<String> known, Instant now, List<Object[]> rows) {
		Set<String> added = new HashSet<>();
		approvers.forEach((approver) -> {
			String via = to.via(approver.name(), approver.memberOf());
			if (via != null && !known.contains(approver.name())) {
				String id = permissionId + "/" + stage + "/" + approver.name();
				added.add(approver.name());
				rows.add(new Object[] { id, permissionId, stage, approver.name(), via, Times.toDatabase(now),
						this.tokens.seal(TABLE, id, permissionId, String.valueOf(stage), approver.name(), via,
								now.toString()) });
			}
		});
		return added;
	}

	private void insert(List<Object[]> rows) {
		if (!rows.isEmpty()) {
			this.template.batchUpdate(
					"INSERT INTO agentotp_eligible (id, permission_id, stage, person, via, added_at, seal) VALUES (?, ?, ?, ?, ?, ?, ?)",
					rows);
		}
	}

	/**
	 * Which of those as whom a person decides were named for requests, and still are in
	 * the group that they were named by.
	 * @param permissionIds the requests
	 * @param viewer the person
	 * @return the stages that they are named for, by name and request
	 */
	Map<String, Map<String, Set<Integer>>> people(List<String> permissionIds, Viewer viewer) {
		Map<String, Map<String, Set<Integer>>> people = new HashMap<>();
		if (!permissionIds.isEmpty() && !viewer.people().isEmpty()) {
			this.jdbc.sql("SELECT * FROM agentotp_eligible WHERE permission_id IN (:ids) AND person IN (:people)")
				.param("ids", permissionIds)
				.param("people", viewer.people().keySet())
				.query((row) -> {
					String person = row.getString("person");
					String via = row.getString("via");
					if (isIntact(row)
							&& (via.isEmpty() || viewer.people().getOrDefault(person, Set.of()).contains(via))) {
						people.computeIfAbsent(row.getString("permission_id"), (id) -> new HashMap<>())
							.computeIfAbsent(person, (name) -> new HashSet<>())
							.add(row.getInt("stage"));
					}
				});
		}
		return people;
	}

	/**
	 * Whom policies named for requests, and who still is what they named.
	 * @param permissionIds the requests
	 * @param approvers all approvers
	 * @return the stages that people are named for, by name and request
	 */
	Map<String, Map<String, Set<Integer>>> present(List<String> permissionIds, List<Approver> approvers) {
		Map<String, Set<String>> groups = approvers.stream()
			.collect(Collectors.toMap(Approver::name, Approver::memberOf));
		return people(permissionIds, new Viewer("", false, false, groups));
	}

	/**
	 * Which of some requests more people were asked about in their present stage, since
	 * nobody had decided.
	 * @param permissionIds the requests
	 * @return their ids
	 */
	public Set<String> escalated(List<String> permissionIds) {
		return permissionIds.isEmpty() ? Set.of()
				: this.jdbc.sql("SELECT id FROM agentotp_permission WHERE id IN (:ids) AND escalated_at IS NOT NULL")
					.param("ids", permissionIds)
					.query(String.class)
					.set();
	}

	/**
	 * Whom the policy named for a request.
	 * @param permissionId the request
	 * @return the names of the people
	 */
	public Set<String> of(String permissionId) {
		return of(permissionId, -1);
	}

	private Set<String> of(String permissionId, int stage) {
		Set<String> people = new HashSet<>();
		this.jdbc.sql("SELECT * FROM agentotp_eligible WHERE permission_id = ?").param(permissionId).query((row) -> {
			if (isIntact(row) && (stage == -1 || row.getInt("stage") == stage)) {
				people.add(row.getString("person"));
			}
		});
		return people;
	}

}
