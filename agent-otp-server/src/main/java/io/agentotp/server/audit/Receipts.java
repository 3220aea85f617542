package io.agentotp.server.audit;

import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;

/**
 * Makes receipts of used permissions: their rows of the audit log, with what approvers
 * signed, and what shows without the database that they stand in the chain that was
 * signed for.
 */
@Component
public final class Receipts {

	static final String TYPE = "agent-otp-receipt";

	static final int VERSION = 1;

	private static final int BATCH = 500;

	// A receipt has the hash of each row up to the next checkpoint.
	private static final int MAX_PATH = 20_000;

	private final AuditChainStore store;

	private final AuditMac mac;

	private final AuditKeys keys;

	private final AuditSequencer sequencer;

	private final InstantSource clock;

	Receipts(AuditChainStore store, AuditMac mac, AuditKeys keys, AuditSequencer sequencer, InstantSource clock) {
		this.store = store;
		this.mac = mac;
		this.keys = keys;
		this.sequencer = sequencer;
		this.clock = clock;
	}

	/**
	 * Makes a receipt.
	 * @param permissionId the permission
	 * @param call the call that it was for, if it is still stored
	 * @return the receipt, a JSON Web Signature
	 * @throws ConflictException if the permission was not used, or its rows cannot be
	 * proved now
	 */
	public String of(String permissionId, @Nullable ObjectNode call) {
		AuditQuery query = AuditQuery.ofPermission(permissionId);
		List<LinkedEntry> rows = rows(query, (entry) -> true);
		if (rows.stream().noneMatch((row) -> is(row, AuditEvent.USED)) && !isUnlinked(query)) {
			throw new ConflictException("The permission has not been used, so there is no receipt", Map.of());
		}
		if (isUnlinked(query) || checkpoint(last(rows)) == null) {
			this.sequencer.seal();
			rows = rows(query, (entry) -> true);
		}
		if (isUnlinked(query)) {
			throw notNow();
		}
		if (rows.stream().noneMatch((row) -> is(row, AuditEvent.USED))) {
			throw new ConflictException("The permission has not been used, so there is no receipt", Map.of());
		}
		List<LinkedEntry> all = new ArrayList<>(passkeys(rows));
		all.addAll(rows);
		ObjectNode receipt = Json.object()
			.put("v", VERSION)
			.put("permission", permissionId)
			.put("issuedAt", this.clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
		if (call != null) {
			receipt.set("call", call);
		}
		NavigableMap<Long, Checkpoint> checkpoints = new TreeMap<>();
		ArrayNode placed = receipt.putArray("rows");
		all.forEach((row) -> placed.add(place(row, checkpoints)));
		ArrayNode signed = receipt.putArray("checkpoints");
		checkpoints.values().forEach((checkpoint) -> signed.add(checkpoint.toJson()));
		return SignedDocument.sign(TYPE, receipt, this.keys.current());
	}

	private static boolean is(LinkedEntry row, AuditEvent event) {
		return entry(row).event().equals(event.text());
	}

	private static AuditEntry entry(LinkedEntry row) {
		return Objects.requireNonNull(row.entry());
	}

	private static long last(List<LinkedEntry> rows) {
		return rows.isEmpty() ? 0 : rows.get(rows.size() - 1).seq();
	}

	private boolean isUnlinked(AuditQuery query) {
		return this.store.notLinked(query, 0, BATCH)
			.stream()
			.anyMatch((entry) -> this.mac.check(entry) == Tokens.Seal.INTACT);
	}

	private List<LinkedEntry> rows(AuditQuery query, Predicate<AuditEntry> filter) {
		List<LinkedEntry> found = new ArrayList<>();
		long seq = 0;
		List<LinkedEntry> page;
		do {
			page = this.store.linked(query, seq, Long.MAX_VALUE, BATCH);
			for (LinkedEntry row : page) {
				seq = row.seq();
				if (filter.test(entry(row))) {
					found.add(row.with(this.mac.mark(entry(row), true)));
				}
			}
		}
		while (!page.isEmpty());
		return found;
	}

	/** What tells of the passkeys that signed. */
	private List<LinkedEntry> passkeys(List<LinkedEntry> rows) {
		Set<String> credentials = new HashSet<>();
		rows.forEach((row) -> credentials.add(entry(row).details().path("proof").path("credentialId").asString("")));
		credentials.remove("");
		if (credentials.isEmpty()) {
			return List.of();
		}
		Predicate<AuditEntry> used = (entry) -> credentials.contains(entry.details().path("credentialId").asString(""));
		List<LinkedEntry> found = rows(AuditQuery.ofEvent(AuditEvent.PASSKEY_ADDED), used);
		found.addAll(rows(AuditQuery.ofEvent(AuditEvent.PASSKEY_REVOKED), used));
		return found;
	}

	private @Nullable Checkpoint checkpoint(long seq) {
		return this.store.checkpointsAfter(seq - 1)
			.stream()
			.filter((checkpoint) -> checkpoint.isSignedBy(this.keys.keys()))
			.findFirst()
			.orElse(null);
	}

	/** The row, and what leads from it to the next checkpoint. */
	private ObjectNode place(LinkedEntry row, NavigableMap<Long, Checkpoint> checkpoints) {
		Map.Entry<Long, Checkpoint> known = checkpoints.ceilingEntry(row.seq());
		Checkpoint checkpoint = (known != null && known.getKey() - row.seq() < BATCH) ? known.getValue()
				: checkpoint(row.seq());
		if (checkpoint == null) {
			throw notNow();
		}
		if (checkpoint.seq() - row.seq() > MAX_PATH) {
			throw new ConflictException("Too many rows follow in the audit log before the next checkpoint, so the "
					+ "receipt would be too large. Export the audit log", Map.of());
		}
		checkpoints.put(checkpoint.seq(), checkpoint);
		ObjectNode placed = Json.object().put("checkpoint", checkpoint.seq());
		placed.set("row", row.toJson());
		ArrayNode path = placed.putArray("path");
		long seq = row.seq();
		while (seq < checkpoint.seq()) {
			List<LinkedEntry> next = this.store.linked(seq, checkpoint.seq(), BATCH);
			if (next.isEmpty() || next.stream().anyMatch((link) -> link.entry() == null)) {
				throw new ConflictException("Rows are missing in the audit log. Verify it", Map.of());
			}
			next.forEach((link) -> path.add(AuditHash.row(entry(link))));
			seq = next.get(next.size() - 1).seq();
		}
		return placed;
	}

	private static ConflictException notNow() {
		return new ConflictException("The audit log is not signed up to the last row of this permission yet. Try again",
				Map.of());
	}

}
