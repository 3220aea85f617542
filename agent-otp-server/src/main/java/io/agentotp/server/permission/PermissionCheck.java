package io.agentotp.server.permission;

import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.AuditProblem.Kind;
import io.agentotp.server.audit.StateCheck;
import io.agentotp.server.database.Times;
import io.agentotp.server.failure.InvalidInputException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Compares permissions with their seals and with the audit log: each is as the service
 * stored it, in the state that the log says, used as often as the log says, and there.
 */
@Component
final class PermissionCheck implements StateCheck {

	private static final String ENDED_BEFORE = "endedBefore";

	private static final int BATCH = 200;

	private static final int MAX_MISSING = 100;

	private static final int TRIES = 5;

	// After one of these nothing happens to a permission any more.
	private static final Set<String> ENDS = EnumSet.of(AuditEvent.DENIED, AuditEvent.REVOKED, AuditEvent.EXPIRED)
		.stream()
		.map(AuditEvent::text)
		.collect(Collectors.toUnmodifiableSet());

	private final PermissionStore store;

	private final AuditLog audit;

	private final JdbcClient jdbc;

	PermissionCheck(PermissionStore store, AuditLog audit, JdbcClient jdbc) {
		this.store = store;
		this.audit = audit;
		this.jdbc = jdbc;
	}

	@Override
	public void check(BiConsumer<Kind, String> problems) {
		Map<String, Integer> unchecked = new TreeMap<>();
		Instant stripped = endedBefore(AuditEvent.DETAILS_REMOVED);
		String last = "";
		List<StoredPermission> batch;
		do {
			batch = this.store.after(last, BATCH);
			Map<String, List<Recorded>> recorded = recorded(batch.stream().map(StoredPermission::id).toList());
			for (StoredPermission permission : batch) {
				last = permission.id();
				String problem = problem(permission, recorded.getOrDefault(last, List.of()), stripped);
				if (problem != null && isSealedByUnknown(permission)) {
					unchecked.merge(permission.seal().text().split(":", 2)[0], 1, Integer::sum);
				}
				else if (problem != null && (problem = confirmed(permission)) != null) {
					problems.accept(Kind.CHANGED, "Permission " + last + " " + problem);
				}
			}
		}
		while (!batch.isEmpty());
		unchecked.forEach((secret, count) -> problems
			.accept(Kind.UNCHECKED, count + " permissions cannot be checked: they are sealed by the secret " + secret
					+ ", which this node does not know. Add it to agentotp.server.secret-file, below the first line"));
		missing(problems);
		missingVotes(problems);
		Map<String, String> asked = otherwiseAsked();
		if (!asked.isEmpty()) {
			// What changed between reading the rows and reading the log is no problem.
			asked.entrySet().retainAll(otherwiseAsked().entrySet());
		}
		asked.forEach((id, problem) -> problems.accept(Kind.CHANGED, "Permission " + id + " " + problem));
	}

	private static boolean isSealedByUnknown(StoredPermission permission) {
		return StoredPermission.UNKNOWN_SECRET.equals(permission.problem());
	}

	private static @Nullable String problem(StoredPermission permission, List<Recorded> recorded, Instant stripped) {
		if (permission.problem() != null) {
			return permission.problem();
		}
		if (permission.detailsRemovedAt() != null && !permission.over().isBefore(stripped)) {
			return "has lost its details, which the service has not removed, the audit log says";
		}
		String seal = recorded.stream()
			.map(Recorded::seal)
			.filter(Objects::nonNull)
			.reduce((one, other) -> other)
			.orElse(null);
		if (seal == null) {
			return "is not in the audit log";
		}
		if (!seal.equals(permission.seal().text())) {
			return "is not in the state that the audit log says: it was put back into an earlier one";
		}
		return useProblem(permission, recorded);
	}

	// A row that was put back and used again may be as it should be by now; the log is
	// not.
	private static @Nullable String useProblem(StoredPermission permission, List<Recorded> recorded) {
		int maxUses = permission.grant().maxUses();
		long uses = 0;
		boolean approved = false;
		String end = null;
		for (Recorded row : recorded) {
			if (end != null && row.seal() != null) {
				return "was " + row.event() + " after it was " + end
						+ ", the audit log says: it was put back into an earlier state";
			}
			if (row.event().equals(AuditEvent.APPROVED.text())) {
				if (approved) {
					return "was approved twice, the audit log says: it was put back into an earlier state";
				}
				approved = true;
			}
			if (row.event().equals(AuditEvent.USED.text())) {
				uses++;
			}
			if (ENDS.contains(row.event()) || (uses > 0 && uses >= maxUses)) {
				end = row.event();
			}
		}
		if (uses > maxUses) {
			return "was used " + uses + " times, but only " + maxUses + " were allowed";
		}
		return (uses != permission.grant().uses())
				? "counts " + permission.grant().uses() + " uses, but the audit log has " + uses : null;
	}

	// What changed between reading the row and reading the log is no problem.
	private @Nullable String confirmed(StoredPermission read) {
		StoredPermission before = read;
		for (int i = 0; i < TRIES; i++) {
			List<Recorded> recorded = recorded(List.of(read.id())).getOrDefault(read.id(), List.of());
			StoredPermission present = this.store.find(read.id()).orElse(null);
			if (present == null) {
				return null;
			}
			String problem = problem(present, recorded, endedBefore(AuditEvent.DETAILS_REMOVED));
			if (problem == null
					|| (present.seal().equals(before.seal()) && present.grant().uses() == before.grant().uses())) {
				return problem;
			}
			before = present;
		}
		return null;
	}

	private Map<String, List<Recorded>> recorded(List<String> ids) {
		return ids.isEmpty() ? Map.of() : this.audit.notForged(ids)
			.stream()
			.map((entry) -> new Recorded(Objects.requireNonNull(entry.permissionId()), entry.event(), entry.seal()))
			.collect(Collectors.groupingBy(Recorded::id));
	}

	// Only what was asked for long ago is removed, and that is written down.
	private void missing(BiConsumer<Kind, String> problems) {
		Instant removed = endedBefore(AuditEvent.REMOVED);
		try (Stream<String> asked = this.jdbc.sql("""
				SELECT a.permission_id FROM agentotp_audit a WHERE a.event = ? AND a.at >= ? AND NOT EXISTS
					(SELECT 1 FROM agentotp_permission p WHERE p.id = a.permission_id) ORDER BY a.id""")
			.params(AuditEvent.REQUESTED.text(), Times.toDatabase(removed))
			.query(String.class)
			.stream()) {
			// A row that the service did not write says nothing of a permission.
			asked.filter((id) -> id != null && wasAsked(id))
				.distinct()
				.limit(MAX_MISSING)
				.forEach((id) -> problems.accept(Kind.CHANGED, "Permission " + id + " is gone"));
		}
	}

	private void missingVotes(BiConsumer<Kind, String> problems) {
		this.jdbc.sql("""
				SELECT p.id FROM agentotp_permission p WHERE p.votes <>
					(SELECT COUNT(*) FROM agentotp_vote v WHERE v.permission_id = p.id) ORDER BY p.id LIMIT ?""")
			.param(MAX_MISSING)
			.query(String.class)
			.list()
			.forEach((id) -> problems.accept(Kind.CHANGED, "Permission " + id + " has lost a vote, or has one more"));
	}

	// Each row of who is asked is sealed. Those that are gone, and an escalation that
	// never was, only the log knows.
	private Map<String, String> otherwiseAsked() {
		Map<String, Asked> pending = new TreeMap<>();
		this.jdbc.sql("""
				SELECT p.id, p.escalated_at, (SELECT COUNT(*) FROM agentotp_eligible e WHERE e.permission_id = p.id)
				FROM agentotp_permission p WHERE p.status = 'pending' AND
					(p.routing IS NOT NULL OR p.escalated_at IS NOT NULL)""").query((row) -> {
			pending.put(row.getString(1), new Asked(row.getInt(3), Times.getOrNull(row, "escalated_at")));
		});
		Map<String, String> problems = new TreeMap<>();
		List<String> ids = List.copyOf(pending.keySet());
		for (int begin = 0; begin < ids.size(); begin += BATCH) {
			List<String> batch = ids.subList(begin, Math.min(ids.size(), begin + BATCH));
			Map<String, List<AuditEntry>> recorded = this.audit.notForged(batch)
				.stream()
				.collect(Collectors.groupingBy((entry) -> Objects.requireNonNull(entry.permissionId())));
			batch.forEach((id) -> {
				String problem = Objects.requireNonNull(pending.get(id)).problem(recorded.getOrDefault(id, List.of()));
				if (problem != null) {
					problems.put(id, problem);
				}
			});
		}
		return problems;
	}

	// What ended before that may have been removed.
	private Instant endedBefore(AuditEvent event) {
		return this.audit.notForged(event)
			.stream()
			.map(PermissionCheck::endedBefore)
			.flatMap(Optional::stream)
			.max(Instant::compareTo)
			.orElse(Instant.EPOCH);
	}

	private boolean wasAsked(String id) {
		return this.audit.notForged(List.of(id))
			.stream()
			.anyMatch((entry) -> entry.event().equals(AuditEvent.REQUESTED.text()));
	}

	private static Optional<Instant> endedBefore(AuditEntry removed) {
		try {
			return Optional.of(Times.parse(ENDED_BEFORE, removed.details().path(ENDED_BEFORE).asString("")));
		}
		catch (InvalidInputException ex) {
			return Optional.empty();
		}
	}

	/**
	 * How many people the database says are asked, and since when others are, too.
	 */
	private record Asked(int people, @Nullable Instant escalatedAt) {

		@Nullable String problem(List<AuditEntry> recorded) {
			int named = 0;
			boolean escalated = this.escalatedAt == null;
			for (AuditEntry entry : recorded) {
				if (entry.event().equals(AuditEvent.REQUESTED.text())) {
					named += names(entry.details().path("eligible"));
				}
				if (entry.event().equals(AuditEvent.ESCALATED.text())) {
					named += names(entry.details().path("people"));
					escalated |= entry.at().equals(this.escalatedAt);
				}
			}
			if (this.people < named) {
				return "is asked of fewer people than the audit log says";
			}
			return escalated ? null : "was not escalated when its row says, the audit log says";
		}

		// By stage, where there are stages.
		private static int names(JsonNode people) {
			return people.valueStream().mapToInt((each) -> each.isArray() ? each.size() : 1).sum();
		}

	}

	private record Recorded(String id, String event, @Nullable String seal) {
	}

}
