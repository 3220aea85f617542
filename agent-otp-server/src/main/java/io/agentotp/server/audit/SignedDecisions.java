package io.agentotp.server.audit;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

import io.agentotp.server.json.CanonicalJson;
import io.agentotp.server.json.Json;
import io.agentotp.server.proof.ApproverKey;
import io.agentotp.server.proof.DecisionProof;
import io.agentotp.server.proof.DecisionStatement;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Follows the rows that tell of passkeys and of decisions that people signed, and
 * verifies each of these.
 */
final class SignedDecisions {

	private static final String STEP_UP = "\"stepUp\":\"passkey\"";

	private static final String REVOKED = AuditEvent.PASSKEY_REVOKED.text();

	private static final Set<String> DECIDED = Set.of(AuditEvent.APPROVED.text(), AuditEvent.DENIED.text(),
			AuditEvent.VOTE.text());

	private static final Set<String> ENDED = Set.of(AuditEvent.APPROVED.text(), AuditEvent.DENIED.text(),
			AuditEvent.EXPIRED.text(), AuditEvent.REVOKED.text());

	private final Map<String, ApproverKey> keys = new HashMap<>();

	private final boolean trusted;

	/** What was asked of those whose decision must be signed, while they wait. */
	private final Map<String, ObjectNode> asked = new HashMap<>();

	/** Who has signed an approval of them. */
	private final Map<String, Set<String>> signers = new HashMap<>();

	private final Set<String> seen = new HashSet<>();

	private final BiConsumer<Long, String> problems;

	private final BiConsumer<AuditEntry, DecisionStatement> proved;

	/**
	 * Makes it.
	 * @param trusted the keys that count, whatever the rows say; those that the rows tell
	 * of if there are none
	 * @param problems gets the place and the text of what is wrong
	 * @param proved gets each decision that is proved
	 */
	SignedDecisions(Collection<ApproverKey> trusted, BiConsumer<Long, String> problems,
			BiConsumer<AuditEntry, DecisionStatement> proved) {
		trusted.forEach((key) -> this.keys.put(key.credentialId(), key));
		this.trusted = !trusted.isEmpty();
		this.problems = problems;
		this.proved = proved;
	}

	/**
	 * The next row.
	 * @param entry the row
	 * @param seq its place
	 */
	void next(AuditEntry entry, long seq) {
		// Most rows are of no interest, and reading them all takes long.
		String event = entry.event();
		if (event.equals(AuditEvent.PASSKEY_ADDED.text()) || event.equals(REVOKED)) {
			if (!this.trusted) {
				key(entry, event);
			}
		}
		else if (event.equals(AuditEvent.REQUESTED.text())) {
			if (entry.permissionId() != null && entry.text().contains(STEP_UP)) {
				ObjectNode details = details(entry);
				if (details.path("routing").path("stepUp").asString("").equals("passkey")) {
					this.asked.put(entry.permissionId(), details);
				}
			}
		}
		else if (DECIDED.contains(event) && entry.permissionId() != null) {
			decided(entry, entry.permissionId(), seq);
		}
		if (ENDED.contains(event) && entry.permissionId() != null) {
			this.asked.remove(entry.permissionId());
			this.signers.remove(entry.permissionId());
		}
	}

	// What cannot be read was changed, as the chain tells.
	private static ObjectNode details(AuditEntry entry) {
		ObjectNode details = Json.readObjectOrNull(entry.text());
		return (details != null) ? details : Json.object();
	}

	private void key(AuditEntry entry, String event) {
		ObjectNode details = details(entry);
		if (event.equals(REVOKED)) {
			this.keys.computeIfPresent(details.path("credentialId").asString(""), (id, key) -> key.revoked(entry.at()));
			return;
		}
		ApproverKey key = ApproverKey.read(details, entry.at());
		if (key != null) {
			this.keys.putIfAbsent(key.credentialId(), key);
		}
	}

	private void decided(AuditEntry entry, String permission, long seq) {
		ObjectNode asked = this.asked.get(permission);
		boolean signed = entry.text().contains("\"proof\":");
		if (!signed && asked == null) {
			return;
		}
		ObjectNode details = details(entry);
		if (!details.has("proof")) {
			// Keys for tests are approved by nobody.
			if (asked != null && !isDenial(entry) && !asked.path("test").asBoolean(false)) {
				problem(entry, seq, "nobody signed it, but its policy asks for a signature");
			}
			return;
		}
		DecisionProof proof = DecisionProof.read(details.path("proof"));
		DecisionStatement statement = (proof != null) ? DecisionStatement.read(proof.statement()) : null;
		if (proof == null || statement == null) {
			problem(entry, seq, "its proof cannot be read");
			return;
		}
		String problem = problem(entry, details, proof, statement, asked);
		if (problem == null && asked != null && !isDenial(entry)) {
			problem = missing(entry, permission, statement.approver(), asked);
		}
		if (problem != null) {
			problem(entry, seq, problem);
		}
		else {
			this.proved.accept(entry, statement);
		}
	}

	// Each signs for itself, so only all of them together are an approval.
	private @Nullable String missing(AuditEntry entry, String permission, String approver, ObjectNode asked) {
		Set<String> people = this.signers.computeIfAbsent(permission, (id) -> new HashSet<>());
		people.add(approver);
		int needed = needed(asked.path("routing"));
		return (entry.event().equals(AuditEvent.APPROVED.text()) && people.size() < needed)
				? people.size() + " of the " + needed + " approvers that its policy asks for have signed" : null;
	}

	private static int needed(JsonNode routing) {
		JsonNode stages = routing.path("stages");
		return stages.isEmpty() ? routing.path("quorum").asInt(1)
				: stages.valueStream().mapToInt((stage) -> stage.path("quorum").asInt(1)).sum();
	}

	private @Nullable String problem(AuditEntry entry, ObjectNode details, DecisionProof proof,
			DecisionStatement statement, @Nullable ObjectNode asked) {
		ApproverKey key = this.keys.get(proof.credentialId());
		if (key == null) {
			return "the passkey that signed it is " + (this.trusted ? "not in the trust file"
					: "not one that these rows tell of. A trust file can name it");
		}
		String problem = key.problem(proof);
		if (problem != null) {
			return problem;
		}
		if (!statement.approver().equals(key.person())) {
			return "the passkey of " + key.person() + " signed it, not one of " + statement.approver();
		}
		if ((key.revokedAt() != null && key.revokedAt().isBefore(statement.at()))
				|| statement.at().plusSeconds(1).isBefore(key.validFrom())) {
			return "the passkey was not one of " + key.person() + " at that time";
		}
		if (!this.seen.add(statement.nonce())) {
			return "the same signature stands in an earlier row";
		}
		return isOfRow(entry, details, statement, asked) ? null : "something else was signed: " + proof.statement();
	}

	private static boolean isOfRow(AuditEntry entry, ObjectNode details, DecisionStatement statement,
			@Nullable ObjectNode asked) {
		boolean approved = !isDenial(entry);
		Instant at = statement.at();
		return statement.permission().equals(entry.permissionId()) && statement.agent().equals(entry.agentId())
				&& entry.actor().equals("user:" + statement.approver()) && statement.approved() == approved
				&& isSame(statement.reason(), details, "reason") && !at.isAfter(entry.at().plusSeconds(1))
				&& !at.plus(DecisionStatement.LIFE).plusSeconds(1).isBefore(entry.at())
				&& (!approved || isScope(statement.grantedScope(), details))
				&& (asked == null || (statement.action().equals(asked.path("action").asString(null))
						&& isSame(statement.resource(), asked, "resource")
						&& isSame(statement.callDigest(), asked, "callDigest")));
	}

	// Votes that are kept approve: a denial ends the request.
	private static boolean isDenial(AuditEntry entry) {
		return entry.event().equals(AuditEvent.DENIED.text());
	}

	private static boolean isSame(@Nullable String signed, ObjectNode row, String field) {
		return row.path(field).isString() ? row.path(field).stringValue().equals(signed) : signed == null;
	}

	private static boolean isScope(ObjectNode signed, ObjectNode details) {
		// As it was signed: numbers may be written otherwise there.
		return details.get("scope") instanceof ObjectNode scope
				&& signed.equals(Json.readObjectOrNull(CanonicalJson.text(scope)));
	}

	private void problem(AuditEntry entry, long seq, String problem) {
		this.problems.accept(seq, "The decision in row " + seq + " (" + entry.event() + " by " + entry.actor() + " on "
				+ entry.permissionId() + ") is not proved: " + problem);
	}

}
