package io.agentotp.server.policy;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.AuditProblem.Kind;
import io.agentotp.server.audit.StateCheck;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.Params;
import io.agentotp.server.database.Times;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The SQL.
 */
@Component
final class PolicyStore implements StateCheck {

	/**
	 * What is said of a policy that somebody changed in the database.
	 */
	static final String CHANGED = "was changed in the database. Delete it, or put it back as the audit log has it";

	private static final String SET = "policies";

	private final JdbcClient jdbc;

	private final PolicySeals seals;

	private final PolicyVersionSeals versionSeals;

	private final Tokens tokens;

	private final AuditLog audit;

	private final @Nullable String lostSecret;

	private volatile boolean started;

	PolicyStore(JdbcClient jdbc, PolicySeals seals, PolicyVersionSeals versionSeals, Tokens tokens, AuditLog audit,
			AgentOtpServerProperties properties) {
		this.jdbc = jdbc;
		this.lostSecret = properties.lostSecret();
		this.tokens = tokens;
		this.audit = audit;
		this.seals = seals;
		this.versionSeals = versionSeals;
	}

	/**
	 * The revision of what is stored.
	 * @return the revision
	 */
	String revision() {
		return this.jdbc.sql("SELECT " + PolicyRegistry.REVISION + " FROM agentotp_policy_state s")
			.query(String.class)
			.optional()
			.orElse("none");
	}

	/**
	 * Makes changes on all nodes wait for the end of this transaction.
	 * @return the number of changes so far
	 */
	long lock() {
		return this.jdbc.sql("SELECT revision FROM agentotp_policy_state WHERE single = TRUE FOR UPDATE")
			.query(Long.class)
			.optional()
			.orElseGet(this::putBackState);
	}

	// Somebody removed it. It says nothing of the policies, so nothing is decided until
	// those that are stored are looked at.
	private long putBackState() {
		long revision = System.currentTimeMillis();
		this.jdbc.sql("INSERT INTO agentotp_policy_state (single, revision, seal) VALUES (TRUE, ?, '')")
			.param(revision)
			.update();
		return revision;
	}

	void setRevision(long revision) {
		this.jdbc.sql("UPDATE agentotp_policy_state SET revision = ? WHERE single = TRUE").param(revision).update();
	}

	/**
	 * All policies.
	 * @return the policies, the oldest first
	 * @throws InvalidPolicyException if one is not as the service stored it: without it,
	 * the others would decide otherwise
	 */
	List<StoredPolicy> findAll() {
		return this.jdbc.sql("SELECT * FROM agentotp_policy ORDER BY created_at, id").query((row, index) -> {
			if (!this.seals.isIntact(row)) {
				throw new ChangedPolicyException(row.getString("id"));
			}
			return map(row);
		}).list();
	}

	/**
	 * Finds a policy.
	 * @param id the policy
	 * @return the policy, empty also if it is not as the service stored it
	 */
	Optional<StoredPolicy> find(String id) {
		return this.jdbc.sql("SELECT * FROM agentotp_policy WHERE id = ?")
			.param(id)
			.query((row, index) -> this.seals.isIntact(row) ? Optional.of(map(row)) : Optional.<StoredPolicy>empty())
			.optional()
			.flatMap((found) -> found);
	}

	/**
	 * Whether somebody else changed, removed or put back a policy.
	 * @param id the policy
	 * @return whether somebody did
	 */
	boolean isChanged(String id) {
		// What is in the audit log is read only if something looks wrong.
		return (!isIntact() || !this.seals.isIntact(id)) && this.seals.find().containsKey(id);
	}

	/**
	 * Whether the policies, all together, are those that the service left: the seal of
	 * one does not tell that another is missing, or that it is itself an older one.
	 * @return whether they are
	 */
	boolean isIntact() {
		Sealed sealed = sealed();
		// Who removes the seal with all that it is about says that there never was any.
		return sealed.seal().isEmpty()
				? sealed.policies().isEmpty() && countVersions() == 0 && !this.started && !this.audit.hasBegun()
				: this.tokens.check(sealed.seal(), SET, sealed.values()) == Tokens.Seal.INTACT;
	}

	@Override
	public void check(BiConsumer<Kind, String> problems) {
		if (!isIntact()) {
			problems.accept(Kind.CHANGED, "The policies, all together, are not those that the service left");
		}
	}

	private boolean isOfLostSecret() {
		return this.lostSecret != null && sealed().seal().startsWith(this.lostSecret + ":");
	}

	/**
	 * Compares the policies with the audit log.
	 * @return those that are not as it says
	 */
	Set<String> changed() {
		return this.seals.find().keySet();
	}

	/**
	 * Seals the policies, all together, as they are now.
	 */
	void seal() {
		this.jdbc.sql("UPDATE agentotp_policy_state SET seal = ?")
			.param(this.tokens.seal(SET, sealed().values()))
			.update();
		this.started = true;
	}

	// In one statement, so that both are of the same moment.
	private Sealed sealed() {
		return this.jdbc.sql(
				"SELECT s.seal AS common, p.id, p.seal FROM agentotp_policy_state s LEFT JOIN agentotp_policy p ON 1 = 1")
			.query((rows) -> {
				SortedMap<String, String> policies = new TreeMap<>();
				String common = "";
				while (rows.next()) {
					common = rows.getString("common");
					if (rows.getString("id") != null) {
						policies.put(rows.getString("id"), rows.getString("seal"));
					}
				}
				return new Sealed(common, policies);
			});
	}

	String seal(String id) {
		return this.seals.seal(id);
	}

	/**
	 * Seals anew what an older secret has sealed. Runs within a transaction.
	 * @param renewed gets the id and the new seal of each policy
	 */
	void renewSeals(BiConsumer<String, String> renewed) {
		lock();
		boolean intact = isIntact() || (isOfLostSecret() && changed().isEmpty());
		this.seals.renew(renewed);
		if (intact) {
			seal();
		}
		this.versionSeals.renew((version, seal) -> {
		});
	}

	Optional<String> findId(Rule.Kind kind, String name) {
		return this.jdbc.sql("SELECT id FROM agentotp_policy WHERE kind = ? AND name = ?")
			.params(kind.text(), name)
			.query(String.class)
			.optional();
	}

	Map<String, String> names(Rule.Kind kind) {
		Map<String, String> names = new TreeMap<>();
		this.jdbc.sql("SELECT id, name FROM agentotp_policy WHERE kind = ?").param(kind.text()).query((row) -> {
			names.put(row.getString("id"), row.getString("name"));
		});
		return names;
	}

	void insert(StoredPolicy policy) {
		this.jdbc
			.sql("""
					INSERT INTO agentotp_policy (id, kind, name, definition, created_at, created_by, updated_at, updated_by, seal)
					VALUES (?, ?, ?, ?, ?, ?, ?, ?, '')""")
			.params(Params.of(policy.id(), policy.kind().text(), policy.name(), Json.write(policy.definition()),
					Times.toDatabase(policy.createdAt()), policy.createdBy(), Times.toDatabase(policy.updatedAt()),
					policy.updatedBy()))
			.update();
	}

	void update(StoredPolicy policy) {
		this.jdbc
			.sql("UPDATE agentotp_policy SET name = ?, definition = ?, updated_at = ?, updated_by = ? WHERE id = ?")
			.params(Params.of(policy.name(), Json.write(policy.definition()), Times.toDatabase(policy.updatedAt()),
					policy.updatedBy(), policy.id()))
			.update();
	}

	void delete(String id) {
		this.jdbc.sql("DELETE FROM agentotp_policy WHERE id = ?").param(id).update();
	}

	/**
	 * The newest version that the service stored.
	 * @return the version, empty if there is none
	 */
	Optional<PolicyVersion> latest() {
		Optional<PolicyVersion> newest = before(Long.MAX_VALUE, "<=");
		while (newest.isPresent() && newest.get().problem() != null) {
			newest = before(newest.get().version(), "<");
		}
		return newest;
	}

	private Optional<PolicyVersion> before(long version, String comparison) {
		return this.jdbc
			.sql("SELECT * FROM agentotp_policy_version WHERE version " + comparison
					+ " ? ORDER BY version DESC LIMIT 1")
			.param(version)
			.query(this::mapVersion)
			.optional();
	}

	/**
	 * The number of the next version. A row that somebody else wrote keeps its number.
	 * @param latest the newest version that the service stored
	 * @return the lowest number above it that is free
	 */
	long nextVersion(long latest) {
		return this.jdbc.sql("SELECT version FROM agentotp_policy_version WHERE version > ? ORDER BY version")
			.param(latest)
			.query((rows) -> {
				long next = latest + 1;
				while (rows.next() && rows.getLong(1) == next) {
					next++;
				}
				return next;
			});
	}

	Set<Long> versionNumbers() {
		return this.jdbc.sql("SELECT version FROM agentotp_policy_version").query(Long.class).set();
	}

	void insert(PolicyVersion version, String content) {
		this.jdbc
			.sql("""
					INSERT INTO agentotp_policy_version (version, content_hash, content, cause, created_at, created_by, seal)
					VALUES (?, ?, ?, ?, ?, ?, '')""")
			.params(Params.of(version.version(), version.contentHash(), content, version.cause(),
					Times.toDatabase(version.createdAt()), version.createdBy()))
			.update();
		this.versionSeals.seal(version.version());
	}

	List<PolicyVersion> versions(int limit, long offset) {
		return this.jdbc.sql("SELECT * FROM agentotp_policy_version ORDER BY version DESC LIMIT ? OFFSET ?")
			.params(limit, offset)
			.query(this::mapVersion)
			.list();
	}

	long countVersions() {
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_policy_version").query(Long.class).single();
	}

	/**
	 * The policies of a version.
	 * @param version the version
	 * @return the policies as JSON, empty also if they are not as the service stored them
	 */
	Optional<String> content(long version) {
		return this.jdbc.sql("SELECT * FROM agentotp_policy_version WHERE version = ?")
			.param(version)
			.query((row, index) -> this.versionSeals.isIntact(row) ? Optional.of(row.getString("content"))
					: Optional.<String>empty())
			.optional()
			.flatMap((found) -> found);
	}

	Optional<PolicyVersion> version(long version) {
		return this.jdbc.sql("SELECT * FROM agentotp_policy_version WHERE version = ?")
			.param(version)
			.query(this::mapVersion)
			.optional();
	}

	static String hash(String content) {
		return Secrets.sha256(content);
	}

	private static StoredPolicy map(ResultSet row) throws SQLException {
		return new StoredPolicy(row.getString("id"), Rule.Kind.of(row.getString("kind")), row.getString("name"),
				Json.readObject(row.getString("definition")), Times.get(row, "created_at"), row.getString("created_by"),
				Times.get(row, "updated_at"), row.getString("updated_by"));
	}

	private PolicyVersion mapVersion(ResultSet row, int index) throws SQLException {
		return new PolicyVersion(row.getLong("version"), row.getString("cause"), Times.get(row, "created_at"),
				row.getString("created_by"), row.getString("content_hash"),
				this.versionSeals.isIntact(row) ? null : PolicyVersion.CHANGED);
	}

	/**
	 * What the common seal is about.
	 *
	 * @param seal the common seal, empty before the first start
	 * @param policies the seal of each policy by its id
	 */
	private record Sealed(String seal, SortedMap<String, String> policies) {

		private String[] values() {
			return this.policies.entrySet()
				.stream()
				.flatMap((one) -> Stream.of(one.getKey(), one.getValue()))
				.toArray(String[]::new);
		}

	}

}
