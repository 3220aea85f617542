package io.agentotp.server.page;

import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.page.text.Segment;
import java.util.List;
import java.util.stream.IntStream;

import io.agentotp.server.audit.AuditEntry;
import org.jspecify.annotations.Nullable;

/**
 * A row of the audit log in the list of all.
 *
 * @param id its id
 * @param line what happened
 * @param agent the agent that asked, empty if none did
 * @param permissionId the permission, if it is about one
 */
public record AuditRow(long id, TrailRow line, List<Segment> agent, @Nullable String permissionId) {

	static List<AuditRow> of(List<AuditEntry> entries) {
		List<TrailRow> lines = Trail.rows(entries);
		return IntStream.range(0, lines.size()).mapToObj((i) -> {
			AuditEntry entry = entries.get(i);
			return new AuditRow(entry.id(), lines.get(i), VisibleText.of(entry.agentId()), entry.permissionId());
		}).toList();
	}

}
