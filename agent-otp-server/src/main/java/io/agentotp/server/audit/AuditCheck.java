package io.agentotp.server.audit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

import io.agentotp.server.token.Tokens;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

/**
 * Verifies the record in the database against the chain, the checkpoints in the database
 * and, where there is one, the file of checkpoints outside.
 */
@Component
public final class AuditCheck {

	private static final Logger logger = LoggerFactory.getLogger(AuditCheck.class);

	private static final int BATCH = 1000;

	private static final int MAX_COPIES = 100;

	private static final int PATIENCE_SECONDS = 10;

	private final AuditChainStore store;

	private final AuditMac mac;

	private final AuditKeys keys;

	private final CheckpointPublisher outlet;

	private final List<StateCheck> states;

	private final InstantSource clock;

	// Each reads the whole record.
	private final Semaphore one = new Semaphore(1);

	AuditCheck(AuditChainStore store, AuditMac mac, AuditKeys keys, CheckpointPublisher outlet, List<StateCheck> states,
			InstantSource clock) {
		this.store = store;
		this.mac = mac;
		this.states = states;
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
		long published = this.outlet.published();
		Set<Checkpoint> outside = new LinkedHashSet<>(this.outlet.read());
		Set<Checkpoint> inside = new LinkedHashSet<>(this.store.checkpointsAfter(Long.MIN_VALUE));
		AuditChainStore.Head head = this.store.head();
		List<Checkpoint> all = new ArrayList<>(inside);
		List<Checkpoint> missing = outside.stream().filter((checkpoint) -> !inside.contains(checkpoint)).toList();
		all.addAll(missing);
		AuditVerifier verifier = new AuditVerifier(this.store.chain(), all, this.keys.keys(), 1, this.mac::check);
		missing.forEach(verifier::missingCheckpoint);
		this.outlet.lost(inside, outside, published)
			.ifPresent((lost) -> verifier.problem(AuditProblem.Kind.CHECKPOINT, 0, lost));
		long seq = 0;
		List<LinkedEntry> rows;
		do {
			rows = this.store.linked(seq, head.seq(), BATCH);
			rows.forEach(verifier::next);
			seq = rows.isEmpty() ? seq : rows.get(rows.size() - 1).seq();
		}
		while (!rows.isEmpty());
		verifier.head(head.seq(), head.hash());
		unlinked(head, verifier);
		state((kind, problem) -> verifier.problem(kind, 0, problem));
		return verifier.finish();
	}

	private void unlinked(AuditChainStore.Head head, AuditVerifier verifier) {
		if (head.equals(AuditChainStore.Head.GONE)) {
			verifier.problem(AuditProblem.Kind.CUT_OFF, 0, AuditChainStore.HEAD_GONE);
		}
		Instant oldest = this.clock.instant().minusSeconds(AuditGaps.PATIENCE_SECONDS);
		long id = Long.MIN_VALUE;
		List<AuditEntry> entries;
		do {
			entries = this.store.unlinked(id, Long.MAX_VALUE, BATCH);
			for (AuditEntry entry : entries) {
				id = entry.id();
				verifier.next(new LinkedEntry(0, null, null, entry));
				if (this.mac.check(entry) != Tokens.Seal.INTACT) {
					verifier.forged(entry, 0);
				}
				else if (id <= head.lastId() && entry.at().isBefore(oldest)) {
					verifier.neverLinked(entry);
				}
			}
		}
		while (!entries.isEmpty());
		this.store.copies(MAX_COPIES).forEach((copy) -> verifier.forged(copy, 0));
	}

	/**
	 * Looks at what only the service can check, since it knows the secret.
	 * @param problems gets what is wrong
	 */
	private void state(BiConsumer<AuditProblem.Kind, String> problems) {
		this.states.forEach((state) -> {
			try {
				state.check(problems);
			}
			catch (RuntimeException ex) {
				// What somebody wrote into the database must not hide all other problems.
				String name = state.getClass().getSimpleName();
				logger.warn("{} failed, so what it compares is not verified", name, ex);
				problems.accept(AuditProblem.Kind.UNCHECKED,
						name + " failed, so nobody can tell whether what it compares was changed in the database. "
								+ "The log of this node says why");
			}
		});
	}

	/**
	 * What an export cannot show by its rows: rows that the service did not write, and
	 * what is stored otherwise than it was sealed.
	 * @return the problems, at most a hundred
	 */
	List<AuditProblem> beyondRows() {
		// What was written of the export cannot be taken back, so it says what is
		// missing.
		if (!acquired()) {
			return List.of(new AuditProblem(AuditProblem.Kind.UNCHECKED, 0,
					"Another verification was running, so only the rows can be verified. Export again"));
		}
		try {
			return findBeyondRows();
		}
		finally {
			this.one.release();
		}
	}

	private boolean acquired() {
		try {
			return this.one.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	private List<AuditProblem> findBeyondRows() {
		AuditVerifier verifier = new AuditVerifier(this.store.chain(), List.of(), this.keys.keys(), 1, this.mac::check);
		unlinked(this.store.head(), verifier);
		state((kind, problem) -> verifier.problem(kind, 0, problem));
		return verifier.finish().problems();
	}

}
