package io.agentotp.server.audit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;

import io.agentotp.server.audit.AuditProblem.Kind;
import io.agentotp.server.proof.ApproverKey;
import io.agentotp.server.proof.DecisionStatement;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;

/**
 * Follows the chain, row by row, and compares it with what was signed.
 */
public final class AuditVerifier {

	private static final int MAX_PROBLEMS = 100;

	/** By their place, which more than one may have. */
	private final NavigableMap<Long, List<Checkpoint>> checkpoints = new TreeMap<>();

	private final List<AuditProblem> problems = new ArrayList<>();

	private final Function<AuditEntry, Tokens.Seal> macs;

	private final int given;

	private final @Nullable String chain;

	private final long begin;

	private final SignedDecisions decisions;

	private long proved;

	private int found;

	private long first;

	private long last;

	private long rows;

	private long unlinked;

	private @Nullable String hash;

	private long signedTo;

	/**
	 * Makes a verifier.
	 * @param chain the id of the database, or {@code null} for the one that the
	 * checkpoints name
	 * @param checkpoints what was signed
	 * @param keys the keys that may have signed
	 * @param begin the place where the rows must begin
	 */
	public AuditVerifier(@Nullable String chain, Collection<Checkpoint> checkpoints, Collection<AuditKey> keys,
			long begin) {
		this(chain, checkpoints, keys, begin, List.of(), (entry, statement) -> {
		});
	}

	/**
	 * Makes a verifier that looks for the passkeys of people elsewhere.
	 * @param chain as above
	 * @param checkpoints as above
	 * @param keys as above
	 * @param begin as above
	 * @param trusted the passkeys that count, or none for those that the rows tell of
	 * @param proved gets each decision that the passkey of a person proves
	 */
	public AuditVerifier(@Nullable String chain, Collection<Checkpoint> checkpoints, Collection<AuditKey> keys,
			long begin, Collection<ApproverKey> trusted, BiConsumer<AuditEntry, DecisionStatement> proved) {
		// The secret behind it stays with the service.
		this(chain, checkpoints, keys, begin, (entry) -> Tokens.Seal.UNKNOWN_SECRET, trusted, proved);
	}

	AuditVerifier(@Nullable String chain, Collection<Checkpoint> checkpoints, Collection<AuditKey> keys, long begin,
			Function<AuditEntry, Tokens.Seal> macs) {
		this(chain, checkpoints, keys, begin, macs, List.of(), (entry, statement) -> {
		});
	}

	private AuditVerifier(@Nullable String chain, Collection<Checkpoint> checkpoints, Collection<AuditKey> keys,
			long begin, Function<AuditEntry, Tokens.Seal> macs, Collection<ApproverKey> trusted,
			BiConsumer<AuditEntry, DecisionStatement> proved) {
		this.macs = macs;
		this.decisions = new SignedDecisions(trusted, (seq, text) -> problem(Kind.SIGNATURE, seq, text),
				(entry, statement) -> {
					this.proved++;
					proved.accept(entry, statement);
				});
		this.begin = begin;
		this.given = checkpoints.size();
		String named = chain;
		for (Checkpoint checkpoint : checkpoints) {
			if (!checkpoint.isSignedBy(keys)) {
				problem(Kind.CHECKPOINT, checkpoint.seq(), "The checkpoint of " + checkpoint.at()
						+ " is not signed by a known key (" + checkpoint.keyId() + ")");
			}
			else if (named != null && !named.equals(checkpoint.chain())) {
				problem(Kind.CHECKPOINT, checkpoint.seq(), "The checkpoint of " + checkpoint.at()
						+ " is of another database (" + checkpoint.chain() + ")");
			}
			else {
				named = checkpoint.chain();
				this.checkpoints.computeIfAbsent(checkpoint.seq(), (seq) -> new ArrayList<>(1)).add(checkpoint);
			}
		}
		this.chain = named;
	}

	/**
	 * The next row.
	 * @param row the row
	 */
	void next(LinkedEntry row) {
		if (row.seq() <= 0 || row.hash() == null) {
			this.unlinked++;
			return;
		}
		this.rows++;
		if (this.first == 0) {
			begin(row);
		}
		else if (row.seq() <= this.last) {
			problem(Kind.REORDERED, row.seq(), "Row " + row.seq() + " stands behind row " + this.last);
			return;
		}
		else if (row.seq() > this.last + 1) {
			missing(this.last + 1, row.seq() - 1);
			// Nothing is known of the link before it but what it says itself.
			this.hash = row.previousHash();
		}
		check(row);
		if (row.entry() != null) {
			this.decisions.next(row.entry(), row.seq());
		}
		this.last = row.seq();
		this.hash = row.hash();
		compare(row.seq(), row.hash());
	}

	private void begin(LinkedEntry row) {
		if (row.seq() > this.begin) {
			missing(this.begin, row.seq() - 1);
		}
		this.first = row.seq();
		this.last = row.seq() - 1;
		this.hash = (row.seq() == 1 && this.chain != null) ? AuditHash.genesis(this.chain) : row.previousHash();
		if (this.hash != null) {
			compare(row.seq() - 1, this.hash);
		}
	}

	private void check(LinkedEntry row) {
		if (row.entry() == null) {
			problem(Kind.REMOVED, row.seq(), "Row " + row.seq() + " is gone");
		}
		else if (this.hash == null || row.hash() == null) {
			return;
		}
		else if (row.previousHash() != null && !row.previousHash().equals(this.hash)) {
			problem(Kind.EDITED, row.seq(), "Row " + row.seq() + " does not follow from the row before it");
		}
		else if (!AuditHash.link(row.seq(), this.hash, row.entry()).equals(row.hash())) {
			problem(Kind.EDITED, row.seq(), "Row " + row.seq() + " (id " + row.entry().id() + ", " + row.entry().event()
					+ " at " + row.entry().at() + ") or its link was changed");
		}
		// One that was linked and signed for needs no secret that is given up.
		else if (row.entry().forged() || this.macs.apply(row.entry()) == Tokens.Seal.BROKEN) {
			forged(row.entry(), row.seq());
		}
	}

	private void compare(long seq, String found) {
		this.checkpoints.getOrDefault(seq, List.of()).forEach((checkpoint) -> {
			if (checkpoint.hash().equals(found)) {
				this.signedTo = seq;
			}
			else {
				problem(Kind.REWRITTEN, seq,
						"Up to row " + seq + " the rows are not those that were signed for at " + checkpoint.at());
			}
		});
	}

	private void missing(long from, long to) {
		problem(Kind.REMOVED, from,
				(from == to) ? "Row " + from + " is missing" : "Rows " + from + " to " + to + " are missing");
	}

	/**
	 * The next line of an export.
	 * @param line the line
	 * @param number its number
	 */
	public void line(String line, long number) {
		LinkedEntry row = LinkedEntry.read(line);
		AuditProblem found = (row == null) ? AuditProblem.read(line) : null;
		if (found != null) {
			problem(found.kind(), found.seq(), found.text());
		}
		else if (row == null) {
			problem(Kind.UNREADABLE, 0, "Line " + number + " is not a row as the service exports it");
		}
		else {
			next(row);
		}
	}

	/**
	 * A row that the service did not write.
	 * @param entry the row
	 * @param seq its place, 0 for none
	 */
	void forged(AuditEntry entry, long seq) {
		problem(Kind.FORGED, seq, "The row with the id " + entry.id() + " (" + entry.event() + " at " + entry.at()
				+ ") was not written by the service");
	}

	/**
	 * A row that should have been linked long ago.
	 * @param entry the row
	 */
	void neverLinked(AuditEntry entry) {
		problem(Kind.UNLINKED, 0,
				"The row with the id " + entry.id() + " of " + entry.at() + " does not stand in the chain");
	}

	void missingCheckpoint(Checkpoint checkpoint) {
		problem(Kind.CHECKPOINT, checkpoint.seq(),
				"The checkpoint of " + checkpoint.at() + " stands in the file outside, but not in the database");
	}

	/**
	 * Where the database says that the chain ends.
	 * @param seq the place
	 * @param end the hash of its link
	 */
	void head(long seq, String end) {
		if (seq != this.last || (seq > 0 && !end.equals(this.hash))) {
			problem(Kind.CUT_OFF, this.last, "The chain ends at row " + this.last + ", but its end was row " + seq);
		}
	}

	/**
	 * Ends the verification.
	 * @return what was found
	 */
	public AuditReport finish() {
		Map.Entry<Long, List<Checkpoint>> end = this.checkpoints.lastEntry();
		if (end != null && end.getKey() > this.last) {
			problem(Kind.CUT_OFF, this.last, "The last row is " + this.last + ", but at " + end.getValue().get(0).at()
					+ " " + end.getKey() + " rows were signed for");
		}
		return new AuditReport(List.copyOf(this.problems), this.found, this.rows, this.first, this.last, this.signedTo,
				this.unlinked, this.given, this.proved);
	}

	void problem(Kind kind, long seq, String text) {
		this.found++;
		if (this.problems.size() < MAX_PROBLEMS) {
			this.problems.add(new AuditProblem(kind, seq, text));
		}
	}

}
