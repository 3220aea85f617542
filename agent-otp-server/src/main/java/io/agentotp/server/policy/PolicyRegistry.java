package io.agentotp.server.policy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.failure.TryLaterException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The set of policies in force: those of files and of the database together. It changes
 * as a whole or not at all, and each change gets a number that the decisions made by it
 * carry.
 */
@Component
public final class PolicyRegistry {

	/**
	 * The SQL of the revision of the policies, where {@code s} is their state: it changes
	 * with each change. The seal is part of it, so that who sets the number back in the
	 * database does not keep old policies in force.
	 */
	public static final String REVISION = "CAST(s.revision AS VARCHAR(20)) || ' ' || s.seal";

	private static final Logger logger = LoggerFactory.getLogger(PolicyRegistry.class);

	private static final int MAX_POLICIES = 10_000;

	// No revision of the database, so that it is read again.
	private static final String NONE = "";

	/** How long a revision counts as the present one. */
	private static final Duration PRESENT = Duration.ofSeconds(1);

	/** How long it is not tried again to load the same. */
	private static final Duration RETRY = Duration.ofSeconds(5);

	private final PolicyParser parser;

	private final PolicyStore store;

	private final PolicyVersions versions;

	private final TransactionTemplate transactions;

	// Taken before the lock in the database, never after it.
	private final ReentrantLock changing = new ReentrantLock();

	private List<PolicyFile> ofFiles;

	private volatile Loaded loaded;

	private volatile @Nullable Failure failure;

	private volatile @Nullable String problemOfFiles;

	private volatile @Nullable String problemOfStored;

	PolicyRegistry(PolicyFiles files, PolicyParser parser, PolicyStore store, PolicyVersions versions,
			PolicyWarnings warnings, TransactionTemplate transactions) {
		this.parser = parser;
		this.store = store;
		this.versions = versions;
		this.transactions = transactions;
		transactions.executeWithoutResult((status) -> versions.renewSeals());
		try {
			this.ofFiles = files.readIfChanged().orElseThrow();
			this.loaded = start();
		}
		catch (InvalidPolicyException ex) {
			throw InvalidSettingException.of("policies.files", ex.problems().keySet().iterator().next(),
					"The policies cannot be used: " + ex.text());
		}
		warnings.log(current().policies());
	}

	// There is no decision until what somebody changed is back or gone. All else can be
	// looked at.
	private Loaded start() {
		try {
			return load(this.ofFiles, "start", Actor.SYSTEM, null);
		}
		catch (ChangedPolicyException ex) {
			this.problemOfStored = "The stored policies cannot be used: " + ex.text();
			logger.error("{}. Requests are refused until they can.", this.problemOfStored);
			return new Loaded(NONE, PolicySet.of(this.ofFiles, List.of(), List.of()));
		}
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
	 * @throws RefusedException if what is stored does not go together with what this node
	 * has
	 */
	public PolicySet refresh() {
		return refresh(this.store.revision());
	}

	/**
	 * Reads the policies again if another node has changed them. Must not run inside a
	 * transaction.
	 * @param revision the revision of the policies, as it was read with something else;
	 * after a second it is read again, since who asks can hold the rest of its request
	 * back until policies have changed
	 * @param readAt when it was read, by {@link System#nanoTime()}
	 * @return the policies in force
	 * @throws RefusedException if what is stored does not go together with what this node
	 * has
	 */
	public PolicySet refresh(String revision, long readAt) {
		return (System.nanoTime() - readAt < PRESENT.toNanos()) ? refresh(revision) : refresh();
	}

	/**
	 * The policies in force, for use inside a transaction, which must not load them.
	 * @param revision the revision of the policies, as it was read inside the transaction
	 * @return the policies
	 * @throws PoliciesChangedException if this node has to {@linkplain #refresh(String)
	 * load} them first
	 */
	public PolicySet present(String revision) {
		Loaded present = this.loaded;
		if (!revision.equals(present.revision())) {
			throw new PoliciesChangedException(revision);
		}
		return present.set();
	}

	/**
	 * Reads the policies again if what was read of the database says that another node
	 * has changed them. Must not run inside a transaction.
	 * @param revision the revision of the policies, as it was read after what asks for
	 * them had begun
	 * @return the policies in force
	 * @throws RefusedException if what is stored does not go together with what this node
	 * has
	 */
	public PolicySet refresh(String revision) {
		Loaded present = this.loaded;
		if (revision.equals(present.revision())) {
			return present.set();
		}
		requireNoFailure(revision);
		this.changing.lock();
		try {
			// Of those who waited for the lock, the first has tried.
			requireNoFailure(revision);
			if (!this.store.revision().equals(this.loaded.revision())) {
				this.loaded = load(this.ofFiles, "change on another node", Actor.SYSTEM, null);
				this.problemOfStored = null;
			}
			return this.loaded.set();
		}
		catch (InvalidPolicyException ex) {
			String message = "The stored policies do not go together with those of this node: " + ex.text();
			logger.error("{}. Requests are refused until they do.", message);
			this.problemOfStored = message;
			this.failure = new Failure(revision, System.nanoTime());
			throw cannotBeLoaded();
		}
		finally {
			this.changing.unlock();
		}
	}

	private void requireNoFailure(String revision) {
		Failure last = this.failure;
		if (last != null && last.revision().equals(revision) && System.nanoTime() - last.at() < RETRY.toNanos()) {
			throw cannotBeLoaded();
		}
	}

	private static TryLaterException cannotBeLoaded() {
		return new TryLaterException("The policies of this node cannot be loaded; its log says why", RETRY);
	}

	/**
	 * The policies to show: those in force, or where nothing can be decided, those that
	 * this node last read. Must not run inside a transaction.
	 * @return the policies, of which {@link #problem()} says what is wrong
	 */
	public PolicySet shown() {
		try {
			return refresh();
		}
		catch (TryLaterException ex) {
			return current();
		}
	}

	/**
	 * Why nothing can be decided.
	 * @return the problem of what is stored, empty if there is none
	 */
	public Optional<String> refusal() {
		return Optional.ofNullable(this.problemOfStored);
	}

	/**
	 * Why the policies in force are not those of the files or of the database.
	 * @return the problem, empty if there is none
	 */
	public Optional<String> problem() {
		return Optional.ofNullable(this.problemOfStored).or(() -> Optional.ofNullable(this.problemOfFiles));
	}

	/**
	 * Puts other policies in the place of those of the files.
	 * @param fresh the files as they are now
	 * @throws InvalidPolicyException if they do not go together with the others, which
	 * changes nothing
	 */
	void replaceFiles(List<PolicyFile> fresh) {
		this.changing.lock();
		try {
			this.loaded = load(fresh, "files", Actor.SYSTEM, null);
			this.ofFiles = fresh;
			this.problemOfFiles = null;
			this.problemOfStored = null;
		}
		finally {
			this.changing.unlock();
		}
	}

	/**
	 * Keeps the policies in force although the files have changed.
	 * @param message why
	 */
	void keep(String message) {
		if (!message.equals(this.problemOfFiles)) {
			logger.error("{}. Version {} stays in force.", message, current().version());
		}
		this.problemOfFiles = message;
	}

	/**
	 * Changes the stored policies, and with them what is in force.
	 * @param actor who
	 * @param change writes the change; runs in a transaction that ends all changes of
	 * other nodes first
	 * @throws RefusedException if the policies could not be used after it, which changes
	 * nothing
	 */
	void change(Actor actor, Supplier<PolicyChange> change) {
		this.changing.lock();
		try {
			this.loaded = load(this.ofFiles, "", actor, change);
			this.problemOfStored = null;
		}
		catch (InvalidPolicyException ex) {
			throw new InvalidInputException(ex.problems());
		}
		finally {
			this.changing.unlock();
		}
	}

	/**
	 * Takes a policy away that somebody else changed, also while others are still to go.
	 * @param actor who
	 * @param kind what it is said to be
	 * @param id the policy
	 */
	void removeChanged(Actor actor, Rule.Kind kind, String id) {
		this.changing.lock();
		try {
			Optional<Loaded> repaired = Objects.requireNonNull(this.transactions.execute((status) -> {
				long revision = this.store.lock() + 1;
				actor.requireStill();
				this.store.delete(id);
				this.store.setRevision(revision);
				PolicyChange change = new PolicyChange(kind, kind.deleted(), id, null, null, null);
				if (!this.store.changed().stream().allMatch(id::equals)) {
					this.versions.record(change, actor);
					return Optional.empty();
				}
				PolicySet set = register(this.ofFiles, "", actor, change);
				this.store.seal();
				return Optional.of(new Loaded(this.store.revision(), set));
			}));
			repaired.ifPresent((whole) -> {
				this.loaded = whole;
				this.problemOfStored = null;
			});
		}
		catch (InvalidPolicyException ex) {
			throw new InvalidInputException(ex.problems());
		}
		finally {
			this.changing.unlock();
		}
	}

	private Loaded load(List<PolicyFile> fresh, String cause, Actor actor, @Nullable Supplier<PolicyChange> change) {
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			long revision = this.store.lock();
			actor.requireStill();
			boolean intact = this.store.isIntact();
			PolicyChange changed = (change != null) ? change.get() : null;
			if (changed != null) {
				this.store.setRevision(revision + 1);
			}
			PolicySet set = register(fresh, cause, actor, changed);
			if (!intact) {
				requireRecorded(changed);
			}
			if (changed != null) {
				this.store.seal();
			}
			return new Loaded(this.store.revision(), set);
		}));
	}

	private void requireRecorded(@Nullable PolicyChange change) {
		Set<String> ids = this.store.changed();
		if (!ids.isEmpty()) {
			throw new ChangedPolicyException(ids.iterator().next());
		}
		if (change == null) {
			throw new ChangedPolicyException();
		}
	}

	private PolicySet register(List<PolicyFile> fresh, String cause, Actor actor, @Nullable PolicyChange change) {
		PolicySet set = compile(fresh);
		return set.withVersion(this.versions.register(set, cause, actor, change));
	}

	private PolicySet compile(List<PolicyFile> fresh) {
		List<Policy> policies = new ArrayList<>();
		List<ActionEntry> actions = new ArrayList<>();
		PatternTotal patterns = new PatternTotal();
		fresh.forEach((file) -> {
			file.policies().forEach(patterns::add);
			file.actions().forEach(patterns::add);
		});
		for (StoredPolicy stored : this.store.findAll()) {
			Rule rule = patterns
				.add(this.parser.parse(stored.kind(), stored.id(), PolicyOrigin.API, stored.definition()));
			if (rule instanceof Policy policy) {
				policies.add(policy);
			}
			else if (rule instanceof ActionEntry entry) {
				actions.add(entry);
			}
		}
		PolicySet set = PolicySet.of(fresh, policies, actions);
		if (set.policies().size() > MAX_POLICIES || set.actions().entries().size() > MAX_POLICIES) {
			throw new InvalidPolicyException("policies", "and actions must be at most " + MAX_POLICIES + " each");
		}
		return set;
	}

	private record Loaded(String revision, PolicySet set) {
	}

	/**
	 * That loading failed.
	 *
	 * @param revision the revision of the policies then
	 * @param at when, by {@link System#nanoTime()}
	 */
	private record Failure(String revision, long at) {
	}

}
