package io.agentotp.server.audit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.config.AgentOtpServerProperties;

import io.agentotp.server.token.Tokens;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

	private final AuditChainStore store;

	private final AuditMac mac;

	private final AuditKeys keys;

	private final CheckpointPublisher outlet;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	private final Duration interval;

	// Behind which id rows may wait that were written before the chain was, or so late
	// that their gap was given up; none once all were looked at.
	private long stragglers;

	AuditSequencer(AuditChainStore store, AuditMac mac, AuditKeys keys, CheckpointPublisher outlet,
			TransactionTemplate transactions, InstantSource clock, AgentOtpServerProperties.Audit settings) {
		this.store = store;
		this.mac = mac;
		this.keys = keys;
		this.outlet = outlet;
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

	private synchronized void run(Duration wait) {
		for (int i = 0; i < MAX_BATCHES; i++) {
			Boolean more = this.transactions
				.execute((status) -> this.store.lock().map((head) -> link(head, wait)).orElse(false));
			if (more == null || !more) {
				break;
			}
		}
		this.outlet.publish();
	}

	private boolean link(AuditChainStore.Head head, Duration wait) {
		int foreign = this.store.removeForeignLinks();
		if (foreign > 0) {
			logger.error(
					"{} links of the audit log at places that it has not reached were not written by this service, and are removed",
					foreign);
		}
		Instant now = this.clock.instant().truncatedTo(ChronoUnit.MILLIS);
		AuditGaps gaps = AuditGaps.read(head.gaps(), now);
		List<AuditEntry> entries = new ArrayList<>(this.store.find(gaps.ids()));
		entries.forEach((entry) -> gaps.remove(entry.id()));
		if (this.stragglers < Long.MAX_VALUE) {
			List<AuditEntry> late = this.store.unlinked(this.stragglers, head.lastId(), BATCH);
			late.stream().filter((entry) -> !entries.contains(entry)).forEach(entries::add);
			this.stragglers = (late.size() == BATCH) ? late.get(BATCH - 1).id() : Long.MAX_VALUE;
		}
		List<AuditEntry> fresh = this.store.after(head.lastId(), BATCH);
		long lastId = head.lastId();
		for (AuditEntry entry : fresh) {
			gaps.add(lastId + 1, entry.id() - 1, now);
			lastId = entry.id();
		}
		entries.addAll(fresh);
		entries.removeIf((entry) -> !isOwn(entry));
		AuditChainStore.Head end = append(head, entries, lastId, gaps.write());
		if (!end.equals(head)) {
			this.store.save(end);
		}
		sign(end, now, wait);
		return fresh.size() == BATCH || this.stragglers < Long.MAX_VALUE;
	}

	// What somebody else wrote gets no place, and is never signed for.
	private boolean isOwn(AuditEntry entry) {
		boolean own = this.mac.check(entry) == Tokens.Seal.INTACT;
		if (!own) {
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
		Optional<Checkpoint> last = this.store.lastCheckpoint();
		boolean covered = head.seq() == 0 || last.filter((checkpoint) -> checkpoint.seq() >= head.seq()).isPresent();
		boolean due = last.isEmpty() || !now.isBefore(last.get().at().plus(wait));
		if (!covered && due) {
			this.store.insert(Checkpoint.sign(this.store.chain(), head.seq(), head.hash(), now, this.keys.current()));
		}
	}

}
