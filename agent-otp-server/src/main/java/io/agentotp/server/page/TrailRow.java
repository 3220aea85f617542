package io.agentotp.server.page;

import java.util.List;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import tools.jackson.databind.node.ObjectNode;

/**
 * A line of the audit log.
 *
 * @param at when
 * @param event what happened
 * @param actor who
 * @param byOwner whether the owner of the agent decided
 * @param test whether it is about what a key for tests asked for
 * @param forged whether the service did not write it so
 * @param details what else is known
 * @param says what of it the agent says
 * @param leftOut how many characters of details are too many for the page, else 0
 */
public record TrailRow(Moment at, String event, List<Segment> actor, boolean byOwner, boolean test, boolean forged,
		List<Row> details, List<Row> says, int leftOut) {

	private static final String AGENT = Actor.agent("", null).name();

	/**
	 * What happened, in words.
	 * @return the words
	 */
	public String what() {
		return Messages.word("event", this.event);
	}

	static TrailRow of(AuditEntry entry, int leftOut) {
		ObjectNode details = entry.details();
		details.properties().removeIf((detail) -> detail.getValue().isNull());
		String address = (entry.address() != null) ? " (" + entry.address() + ")" : "";
		return new TrailRow(Moment.of(entry.at()), entry.event(), VisibleText.of(entry.actor() + address),
				details.path("byOwner").asBoolean(false), details.path("test").asBoolean(false), entry.forged(),
				(leftOut == 0) ? rows(entry, false) : List.of(), (leftOut == 0) ? rows(entry, true) : List.of(),
				leftOut);
	}

	// Of a revocation the agent gives the reason, of a use what it reports.
	private static List<Row> rows(AuditEntry entry, boolean said) {
		boolean reason = entry.actor().startsWith(AGENT) && entry.event().equals(AuditEvent.REVOKED.text());
		ObjectNode rows = Json.object();
		entry.details().properties().forEach((detail) -> {
			boolean says = detail.getKey().equals("actionDetails") || (reason && detail.getKey().equals("reason"));
			if (says == said && detail.getKey().equals("proof")) {
				// What was signed says more to people than the signature.
				rows.set("signed", detail.getValue().path("statement"));
			}
			else if (says == said) {
				rows.set(detail.getKey(), detail.getValue());
			}
		});
		return PermissionDetail.rows(rows, List.of());
	}

}
