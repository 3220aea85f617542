package io.agentotp.server.policy;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.json.Json;
import io.agentotp.server.problem.Problem;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.transaction.support.TransactionTemplate;

/**
 * The set of policies in force: those of the configuration, of files and of the database
 * together. It changes as a whole or not at all, and each change gets a number that the
 * decisions made by it carry.
 */
public final class PolicyBook {

	private static final Logger logger = LoggerFactory.getLogger(PolicyBook.class);

	private static final int MAX_POLICIES = 10_000;

	private final List<Policy> configured;

	private final PolicyFiles files;

	private final PolicyParser parser;

	private final PolicyWarnings warnings;

	private final PolicyStore store;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	// Taken before the lock in the database, never after it.
	private final ReentrantLock changing = new ReentrantLock();

	private List<Policy> ofFiles = List.of();

	private String seenFiles = "";

	private volatile Loaded loaded;

	private volatile @Nullable String problem;

	PolicyBook(List<Policy> configured, PolicyFiles files, PolicyParser parser, PolicyWarnings warnings,
			PolicyStore store, AuditLog audit, TransactionTemplate transactions, InstantSource clock) {
		this.configured = configured;
		this.files = files;
		this.parser = parser;
		this.warnings = warnings;
		this.store = store;
		this.audit = audit;
		this.transactions = transactions;
		this.clock = clock;
		PolicyFiles.Content content = files.read();
		this.ofFiles = files.parse(content);
		this.seenFiles = content.hash();
		this.loaded = load(this.ofFiles, "start", Actor.SYSTEM, null);
		warnings.log(this.loaded.set().policies());
	}

	/**
	 * The policies in force, as this node last read them.
	 * @return the policies
	 */
	public PolicySet current() {
		return this.loaded.set();
	}

	/**
	 * Reads the policies again if another node has changed them, so that a change that
	 * was answered is in force on all nodes. Must not run inside a transaction.
	 * @return the policies in force
	 * @throws Problem if what is stored does not go together with what this node has
	 */
	public PolicySet refresh() {
		if (this.store.revision() == this.loaded.revision()) {
			return this.loaded.set();
		}
		this.changing.lock();
		try {
			if (this.store.revision() != this.loaded.revision()) {
				this.loaded = load(this.ofFiles, "change on another node", Actor.SYSTEM, null);
				this.problem = null;
			}
			return this.loaded.set();
		}
		catch (InvalidPolicyException ex) {
			String message = "The stored policies do not go together with those of this node: " + ex.text();
			logger.error("{}. Requests are refused until they do.", message);
			this.problem = message;
			throw Problem.retryLater(503, "SERVICE_UNAVAILABLE",
					"The policies of this node cannot be loaded; its log says why", Duration.ofSeconds(5));
		}
		finally {
			this.changing.unlock();
		}
	}

	/**
	 * Reads the files again if they have changed. When one of them cannot be used, the
	 * policies stay as they are.
	 */
	public void checkFiles() {
		this.changing.lock();
		try {
			PolicyFiles.Content content = this.files.read();
			if (!content.hash().equals(this.seenFiles)) {
				reload(content);
			}
		}
		catch (InvalidPolicyException ex) {
			refuse(ex, "");
		}
		finally {
			this.changing.unlock();
		}
	}

	private void reload(PolicyFiles.Content content) {
		try {
			List<Policy> fresh = this.files.parse(content);
			this.loaded = load(fresh, "files", Actor.SYSTEM, null);
			this.ofFiles = fresh;
			this.seenFiles = content.hash();
			this.problem = null;
			logger.info("The policies of the files were read again; version {} is in force", current().version());
			this.warnings.log(fresh);
		}
		catch (InvalidPolicyException ex) {
			refuse(ex, content.hash());
		}
	}

	private void refuse(InvalidPolicyException ex, String seen) {
		String message = "The files of policies cannot be used: " + ex.text();
		if (!message.equals(this.problem)) {
			logger.error("{}. Version {} stays in force.", message, current().version());
		}
		this.problem = message;
		this.seenFiles = seen;
	}

	/**
	 * Why the policies in force are not those of the files or of the database.
	 * @return the problem, empty if there is none
	 */
	public Optional<String> problem() {
		return Optional.ofNullable(this.problem);
	}

	public Policy create(PolicyDraft draft, Actor actor) {
		Instant now = now();
		StoredPolicy policy = new StoredPolicy(UUID.randomUUID().toString(), draft, now, actor.name(), now,
				actor.name());
		change(actor, () -> {
			this.parser.parse(policy.id(), PolicyOrigin.API, draft);
			this.store.insert(policy);
			return new Changed(AuditEvent.POLICY_CREATED, policy.id(), null, draft);
		});
		return get(policy.id());
	}

	/**
	 * Changes a policy.
	 * @param id the policy
	 * @param change makes the new policy of the old one
	 * @param actor who
	 * @return the changed policy
	 */
	public Policy update(String id, UnaryOperator<PolicyDraft> change, Actor actor) {
		change(actor, () -> {
			StoredPolicy before = requireStored(id);
			PolicyDraft draft = change.apply(before.draft());
			this.parser.parse(id, PolicyOrigin.API, draft);
			this.store.update(new StoredPolicy(id, draft, before.createdAt(), before.createdBy(), now(), actor.name()));
			return new Changed(AuditEvent.POLICY_CHANGED, id, before.draft(), draft);
		});
		return get(id);
	}

	public void delete(String id, Actor actor) {
		change(actor, () -> {
			StoredPolicy before = requireStored(id);
			this.store.delete(id);
			return new Changed(AuditEvent.POLICY_DELETED, id, before.draft(), null);
		});
	}

	private StoredPolicy requireStored(String id) {
		return this.store.find(id).orElseThrow(() -> {
			get(id);
			return Problem.of(409, "READ_ONLY",
					"This policy stands in the configuration or in a file and is changed there");
		});
	}

	/**
	 * A policy in force.
	 * @param id the policy
	 * @return the policy
	 */
	public Policy get(String id) {
		return current().policies()
			.stream()
			.filter((policy) -> policy.id().equals(id))
			.findFirst()
			.orElseThrow(() -> Problem.notFound("There is no such policy"));
	}

	public Optional<StoredPolicy> stored(String id) {
		return this.store.find(id);
	}

	public List<String> warnings(Policy policy) {
		return this.warnings.of(policy);
	}

	public List<PolicyVersion> versions(int limit, long offset) {
		return this.store.versions(limit, offset);
	}

	public long countVersions() {
		return this.store.countVersions();
	}

	public PolicyVersion version(long version) {
		return this.store.version(version).orElseThrow(() -> Problem.notFound("There is no such version"));
	}

	/**
	 * The policies of a version.
	 * @param version the version
	 * @return the policies in the order in which they were asked
	 */
	public ArrayNode content(long version) {
		return (ArrayNode) Json.mapper()
			.readTree(this.store.content(version).orElseThrow(() -> Problem.notFound("There is no such version")));
	}

	/**
	 * The policies in force with others beside or, where they have the same name, instead
	 * of them. Nothing is changed.
	 * @param drafts the others
	 * @return the set, with the version 0
	 * @throws InvalidPolicyException if one of them cannot be used
	 */
	public PolicySet with(List<PolicyDraft> drafts) {
		Map<String, Policy> policies = new LinkedHashMap<>();
		current().policies().forEach((policy) -> policies.put(policy.name(), policy));
		for (int i = 0; i < drafts.size(); i++) {
			try {
				Policy policy = this.parser.parse(null, PolicyOrigin.API, drafts.get(i));
				policies.put(policy.name(), policy);
			}
			catch (InvalidPolicyException ex) {
				throw ex.under("policies[" + i + "]");
			}
		}
		return PolicySet.of(List.copyOf(policies.values()));
	}

	private void change(Actor actor, Change change) {
		this.changing.lock();
		try {
			this.loaded = load(this.ofFiles, "", actor, change);
		}
		catch (InvalidPolicyException ex) {
			throw Problem.invalid(ex.problems());
		}
		finally {
			this.changing.unlock();
		}
	}

	private Loaded load(List<Policy> fresh, String cause, Actor actor, @Nullable Change change) {
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			long revision = this.store.lock();
			Changed changed = (change != null) ? change.apply() : null;
			if (changed != null) {
				this.store.setRevision(++revision);
			}
			PolicySet set = compile(fresh);
			String why = (changed != null) ? changed.event().text() + " " + changed.id() : cause;
			PolicyVersion version = register(set, why, actor, changed);
			return new Loaded(revision, set.withVersion(version.version()));
		}));
	}

	private PolicySet compile(List<Policy> fresh) {
		List<Policy> all = new ArrayList<>(this.configured);
		all.addAll(fresh);
		this.store.findAll()
			.forEach((stored) -> all.add(this.parser.parse(stored.id(), PolicyOrigin.API, stored.draft())));
		if (all.size() > MAX_POLICIES) {
			throw new InvalidPolicyException("policies", "must be at most " + MAX_POLICIES);
		}
		return PolicySet.of(all);
	}

	private PolicyVersion register(PolicySet set, String cause, Actor actor, @Nullable Changed changed) {
		ArrayNode content = Json.mapper().createArrayNode();
		set.policies().forEach((policy) -> content.add(policy.toJson()));
		String text = Json.write(content);
		String hash = PolicyStore.hash(text);
		Optional<PolicyVersion> latest = this.store.latest();
		PolicyVersion version = latest.filter((known) -> known.contentHash().equals(hash)).orElse(null);
		if (version == null) {
			version = new PolicyVersion(latest.map(PolicyVersion::version).orElse(0L) + 1, cause, now(), actor.name(),
					hash);
			this.store.insert(version, text);
			if (changed == null) {
				this.audit.record(version.createdAt(), null, null, AuditEvent.POLICIES_LOADED, actor,
						Json.object()
							.put("version", version.version())
							.put("cause", cause)
							.put("policies", set.policies().size()));
			}
		}
		if (changed != null) {
			this.audit.record(now(), null, null, changed.event(), actor, changed.details(version.version()));
		}
		return version;
	}

	private Instant now() {
		return this.clock.instant().truncatedTo(ChronoUnit.MILLIS);
	}

	private interface Change {

		Changed apply();

	}

	private record Changed(AuditEvent event, String id, @Nullable PolicyDraft before, @Nullable PolicyDraft after) {

		ObjectNode details(long version) {
			ObjectNode details = Json.object().put("policyId", this.id).put("version", version);
			if (this.before != null) {
				details.set("before", this.before.toJson());
			}
			if (this.after != null) {
				details.set("after", this.after.toJson());
			}
			return details;
		}

	}

	private record Loaded(long revision, PolicySet set) {
	}

}
