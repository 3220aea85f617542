package io.agentotp.server.permission;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.database.FirstRows;
import io.agentotp.server.database.Params;
import io.agentotp.server.database.Times;
import io.agentotp.server.json.Json;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.Routing;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.jdbc.support.KeyHolder;
import org.springframework.stereotype.Component;

/**
 * The SQL. Each change of state is one conditional update; whether it changed a row is
 * the decision.
 */
@Component
final class PermissionStore {

	private static final String SELECT = "SELECT * FROM agentotp_permission ";

	// How long a row is as text. As a tree of JSON it can take up thirty times as much.
	private static final String SIZE = "LENGTH(requested_scope) + LENGTH(scope) + LENGTH(context)"
			+ " + COALESCE(LENGTH(bound_call), 0) + COALESCE(LENGTH(policy_trace), 0)";

	// As much as one request has.
	private static final long MAX_SIZE = 64 * 1024;

	private static final int MAX_IDS = 100;

	private static final int QUERY_SECONDS = 10;

	private static final String NOT_FROZEN = """
			 AND NOT EXISTS (SELECT 1 FROM agentotp_agent a WHERE a.id = agent_id
				AND (a.frozen_at IS NOT NULL OR a.deleted_at IS NOT NULL))
			AND NOT EXISTS (SELECT 1 FROM agentotp_instance i WHERE i.frozen_at IS NOT NULL)""";

	// A statement that waited for a row sees others as they were before: it waits for
	// nothing that is locked before it.
	private static final String PRESENT = """
			EXISTS (SELECT 1 FROM agentotp_agent a CROSS JOIN agentotp_policy_state s
				LEFT JOIN agentotp_instance i ON i.frozen_at IS NOT NULL
				WHERE a.id = ? AND a.key_hash = ? AND a.active = TRUE AND a.deleted_at IS NULL AND a.frozen_at IS NULL
					AND i.frozen_at IS NULL AND %s = ?)""".formatted(PolicyRegistry.REVISION);

	// What leaves pending takes the place in the feed that its transaction made just
	// before.
	private static final String PLACE = "decision_seq = (SELECT a.decision_seq FROM agentotp_agent a WHERE a.id = agent_id)";

	private static final String COUNT_PENDING = """
			SELECT COUNT(*) FROM agentotp_permission WHERE agent_id = ? AND status = 'pending' AND pending_until > ?""";

	private final JdbcClient jdbc;

	private final PermissionSeals seals;

	PermissionStore(JdbcClient jdbc, PermissionSeals seals) {
		this.jdbc = jdbc;
		this.seals = seals;
	}

	/**
	 * Adds a permission, while its agent may ask.
	 * @param permission the permission
	 * @param agent the agent as it was read
	 * @param maxPending how many of the agent's may be pending with it; who adds one that
	 * is pending holds the lock of the agent
	 * @return whether it may, and there was room
	 */
	boolean insert(StoredPermission permission, Agent agent, int maxPending) {
		List<@Nullable Object> params = new ArrayList<>(Params.of(permission.id(), permission.agentId(),
				permission.status().text(), permission.request().action(), permission.request().resource(),
				Json.write(permission.request().scope()), Json.write(permission.grant().scope()),
				Json.write(permission.request().context()), permission.request().callDigest(),
				(permission.request().call() != null) ? Json.write(permission.request().call()) : null,
				permission.request().ttlSeconds(), permission.grant().maxUses(), permission.grant().uses(),
				permission.grant().nonce(), permission.grant().tokenHash(), permission.grant().secretId(),
				Times.toDatabase(permission.createdAt()), Times.toDatabase(permission.pendingUntil()),
				Times.toDatabaseOrNull(permission.grant().expiresAt()),
				Times.toDatabaseOrNull(permission.decision().at()), permission.decision().by(),
				permission.decision().reason(), permission.policy().id(), permission.policy().name(),
				permission.policy().version(),
				(permission.policy().trace() != null) ? Json.write(permission.policy().trace()) : null,
				permission.policy().routingText(), permission.asker().test(), permission.asker().owner(),
				permission.asker().keySeenBy(), permission.seal().salt(), permission.seal().shown(),
				permission.seal().text()));
		params.addAll(present(agent));
		if (permission.isPending()) {
			params.addAll(List.of(permission.agentId(), Times.toDatabase(permission.createdAt()), maxPending));
		}
		return this.jdbc
			.sql("""
					INSERT INTO agentotp_permission (id, agent_id, status, action, resource, requested_scope, scope, context,
						call_digest, bound_call, ttl_seconds, max_uses, uses, nonce, token_hash, secret_id, created_at, pending_until,
						expires_at, decided_at, decided_by, reason, policy_id, policy_name, policy_version, policy_trace,
						routing, test, asked_owner, asked_key_seen_by, salt, shown_hash, seal)
					SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
					WHERE\s"""
					+ PRESENT + (permission.isPending() ? " AND (" + COUNT_PENDING + ") < ?" : ""))
			.params(params)
			.update() == 1;
	}

	private static List<Object> present(Agent agent) {
		return List.of(agent.id(), agent.keyHash(), agent.policyRevision());
	}

	/**
	 * Whether an agent and the policies are still as they were read, and the agent may do
	 * something.
	 * @param agent the agent as it was read
	 * @return whether they are
	 */
	boolean isPresent(Agent agent) {
		return this.jdbc.sql("SELECT " + PRESENT).params(present(agent)).query(Boolean.class).single();
	}

	/**
	 * Approves a permission, or denies it, if it is still pending.
	 * @param permission the permission as it will be
	 * @param now the present moment
	 * @return whether it was
	 */
	boolean decide(StoredPermission permission, Instant now) {
		Decision decision = permission.decision();
		List<@Nullable Object> params = new ArrayList<>(
				Params.of(permission.status().text(), Times.toDatabase(now), decision.by(), decision.byOwner(),
						decision.reason(), decision.votes(), permission.seal().text(), permission.seal().scope()));
		boolean approved = permission.status() == PermissionState.APPROVED;
		if (approved) {
			Grant grant = permission.grant();
			params.addAll(Params.of(grant.maxUses(), grant.tokenHash(), grant.secretId(),
					Times.toDatabaseOrNull(grant.expiresAt())));
		}
		params.addAll(List.of(permission.id(), Times.toDatabase(now)));
		return this.jdbc
			.sql("UPDATE agentotp_permission SET status = ?, decided_at = ?, decided_by = ?, by_owner = ?, reason = ?, "
					+ "votes = ?, seal = ?, scope = ?, "
					+ (approved ? "max_uses = ?, token_hash = ?, secret_id = ?, expires_at = ?, " : "") + PLACE
					+ " WHERE id = ? AND status = 'pending' AND pending_until > ?" + (approved ? NOT_FROZEN : ""))
			.params(params)
			.update() == 1;
	}

	/**
	 * Keeps that one more person approved, if the request is still pending and nobody
	 * else has decided meanwhile.
	 * @param permission the permission as it will be, still pending
	 * @param begins whether a stage begins with it
	 * @param now the present moment
	 * @return whether it was
	 */
	boolean vote(StoredPermission permission, boolean begins, Instant now) {
		return this.jdbc
			.sql("UPDATE agentotp_permission SET votes = ?, by_owner = ?, scope = ?, max_uses = ?, seal = ?"
					+ (begins ? ", escalated_at = NULL" : "")
					+ " WHERE id = ? AND status = 'pending' AND pending_until > ? AND votes = ?" + NOT_FROZEN)
			.params(permission.decision().votes(), permission.decision().byOwner(), permission.seal().scope(),
					permission.grant().maxUses(), permission.seal().text(), permission.id(), Times.toDatabase(now),
					permission.decision().votes() - 1)
			.update() == 1;
	}

	/**
	 * Counts a use, while the agent may use something.
	 * @param permission the permission as it was locked, approved
	 * @param agent the agent as it was read
	 * @param last the same permission once all uses are spent
	 * @param callDigest the call that it is used for
	 * @param now the present moment
	 * @return how many there were with it, empty if it is not allowed
	 */
	OptionalInt use(StoredPermission permission, Agent agent, StoredPermission last, @Nullable String callDigest,
			Instant now) {
		int maxUses = permission.grant().maxUses();
		List<@Nullable Object> params = new ArrayList<>(
				Params.of(maxUses, maxUses, last.seal().text(), permission.id(), agent.id(), maxUses,
						Times.toDatabase(now), permission.grant().tokenHash(), (callDigest != null) ? callDigest : ""));
		params.addAll(present(agent));
		KeyHolder changed = new GeneratedKeyHolder();
		this.jdbc.sql("""
				UPDATE agentotp_permission SET uses = uses + 1,
					status = CASE WHEN uses + 1 >= ? THEN 'used' ELSE status END,
					seal = CASE WHEN uses + 1 >= ? THEN ? ELSE seal END
				WHERE id = ? AND agent_id = ? AND status = 'approved' AND uses < ? AND expires_at > ?
					AND token_hash = ? AND (call_digest IS NULL OR call_digest = ?) AND\s""" + PRESENT)
			.params(params)
			.update(changed, "uses");
		Number uses = changed.getKey();
		return (uses != null) ? OptionalInt.of(uses.intValue()) : OptionalInt.empty();
	}

	/**
	 * Revokes a permission, if it still stands where it stood.
	 * @param revoked the permission as it will be
	 * @param from where it stood
	 * @return whether it did
	 */
	boolean revoke(StoredPermission revoked, PermissionState from) {
		return this.jdbc
			.sql("UPDATE agentotp_permission SET status = 'revoked', revoked_at = ?, reason = ?, seal = ?" + place(from)
					+ " WHERE id = ? AND status = ?")
			.params(Params.of(Times.toDatabaseOrNull(revoked.grant().revokedAt()), revoked.decision().reason(),
					revoked.seal().text(), revoked.id(), from.text()))
			.update() == 1;
	}

	/**
	 * Ends a permission whose time is over, if it still stands where it stood.
	 * @param expired the permission as it will be
	 * @param from where it stood
	 * @param now the present moment
	 * @return whether it did
	 */
	boolean expire(StoredPermission expired, PermissionState from, Instant now) {
		return this.jdbc.sql("UPDATE agentotp_permission SET status = 'expired', seal = ?" + place(from)
				+ " WHERE id = ? AND status = ? AND (CASE WHEN status = 'pending' THEN pending_until ELSE expires_at END)"
				+ " <= ?")
			.params(expired.seal().text(), expired.id(), from.text(), Times.toDatabase(now))
			.update() == 1;
	}

	private static String place(PermissionState from) {
		return (from == PermissionState.PENDING) ? ", " + PLACE : "";
	}

	Optional<StoredPermission> find(String id) {
		return this.jdbc.sql(SELECT + "WHERE id = ?").param(id).query(this::map).optional();
	}

	/**
	 * Finds a permission that nobody else changes until the present transaction ends.
	 * Where its agent is locked, too, that is locked before.
	 * @param id the permission
	 * @param agentId the agent that it must be of
	 * @return the permission
	 */
	Optional<StoredPermission> lock(String id, String agentId) {
		return this.jdbc.sql(SELECT + "WHERE id = ? AND agent_id = ? FOR UPDATE")
			.params(id, agentId)
			.query(this::map)
			.optional();
	}

	/**
	 * Finds a permission with what decides on who may decide on it.
	 * @param id the permission
	 * @param user the person
	 * @return what is known
	 */
	Optional<Asked> findAsked(String id, String user) {
		return this.jdbc
			.sql("""
					SELECT p.*, (CASE WHEN a.deleted_at IS NULL THEN a.owner END) AS owner_now, a.key_seen_by, %s AS policy_revision,
						(SELECT u.roles FROM agentotp_user u WHERE u.name = ? AND u.active = TRUE) AS user_roles
					FROM agentotp_permission p JOIN agentotp_agent a ON a.id = p.agent_id CROSS JOIN agentotp_policy_state s
					WHERE p.id = ?"""
				.formatted(PolicyRegistry.REVISION))
			.params(user, id)
			.query((row, index) -> new Asked(map(row, index), row.getString("owner_now"), row.getString("key_seen_by"),
					Set.of(Objects.requireNonNullElse(row.getString("user_roles"), "").split(",")),
					row.getString("policy_revision")))
			.optional();
	}

	Optional<StoredPermission> find(String id, String agentId) {
		return this.jdbc.sql(SELECT + "WHERE id = ? AND agent_id = ?").params(id, agentId).query(this::map).optional();
	}

	/**
	 * Reads permissions in this order, as many at once as fit into memory, however many
	 * there are.
	 * @param ids the permissions
	 * @param agentId the agent that they must be of, or {@code null} for any
	 * @param work gets each that there is
	 */
	void each(List<String> ids, @Nullable String agentId, Consumer<StoredPermission> work) {
		for (int i = 0; i < ids.size(); i += MAX_IDS) {
			List<String> some = ids.subList(i, Math.min(ids.size(), i + MAX_IDS));
			Map<String, Long> sizes = sizes(some, agentId);
			List<String> group = new ArrayList<>();
			long size = 0;
			for (String id : new LinkedHashSet<>(some)) {
				if (!group.isEmpty() && size + sizes.getOrDefault(id, 0L) > MAX_SIZE) {
					read(group, work);
					group.clear();
					size = 0;
				}
				if (sizes.containsKey(id)) {
					group.add(id);
					size += sizes.get(id);
				}
			}
			read(group, work);
		}
	}

	/**
	 * How long permissions are, those first that are decided.
	 * @param ids the permissions
	 * @param agentId the agent that they must be of, or {@code null} for any
	 * @return the length of each that there is
	 */
	Map<String, Long> sizes(Collection<String> ids, @Nullable String agentId) {
		Map<String, Long> sizes = new LinkedHashMap<>();
		if (ids.isEmpty()) {
			return sizes;
		}
		JdbcClient.StatementSpec select = this.jdbc
			.sql("SELECT id, " + SIZE + " AS text_size FROM agentotp_permission WHERE id IN (:ids)"
					+ ((agentId != null) ? " AND agent_id = :agent" : "")
					+ " ORDER BY CASE WHEN status = 'pending' THEN 1 ELSE 0 END, created_at, id")
			.param("ids", ids);
		((agentId != null) ? select.param("agent", agentId) : select).query((row) -> {
			sizes.put(row.getString("id"), row.getLong("text_size"));
		});
		return sizes;
	}

	private void read(List<String> ids, Consumer<StoredPermission> work) {
		if (ids.isEmpty()) {
			return;
		}
		Map<String, StoredPermission> read = new HashMap<>();
		this.jdbc.sql(SELECT + "WHERE id IN (:ids)")
			.param("ids", ids)
			.query(this::map)
			.list()
			.forEach((permission) -> read.put(permission.id(), permission));
		ids.stream().map(read::get).filter(Objects::nonNull).forEach(work);
	}

	private static String first(String select, String order) {
		return FirstRows.of(select, SIZE, MAX_SIZE, order);
	}

	boolean hasToken(String agentId, String tokenHash) {
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_permission WHERE agent_id = ? AND token_hash = ?")
			.params(agentId, tokenHash)
			.query(Long.class)
			.single() > 0;
	}

	List<Decided> decidedAfter(String agentId, long seq, int limit) {
		return this.jdbc
			.sql(first(SELECT + "WHERE agent_id = ? AND decision_seq > ? ORDER BY decision_seq LIMIT ?",
					"decision_seq"))
			.params(agentId, seq, limit)
			.query((row, index) -> new Decided(row.getLong("decision_seq"), map(row, index)))
			.list();
	}

	/**
	 * What was decided since then was open then, or came later.
	 */
	Optional<Long> firstDecisionSince(String agentId, Instant since) {
		return this.jdbc.sql("""
				SELECT MIN(decision_seq) FROM agentotp_permission
				WHERE status IN ('approved', 'denied', 'expired', 'revoked', 'used') AND pending_until >= ?
					AND agent_id = ? AND decision_seq > 0""")
			.params(Times.toDatabase(since), agentId)
			.query(Long.class)
			.optional();
	}

	List<String> decidedIdsAfter(String agentId, long seq, int limit) {
		return this.jdbc.sql(
				"SELECT id FROM agentotp_permission WHERE agent_id = ? AND decision_seq > ? ORDER BY decision_seq LIMIT ?")
			.params(agentId, seq, limit)
			.query(String.class)
			.list();
	}

	List<StoredPermission> overdue(Instant now, int limit, int offset) {
		return this.jdbc.sql(first(SELECT + """
				WHERE (status = 'pending' AND pending_until <= ?) OR (status = 'approved' AND expires_at <= ?)
				ORDER BY created_at, id LIMIT ? OFFSET ?""", "created_at, id"))
			.params(Times.toDatabase(now), Times.toDatabase(now), limit, offset)
			.query(this::map)
			.list();
	}

	/**
	 * What agents that may do nothing still have.
	 */
	List<Stopped> stopped(int limit, int offset) {
		return this.jdbc.sql(first("""
				SELECT p.*, COALESCE(a.frozen_reason, i.frozen_reason) AS stop_reason, a.deleted_at AS gone_at
				FROM agentotp_permission p JOIN agentotp_agent a ON a.id = p.agent_id CROSS JOIN agentotp_instance i
				WHERE p.status IN ('pending', 'approved')
					AND (a.frozen_at IS NOT NULL OR a.deleted_at IS NOT NULL OR i.frozen_at IS NOT NULL)
				ORDER BY p.created_at, p.id LIMIT ? OFFSET ?""", "created_at, id"))
			.params(limit, offset)
			.query((row, index) -> {
				String reason = row.getString("stop_reason");
				String stop = (row.getObject("gone_at") != null) ? "The agent was deleted"
						: "The agent was frozen" + ((reason != null) ? ": " + reason : "");
				return new Stopped(map(row, index), stop);
			})
			.list();
	}

	List<StoredPermission> after(String id, int limit) {
		return this.jdbc.sql(first(SELECT + "WHERE id > ? ORDER BY id LIMIT ?", "id"))
			.params(id, limit)
			.query(this::map)
			.list();
	}

	long countPending(Instant now) {
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_permission WHERE status = 'pending' AND pending_until > ?")
			.param(Times.toDatabase(now))
			.query(Long.class)
			.single();
	}

	long pendingVotes(Instant now) {
		return this.jdbc.sql(
				"SELECT COALESCE(SUM(votes), 0) FROM agentotp_permission WHERE status = 'pending' AND pending_until > ?")
			.param(Times.toDatabase(now))
			.query(Long.class)
			.single();
	}

	List<String> pendingIds(Instant now, Viewer viewer) {
		return pendingIds(now, viewer, "", "", "created_at, id", List.of());
	}

	List<String> pendingIdsOfOthers(Instant now, Viewer viewer, int limit) {
		return pendingIds(now, viewer, "", "NOT ", "created_at, id LIMIT ?", List.of(limit));
	}

	List<String> pendingIdsByEnd(Instant now, Viewer viewer, int limit) {
		return pendingIds(now, viewer, "", "", "pending_until, created_at, id LIMIT ?", List.of(limit));
	}

	List<String> pendingIds(String agentId, String action, Instant now, Viewer viewer) {
		return pendingIds(now, viewer, " AND agent_id = ? AND action = ?", "", "created_at, id", List.of(), agentId,
				action);
	}

	private List<String> pendingIds(Instant now, Viewer viewer, String condition, String not, String order,
			List<Integer> limit, String... values) {
		List<Object> params = new ArrayList<>();
		params.add(Times.toDatabase(now));
		params.addAll(List.of(values));
		String sees = viewer.sees("agentotp_permission", params);
		params.addAll(limit);
		return this.jdbc
			.sql("SELECT id FROM agentotp_permission WHERE status = 'pending' AND pending_until > ?" + condition
					+ " AND " + not + sees + " ORDER BY " + order)
			.params(params)
			.query(String.class)
			.list();
	}

	List<String> page(PermissionFilter filter, Viewer viewer, int limit, long offset) {
		List<Object> params = new ArrayList<>();
		String where = where(filter, viewer, params);
		params.add(limit);
		params.add(offset);
		return this.jdbc
			.sql("SELECT id FROM agentotp_permission " + where + " ORDER BY created_at DESC, id LIMIT ? OFFSET ?")
			.withQueryTimeout(QUERY_SECONDS)
			.params(params)
			.query(String.class)
			.list();
	}

	private static String where(PermissionFilter filter, Viewer viewer, List<Object> params) {
		String where = filter.where(params);
		return (where.isEmpty() ? "WHERE " : where + " AND ") + viewer.sees("agentotp_permission", params);
	}

	long count(PermissionFilter filter, Viewer viewer) {
		List<Object> params = new ArrayList<>();
		String where = where(filter, viewer, params);
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_permission " + where)
			.withQueryTimeout(QUERY_SECONDS)
			.params(params)
			.query(Long.class)
			.single();
	}

	private StoredPermission map(ResultSet row, int index) throws SQLException {
		String trace = row.getString("policy_trace");
		ObjectNode requestedScope = Json.readObjectOrNull(row.getString("requested_scope"));
		ObjectNode scope = Json.readObjectOrNull(row.getString("scope"));
		ObjectNode context = Json.readObjectOrNull(row.getString("context"));
		ObjectNode policyTrace = Json.readObjectOrNull(trace);
		Optional<Routing> routing = routing(row.getString("routing"));
		Optional<PermissionState> state = PermissionState.find(row.getString("status"));
		String boundCall = row.getString("bound_call");
		ObjectNode call = Json.readObjectOrNull(boundCall);
		Instant detailsRemovedAt = Times.getOrNull(row, "details_removed_at");
		boolean readable = state.isPresent() && requestedScope != null && scope != null && context != null
				&& (trace == null || policyTrace != null) && routing.isPresent() && (boundCall == null || call != null)
				// Details are taken only from what is over.
				&& (detailsRemovedAt == null || state.get().isOver());
		PermissionRequest request = new PermissionRequest(row.getString("action"), row.getString("resource"),
				orUnreadable(requestedScope), orUnreadable(context), row.getInt("ttl_seconds"),
				row.getString("call_digest"), call);
		Grant grant = new Grant(orUnreadable(scope), row.getInt("max_uses"), row.getInt("uses"), row.getString("nonce"),
				row.getString("token_hash"), row.getString("secret_id"), Times.getOrNull(row, "expires_at"),
				Times.getOrNull(row, "revoked_at"));
		Decision decision = new Decision(Times.getOrNull(row, "decided_at"), row.getString("decided_by"),
				row.getString("reason"), row.getBoolean("by_owner"), row.getInt("votes"));
		RowSeal seal = PermissionSeals.read(row);
		PolicyTrace policy = new PolicyTrace(row.getString("policy_id"), row.getString("policy_name"),
				row.getObject("policy_version", Long.class), policyTrace, routing.orElse(Routing.NONE));
		return new StoredPermission(row.getString("id"),
				new Asker(row.getString("agent_id"), row.getString("asked_owner"), row.getString("asked_key_seen_by"),
						row.getBoolean("test")),
				// What has no state that is known is neither open nor granted.
				state.orElse(PermissionState.DENIED), request, Times.get(row, "created_at"),
				Times.get(row, "pending_until"), grant, decision, policy, detailsRemovedAt, seal,
				!readable ? StoredPermission.UNREADABLE : problem(this.seals.check(row, seal), request));
	}

	private static Optional<Routing> routing(@Nullable String text) {
		if (text == null) {
			return Optional.of(Routing.NONE);
		}
		try {
			return Optional.ofNullable(Json.readObjectOrNull(text)).map(Routing::of);
		}
		catch (IllegalArgumentException ex) {
			return Optional.empty();
		}
	}

	// The digest of a row that is as it was written was looked at before that.
	private static @Nullable String problem(Tokens.Seal seal, PermissionRequest request) {
		return switch (seal) {
			case INTACT -> null;
			case UNKNOWN_SECRET -> StoredPermission.UNKNOWN_SECRET;
			case BROKEN -> request.fitsDigest() ? StoredPermission.CHANGED : StoredPermission.OTHER_CALL;
		};
	}

	private static ObjectNode orUnreadable(@Nullable ObjectNode object) {
		return (object != null) ? object : Json.object().put("problem", StoredPermission.UNREADABLE);
	}

	/**
	 * A permission with what decides on who may decide on it.
	 *
	 * @param permission the permission
	 * @param owner who owns the agent now, if it is still there
	 * @param keySeenBy who has seen the agent's present key
	 * @param roles the roles that the person has now
	 * @param policyRevision the revision of the policies when this was read
	 */
	record Asked(StoredPermission permission, @Nullable String owner, @Nullable String keySeenBy, Set<String> roles,
			String policyRevision) {

		Asked with(StoredPermission present) {
			return new Asked(present, this.owner, this.keySeenBy, this.roles, this.policyRevision);
		}

	}

	/**
	 * A permission at its place in the feed.
	 *
	 * @param seq the place
	 * @param permission the permission
	 */
	record Decided(long seq, StoredPermission permission) {
	}

	/**
	 * A permission that has to end.
	 *
	 * @param permission the permission
	 * @param reason why
	 */
	record Stopped(StoredPermission permission, String reason) {
	}

}
