package io.agentotp.server.policy;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.AuditProblem.Kind;
import io.agentotp.server.audit.AuditQuery;
import io.agentotp.server.audit.StateCheck;
import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;

/**
 * The sets of policies that were in force, each kept under its number.
 */
@Component
public final class PolicyVersions implements StateCheck {

	// Those whose rows name the version that they made.
	private static final List<AuditEvent> EVENTS = Stream
		.concat(Stream.of(AuditEvent.POLICIES_LOADED), Arrays.stream(Rule.Kind.values()).flatMap(Rule.Kind::events))
		.toList();

	private static final int MAX_GONE = 100;

	// Somebody may have written some of them.
	private static final int MAX_READ = 100;

	private final PolicyStore store;

	private final AuditLog audit;

	private final InstantSource clock;

	PolicyVersions(PolicyStore store, AuditLog audit, InstantSource clock) {
		this.store = store;
		this.audit = audit;
		this.clock = clock;
	}

	public List<PolicyVersion> list(int limit, long offset) {
		return this.store.versions(limit, offset);
	}

	public long count() {
		return this.store.countVersions();
	}

	public PolicyVersion get(long version) {
		return this.store.version(version).orElseThrow(() -> new NotFoundException("There is no such version"));
	}

	/**
	 * The policies and the action catalogue of a version.
	 * @param version the version
	 * @return {@code policies} in the order in which they were asked, and
	 * {@code actions}, empty if they are not as the service stored them
	 */
	public Optional<ObjectNode> content(long version) {
		return this.store.content(version).map(Json::readObject);
	}

	/**
	 * Seals anew what an older secret has sealed, so that that one can be taken away.
	 * Runs within a transaction.
	 */
	void renewSeals() {
		Instant now = this.clock.instant();
		this.store.renewSeals((id, seal) -> {
			Rule.Kind kind = this.store.find(id).map(StoredPolicy::kind).orElse(Rule.Kind.POLICY);
			this.audit.record(now, null, null, List.of(new AuditLog.Row(kind.changed(), Actor.SYSTEM,
					Json.object().put(kind.idName(), id).put("sealed", "anew"), seal)));
		});
	}

	/**
	 * Gives a set its number: the latest if that is the same set, else a new one. Runs
	 * within the transaction that changes the set.
	 * @param set the set
	 * @param cause why it was loaded, if nobody has changed a policy
	 * @param actor who
	 * @param change the change that made it
	 * @return the number
	 */
	long register(PolicySet set, String cause, Actor actor, @Nullable PolicyChange change) {
		ObjectNode content = Json.object();
		ArrayNode policies = content.putArray("policies");
		set.policies().forEach((policy) -> policies.add(policy.toJson()));
		ArrayNode actions = content.putArray("actions");
		set.actions().entries().forEach((entry) -> actions.add(entry.toJson()));
		String text = Json.write(content);
		String hash = PolicyStore.hash(text);
		Instant now = this.clock.instant().truncatedTo(ChronoUnit.MILLIS);
		Optional<PolicyVersion> latest = this.store.latest();
		long number = latest.map(PolicyVersion::version).orElse(0L);
		if (latest.isEmpty() || !latest.get().contentHash().equals(hash)) {
			number = this.store.nextVersion(Math.max(number, lastRecorded()));
			String why = (change != null) ? change.cause() : cause;
			this.store.insert(new PolicyVersion(number, why, now, actor.name(), hash, null), text);
			if (change == null) {
				this.audit.record(now, null, null, AuditEvent.POLICIES_LOADED, actor,
						Json.object()
							.put("version", number)
							.put("cause", cause)
							.put("policies", set.policies().size())
							.put("actions", set.actions().entries().size()));
			}
		}
		if (change != null) {
			record(change, number, actor, now);
		}
		return number;
	}

	// A number is given once, also where somebody else has removed the row.
	private long lastRecorded() {
		return EVENTS.stream()
			.flatMap((event) -> this.audit.find(AuditQuery.ofEvent(event), MAX_READ, 0).stream())
			.filter((row) -> !row.forged())
			.mapToLong(PolicyVersions::version)
			.max()
			.orElse(0);
	}

	private static long version(AuditEntry row) {
		return row.details().path("version").asLong(0);
	}

	@Override
	public void check(BiConsumer<Kind, String> problems) {
		SortedSet<Long> recorded = EVENTS.stream()
			.flatMap((event) -> this.audit.notForged(event).stream())
			.map(PolicyVersions::version)
			.filter((version) -> version > 0)
			.collect(Collectors.toCollection(TreeSet::new));
		recorded.removeAll(this.store.versionNumbers());
		recorded.stream()
			.limit(MAX_GONE)
			.forEach((version) -> problems.accept(Kind.CHANGED, "Version " + version + " of the policies is gone"));
	}

	/**
	 * Records a change that makes no new set. Runs within its transaction.
	 * @param change the change
	 * @param actor who
	 */
	void record(PolicyChange change, Actor actor) {
		record(change, this.store.latest().map(PolicyVersion::version).orElse(0L), actor,
				this.clock.instant().truncatedTo(ChronoUnit.MILLIS));
	}

	private void record(PolicyChange change, long number, Actor actor, Instant now) {
		this.audit.record(now, null, null,
				List.of(new AuditLog.Row(change.event(), actor, change.details(number), change.seal())));
	}

}
