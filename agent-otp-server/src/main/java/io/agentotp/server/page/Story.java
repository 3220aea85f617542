package io.agentotp.server.page;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.StoredPermission;
import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What has become of a permission, for who looks at it afterwards.
 *
 * @param decided how long ago it was decided, or {@code null}
 * @param narrowed the limits that were granted otherwise than asked for
 * @param uses how many times it was used
 * @param maxUses how many times it can be
 * @param lastUse when it was last used, or {@code null}
 * @param used how long ago that was, or {@code null}
 * @param outcome what the agent says of that: one of the words that the guard has, else
 * empty
 * @param revoked when it was revoked, or {@code null}
 * @param signed whether a passkey of who decided has signed it
 */
public record Story(@Nullable String decided, List<Narrowed> narrowed, int uses, int maxUses, @Nullable Moment lastUse,
		@Nullable String used, String outcome, @Nullable Moment revoked, boolean signed) {

	private static final Set<String> OUTCOMES = Set.of("started", "succeeded", "failed", "cancelled");

	static Story of(StoredPermission permission, AuditLog audit, Instant now) {
		Instant decided = permission.decision().at();
		Optional<AuditEntry> use = (permission.grant().uses() > 0)
				? audit.latest(permission.id(), AuditEvent.USED).filter((row) -> !row.forged()) : Optional.empty();
		String outcome = use.map((row) -> row.details().path("actionDetails").path("outcome").asString("")).orElse("");
		return new Story((decided != null) ? Moment.ago(now, decided) : null,
				narrowed(permission.request().scope(), permission.grant().scope()), permission.grant().uses(),
				permission.grant().maxUses(), use.map((row) -> Moment.of(row.at())).orElse(null),
				use.map((row) -> Moment.ago(now, row.at())).orElse(null), OUTCOMES.contains(outcome) ? outcome : "",
				Moment.ofNullable(permission.grant().revokedAt()), isSigned(permission, audit));
	}

	private static boolean isSigned(StoredPermission permission, AuditLog audit) {
		// Where nobody signed, no vote is kept of a single decision.
		return permission.decision().votes() > 0 && !permission.isPending()
				&& Stream.of(AuditEvent.APPROVED, AuditEvent.DENIED)
					.flatMap((event) -> audit.latest(permission.id(), event).stream())
					.anyMatch((row) -> !row.forged() && row.details().has("proof"));
	}

	static List<Narrowed> narrowed(ObjectNode asked, ObjectNode granted) {
		return granted.properties()
			.stream()
			.filter((limit) -> !limit.getValue().equals(asked.get(limit.getKey())))
			.map((limit) -> Narrowed.of(limit.getKey(), asked.get(limit.getKey()), limit.getValue()))
			.toList();
	}

	/**
	 * A limit that was granted otherwise than asked for.
	 *
	 * @param name its name
	 * @param asked what was asked for, empty if it was added
	 * @param granted what was granted
	 */
	public record Narrowed(List<Segment> name, List<Segment> asked, List<Segment> granted) {

		private static Narrowed of(String name, @Nullable JsonNode asked, JsonNode granted) {
			return new Narrowed(VisibleText.of(name), (asked != null) ? ValueText.of(asked) : List.of(),
					ValueText.of(granted));
		}

	}

}
