package io.agentotp.server.audit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.DatabaseWatch;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Links committed rows into the chain and signs for them. Who writes rows does not wait
 * for it: rows are written without a place, and here, afterwards and in batches, get one.
 * One node at a time does it.
 */
@Component
public final class AuditSequencer {

	private static final Logger logger = LoggerFactory.getLogger(AuditSequencer.class);

	private static final int BATCH = 1000;

	private static final int MAX_BATCHES = 50;

	/** How long what was written may wait for its place. */
	private static final Duration PATIENCE = Duration.ofSeconds(10);

	private static final int MAX_TOLD = 1000;

	private final AuditChainStore store;

	private final AuditMac mac;

	private final AuditKeys keys;

	private final CheckpointPublisher outlet;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	private final Duration interval;

	// Behind which id rows may wait that were written before the chain was, or so late
	// that their gap was given up; none once all were looked at.
	private long stragglers = Long.MIN_VALUE;

	/** Ids of rows that the service did not write, of which the log has told. */
	private final Set<Long> told = new HashSet<>();

	/** Where the chain ended when it last grew, and what this node had written then. */
	private long end = -1;

	private long written;

	private volatile @Nullable Instant stalledSince;

	private volatile @Nullable String problem;

	@Autowired
	AuditSequencer(AuditChainStore store, AuditMac mac, AuditKeys keys, CheckpointPublisher outlet, AuditLog audit,
			TransactionTemplate transactions, InstantSource clock, AgentOtpServerProperties.Audit settings,
			Meters meters, DatabaseWatch database) {
		this(store, mac, keys, outlet, audit, transactions, clock, settings);
		meters
			.gauge("audit.unsigned.seconds", "Age of the oldest row of the audit log without a checkpoint",
					() -> database.isGone() ? Double.NaN : unsignedSince()
						.map((since) -> Math.max(0, Duration.between(since, clock.instant()).toMillis()) / 1000.0)
						.orElse(0.0));
	}

	AuditSequencer(AuditChainStore store, AuditMac mac, AuditKeys keys, CheckpointPublisher outlet, AuditLog audit,
			TransactionTemplate transactions, InstantSource clock, AgentOtpServerProperties.Audit settings) {
		this.store = store;
		this.mac = mac;
		this.keys = keys;
		this.outlet = outlet;
		this.audit = audit;
		this.transactions = transactions;
		this.clock = clock;
		this.interval = settings.checkpointInterval();
	}

	/**
	 * Links what is committed, and signs if it is time.
	 */
	@Scheduled(initialDelay = 1, fixedDelay = 1, timeUnit = TimeUnit.SECONDS)
	public void run() {
		run(this.interval);
	}

	/**
	 * Links what is committed, and signs at once.
	 */
	public void seal() {
		run(Duration.ZERO);
	}

	/**
	 * Why no row is linked and signed for any more, or no checkpoint leaves the database.
	 * @return the problem with its remedy, empty if there is none
	 */
	public Optional<String> problem() {
		return Optional.ofNullable(this.problem).or(this.outlet::problem);
	}

	private synchronized void run(Duration wait) {
		boolean more = true;
		for (int i = 0; i < MAX_BATCHES && more; i++) {
			more = Objects.requireNonNull(this.transactions.execute((status) -> {
				Optional<AuditChainStore.Head> head = this.store.lock();
				say(head.isPresent() || !this.store.head().equals(AuditChainStore.Head.GONE) ? null
						: AuditChainStore.HEAD_GONE);
				return head.map((place) -> link(place, wait)).orElse(false);
			}));
		}
		this.outlet.publish();
	}

	private void say(@Nullable String now) {
		if (now != null && this.problem == null) {
			logger.error(now);
		}
		this.problem = now;
	}

	private boolean link(AuditChainStore.Head stored, Duration wait) {
		AuditChainStore.Head head = end(stored);
		if (!head.equals(stored)) {
			logger.error(
					"The end of the audit log was set back in the database from place {} to {}. It goes on from {}",
					head.seq(), stored.seq(), head.seq());
			this.store.save(head);
		}
		int foreign = this.store.removeForeignLinks();
		if (foreign > 0) {
			logger.error(
					"{} links of the audit log at places that it has not reached were not written by this service, and are removed",
					foreign);
		}
		Instant now = this.clock.instant().truncatedTo(ChronoUnit.MILLIS);
		long writtenBefore = this.audit.written();
		boolean stalled = isStalled(now);
		AuditGaps gaps = AuditGaps.read(head.gaps(), now);
		List<AuditEntry> entries = new ArrayList<>(this.store.unlinked(gaps.ids()));
		entries.forEach((entry) -> gaps.remove(entry.id()));
		if (this.stragglers < Long.MAX_VALUE) {
			List<AuditEntry> late = this.store.unlinked(this.stragglers, head.lastId(), BATCH);
			late.stream().filter((entry) -> !entries.contains(entry)).forEach(entries::add);
			this.stragglers = late.isEmpty() ? Long.MAX_VALUE : late.get(late.size() - 1).id();
		}
		entries.removeIf((entry) -> !isOwn(entry));
		long lastId = head.lastId();
		List<AuditEntry> fresh = fresh(stalled ? Long.MIN_VALUE : lastId, entries);
		for (AuditEntry entry : fresh) {
			if (!stalled) {
				gaps.add(lastId + 1, entry.id() - 1, now);
			}
			lastId = entry.id();
		}
		entries.addAll(fresh);
		AuditChainStore.Head grown = append(head, entries, lastId, gaps.write());
		if (!grown.equals(head)) {
			this.store.save(grown);
		}
		watch(grown.seq(), writtenBefore, stalled, now);
		sign(grown, now, wait);
		return !fresh.isEmpty() || this.stragglers < Long.MAX_VALUE;
	}

	// Somebody may have set it back: links behind it stay if they are signed for, or are
	// such as only this service makes.
	private AuditChainStore.Head end(AuditChainStore.Head head) {
		if (this.store.linked(head.seq(), Long.MAX_VALUE, 1).isEmpty()) {
			return head;
		}
		AuditChainStore.Head end = this.store.lastCheckpoint(this.keys.keys())
			.filter((signed) -> signed.seq() > head.seq() && this.store.hasLink(signed.seq(), signed.hash()))
			.map((signed) -> head.at(signed.seq(), signed.hash()))
			.orElse((head.seq() < 0) ? head.at(0, "") : head);
		List<LinkedEntry> links;
		do {
			links = this.store.linked(end.seq(), Long.MAX_VALUE, BATCH);
			for (LinkedEntry link : links) {
				if (link.seq() != end.seq() + 1 || !isOwn(link)) {
					return end;
				}
				end = head.at(link.seq(), String.valueOf(link.hash()));
			}
		}
		while (!links.isEmpty());
		return end;
	}

	private boolean isOwn(LinkedEntry link) {
		String previous = (link.seq() == 1) ? AuditHash.genesis(this.store.chain()) : link.previousHash();
		return link.entry() != null && previous != null
				&& AuditHash.link(link.seq(), previous, link.entry()).equals(link.hash())
				&& this.mac.check(link.entry()) == Tokens.Seal.INTACT;
	}

	// What somebody else wrote takes no place and moves no place, however much it is.
	private List<AuditEntry> fresh(long after, List<AuditEntry> known) {
		List<AuditEntry> own = new ArrayList<>();
		List<AuditEntry> page;
		long place = after;
		do {
			page = this.store.unlinked(place, Long.MAX_VALUE, BATCH);
			page.stream().filter((entry) -> !known.contains(entry) && isOwn(entry)).forEach(own::add);
			place = page.isEmpty() ? place : page.get(page.size() - 1).id();
		}
		while (!page.isEmpty() && own.isEmpty());
		return own;
	}

	// What this node wrote gets a place. Where it gets none, somebody has changed what
	// the
	// chain goes by, and all rows are looked through.
	private boolean isStalled(Instant now) {
		Instant since = this.stalledSince;
		return since != null && !now.isBefore(since.plus(PATIENCE));
	}

	private void watch(long seq, long writtenBefore, boolean stalled, Instant now) {
		if (stalled && seq != this.end) {
			logger.error("Rows of the audit log had been passed over, since somebody changed where the chain stands "
					+ "in the database. They are linked now");
		}
		if (stalled || seq != this.end) {
			this.end = seq;
			this.written = writtenBefore;
			this.stalledSince = null;
		}
		else if (writtenBefore > this.written && this.stalledSince == null) {
			this.stalledSince = now;
		}
	}

	private boolean isOwn(AuditEntry entry) {
		boolean own = this.mac.check(entry) == Tokens.Seal.INTACT;
		if (!own && this.told.size() < MAX_TOLD && this.told.add(entry.id())) {
			logger.error("The row of the audit log with the id {} was not written by this service, or by a node with "
					+ "another secret, and is not signed for", entry.id());
		}
		return own;
	}

	private AuditChainStore.Head append(AuditChainStore.Head head, List<AuditEntry> entries, long lastId, String gaps) {
		long seq = head.seq();
		String hash = (seq == 0) ? AuditHash.genesis(this.store.chain()) : head.hash();
		List<LinkedEntry> links = new ArrayList<>(entries.size());
		for (AuditEntry entry : entries) {
			String next = AuditHash.link(++seq, hash, entry);
			links.add(new LinkedEntry(seq, hash, next, entry));
			hash = next;
		}
		if (!links.isEmpty()) {
			this.store.link(links);
		}
		return new AuditChainStore.Head(seq, hash, lastId, gaps);
	}

	private void sign(AuditChainStore.Head head, Instant now, Duration wait) {
		Optional<Checkpoint> last = this.store.lastCheckpoint(this.keys.keys());
		boolean covered = head.seq() == 0 || last.filter((checkpoint) -> checkpoint.seq() >= head.seq()).isPresent();
		boolean due = last.isEmpty() || !now.isBefore(last.get().at().plus(wait));
		if (!covered && due) {
			this.store.put(Checkpoint.sign(this.store.chain(), head.seq(), head.hash(), now, this.keys.current()));
		}
	}

	// Since when a row waits to be signed for.
	private Optional<Instant> unsignedSince() {
		AuditChainStore.Head head = this.store.head();
		long signed = this.store.lastCheckpoint(this.keys.keys()).map(Checkpoint::seq).orElse(0L);
		long after = head.equals(AuditChainStore.Head.GONE) ? Long.MIN_VALUE : head.lastId();
		return this.store.linked(signed, signed + 1, 1)
			.stream()
			.map(LinkedEntry::entry)
			.filter(Objects::nonNull)
			.map(AuditEntry::at)
			.findFirst()
			.or(() -> this.store.unlinked(after, Long.MAX_VALUE, BATCH)
				.stream()
				.filter((entry) -> this.mac.check(entry) == Tokens.Seal.INTACT)
				.map(AuditEntry::at)
				.findFirst())
			.or(() -> Optional.ofNullable(this.stalledSince));
	}

}
