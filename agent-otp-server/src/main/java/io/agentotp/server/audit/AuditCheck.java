package io.agentotp.server.audit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;

import org.springframework.stereotype.Component;

/**
 * Verifies the record in the database against the chain, the checkpoints in the database
 * and, where there is one, the file of checkpoints outside.
 */
@Component
public final class AuditCheck {

	private static final int BATCH = 1000;

	private static final int MAX_UNLINKED = 20;

	private final AuditChainStore store;

	private final AuditKeys keys;

	private final CheckpointPublisher outlet;

	private final InstantSource clock;

	// Each reads the whole record.
	private final Semaphore one = new Semaphore(1);

	AuditCheck(AuditChainStore store, AuditKeys keys, CheckpointPublisher outlet, InstantSource clock) {
		this.store = store;
		this.keys = keys;
		this.outlet = outlet;
		this.clock = clock;
	}

	public AuditReport verify() {
		if (!this.one.tryAcquire()) {
			throw new VerificationRunningException();
		}
		try {
			return readAll();
		}
		catch (IOException ex) {
			throw new UncheckedIOException("The file of audit checkpoints cannot be read", ex);
		}
		finally {
			this.one.release();
		}
	}

	private AuditReport readAll() throws IOException {
		// First, so that what is signed meanwhile is not expected.
		List<Checkpoint> outside = this.outlet.read();
		List<Checkpoint> inside = this.store.checkpointsAfter(0);
		AuditChainStore.Head head = this.store.head();
		List<Checkpoint> all = new ArrayList<>(inside);
		List<Checkpoint> missing = outside.stream().filter((checkpoint) -> !inside.contains(checkpoint)).toList();
		all.addAll(missing);
		AuditVerifier verifier = new AuditVerifier(this.store.chain(), all, this.keys.keys(), 1);
		missing.forEach(verifier::missingCheckpoint);
		long seq = 0;
		List<LinkedEntry> rows;
		do {
			rows = this.store.linked(seq, head.seq(), BATCH);
			rows.forEach(verifier::next);
			seq = rows.isEmpty() ? seq : rows.get(rows.size() - 1).seq();
		}
		while (rows.size() == BATCH);
		verifier.head(head.seq(), head.hash());
		unlinked(head, verifier);
		return verifier.finish();
	}

	private void unlinked(AuditChainStore.Head head, AuditVerifier verifier) {
		Instant oldest = this.clock.instant().minusSeconds(AuditGaps.PATIENCE_SECONDS);
		this.store.unlinked(Long.MAX_VALUE, BATCH)
			.stream()
			.peek((entry) -> verifier.next(new LinkedEntry(0, null, null, entry)))
			.filter((entry) -> entry.id() <= head.lastId() && entry.at().isBefore(oldest))
			.limit(MAX_UNLINKED)
			.forEach(verifier::neverLinked);
	}

}
