package io.agentotp.server.audit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.agentotp.server.call.CallDigest;
import io.agentotp.server.json.Json;
import io.agentotp.server.proof.ApproverKey;
import io.agentotp.server.proof.DecisionStatement;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Verifies a receipt with public keys alone.
 */
public final class ReceiptVerifier {

	private final Collection<AuditKey> keys;

	private final Collection<ApproverKey> trusted;

	private final List<String> facts = new ArrayList<>();

	private final List<String> problems = new ArrayList<>();

	private boolean isApproved;

	/**
	 * Makes a verifier.
	 * @param keys the keys that the service may have signed with; without any, what it
	 * signed is not looked at
	 * @param trusted the keys of approvers that count, one of which must have signed that
	 * it is approved; without any, those that the receipt tells of
	 */
	public ReceiptVerifier(Collection<AuditKey> keys, Collection<ApproverKey> trusted) {
		this.keys = keys;
		this.trusted = trusted;
	}

	/**
	 * Verifies a receipt.
	 * @param text the receipt
	 * @return what it proves, and what is wrong with it
	 */
	public Result verify(String text) {
		SignedDocument document = SignedDocument.read(Receipts.TYPE, text);
		if (document == null || document.payload().path("v").asInt(0) != Receipts.VERSION) {
			this.problems.add("This is not a receipt of this version");
			return result();
		}
		if (!this.keys.isEmpty() && !document.isSignedBy(this.keys)) {
			this.problems.add("It is not signed by a known key of the service ("
					+ document.header().path("kid").asString("") + ")");
		}
		List<LinkedEntry> rows = rows(document.payload());
		String permission = document.payload().path("permission").asString("");
		LinkedEntry requested = rows.stream()
			.filter((row) -> isOf(row, permission, AuditEvent.REQUESTED))
			.findFirst()
			.orElse(null);
		if (requested == null) {
			this.problems.add("It has no row that tells what was asked");
			return result();
		}
		asked(permission, requested, document.payload().get("call"));
		decided(permission, rows, details(requested));
		used(permission, rows);
		return result();
	}

	private Result result() {
		return new Result(List.copyOf(this.facts), List.copyOf(this.problems));
	}

	private static boolean isOf(LinkedEntry row, String permission, AuditEvent event) {
		AuditEntry entry = entry(row);
		return permission.equals(entry.permissionId()) && entry.event().equals(event.text());
	}

	private static AuditEntry entry(LinkedEntry row) {
		return Objects.requireNonNull(row.entry());
	}

	private static ObjectNode details(LinkedEntry row) {
		ObjectNode details = Json.readObjectOrNull(entry(row).text());
		return (details != null) ? details : Json.object();
	}

	private List<LinkedEntry> rows(ObjectNode receipt) {
		Map<Long, Checkpoint> checkpoints = new HashMap<>();
		for (JsonNode json : receipt.path("checkpoints")) {
			Checkpoint checkpoint = Checkpoint.read(Json.write(json));
			if (checkpoint == null || (!this.keys.isEmpty() && !checkpoint.isSignedBy(this.keys))) {
				this.problems.add("A checkpoint is not signed by a known key of the service");
			}
			else {
				checkpoints.put(checkpoint.seq(), checkpoint);
			}
		}
		List<LinkedEntry> rows = new ArrayList<>();
		for (JsonNode placed : receipt.path("rows")) {
			LinkedEntry row = LinkedEntry.read(Json.write(placed.path("row")));
			if (row == null || row.entry() == null || row.previousHash() == null || row.entry().forged()) {
				this.problems.add("A row of the audit log is not one that the service wrote");
				continue;
			}
			rows.add(row);
			Checkpoint checkpoint = checkpoints.get(placed.path("checkpoint").asLong(0));
			if (checkpoint == null || !leads(row, row.previousHash(), placed.path("path"), checkpoint)) {
				this.problems.add("Row " + row.seq() + " (" + entry(row).event()
						+ ") does not stand in the chain that was signed for");
			}
		}
		return rows;
	}

	private static boolean leads(LinkedEntry row, String previous, JsonNode path, Checkpoint checkpoint) {
		long seq = row.seq();
		if (seq == 1 && !previous.equals(AuditHash.genesis(checkpoint.chain()))) {
			return false;
		}
		String hash = AuditHash.link(seq, previous, entry(row));
		if (!hash.equals(row.hash())) {
			return false;
		}
		for (JsonNode next : path) {
			hash = AuditHash.link(++seq, hash, next.asString(""));
		}
		return seq == checkpoint.seq() && hash.equals(checkpoint.hash());
	}

	private void asked(String permission, LinkedEntry row, @Nullable JsonNode call) {
		ObjectNode details = details(row);
		String digest = details.path("callDigest").asString(null);
		String action = details.path("action").asString("");
		String resource = details.path("resource").asString(null);
		this.facts.add("Permission " + permission + " for " + action + ((resource != null) ? " on " + resource : "")
				+ ", asked for by " + entry(row).actor() + " at " + entry(row).at());
		if (digest == null) {
			this.facts.add("It is bound to no call");
		}
		else if (!(call instanceof ObjectNode object)) {
			this.facts.add("It is bound to a call by " + digest + "; the receipt does not have the call");
		}
		else if (CallDigest.fits(digest, action, resource, details.path("scope"), object)) {
			this.facts.add("It is bound to the call in the receipt by " + digest);
		}
		else {
			this.problems.add("The call in the receipt is not the one that was asked for");
		}
	}

	private void decided(String permission, List<LinkedEntry> rows, ObjectNode requested) {
		SignedDecisions decisions = new SignedDecisions(this.trusted, (seq, problem) -> this.problems.add(problem),
				(entry, statement) -> proved(permission, statement, requested));
		rows.stream()
			.sorted((one, other) -> Long.compare(one.seq(), other.seq()))
			.forEach((row) -> decisions.next(entry(row), row.seq()));
		List<LinkedEntry> approved = rows.stream().filter((row) -> isOf(row, permission, AuditEvent.APPROVED)).toList();
		if (approved.isEmpty()) {
			this.problems.add("It has no row that tells of an approval");
		}
		else if (!this.trusted.isEmpty() && !this.isApproved) {
			this.problems.add("Nobody of the trust file has signed that it is approved");
		}
		approved.stream()
			.filter((row) -> !details(row).has("proof"))
			.forEach((row) -> this.facts
				.add("Approved by " + entry(row).actor() + " at " + entry(row).at() + ", as the service says"));
	}

	// Rows of another permission would be proved, too.
	private void proved(String permission, DecisionStatement statement, ObjectNode requested) {
		if (!statement.permission().equals(permission)
				|| !statement.action().equals(requested.path("action").asString(""))
				|| !Objects.equals(statement.resource(), requested.path("resource").asString(null))
				|| !Objects.equals(statement.callDigest(), requested.path("callDigest").asString(null))) {
			this.problems.add("What " + statement.approver() + " signed is not what was asked for");
			return;
		}
		this.isApproved |= statement.approved();
		this.facts.add((statement.approved() ? "Approved" : "Denied") + " by " + statement.approver() + " at "
				+ statement.at() + ", proved by the signature of a passkey "
				+ (this.trusted.isEmpty() ? "that the receipt names" : "of the trust file") + ", with the scope "
				+ Json.write(statement.grantedScope()));
	}

	private void used(String permission, List<LinkedEntry> rows) {
		List<LinkedEntry> uses = rows.stream().filter((row) -> isOf(row, permission, AuditEvent.USED)).toList();
		if (uses.isEmpty()) {
			this.problems.add("It has no row that tells of a use");
		}
		uses.forEach((row) -> this.facts.add("Used at " + entry(row).at() + ", outcome "
				+ details(row).path("actionDetails").path("outcome").asString("not told")));
		this.facts.add(this.keys.isEmpty() ? "What the service signed was not looked at: name its key with --key"
				: "Rows " + rows.stream().map((row) -> String.valueOf(row.seq())).toList()
						+ " of the audit log, signed for by the service");
	}

	/**
	 * What was found.
	 *
	 * @param facts what the receipt proves
	 * @param problems what is wrong with it
	 */
	public record Result(List<String> facts, List<String> problems) {
	}

}
