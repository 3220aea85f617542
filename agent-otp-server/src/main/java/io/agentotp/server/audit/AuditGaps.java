package io.agentotp.server.audit;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.agentotp.server.json.Json;
import tools.jackson.databind.node.ArrayNode;

/**
 * Ids that were given out but were not there when the chain went past them. A transaction
 * that is still open may bring them; one that was rolled back never will.
 */
final class AuditGaps {

	static final long PATIENCE_SECONDS = 600;

	private static final int MAX = 10_000;

	private final Map<Long, Long> since;

	private AuditGaps(Map<Long, Long> since) {
		this.since = since;
	}

	static AuditGaps read(String json, Instant now) {
		Map<Long, Long> since = new TreeMap<>();
		Json.mapper().readTree(json).forEach((gap) -> {
			long seen = gap.path(1).longValue();
			if (now.getEpochSecond() - seen <= PATIENCE_SECONDS) {
				since.put(gap.path(0).longValue(), seen);
			}
		});
		return new AuditGaps(since);
	}

	void add(long from, long to, Instant now) {
		for (long id = from; id <= to && this.since.size() < MAX; id++) {
			this.since.put(id, now.getEpochSecond());
		}
	}

	void remove(long id) {
		this.since.remove(id);
	}

	Collection<Long> ids() {
		return List.copyOf(this.since.keySet());
	}

	String write() {
		ArrayNode gaps = Json.mapper().createArrayNode();
		this.since.forEach((id, seen) -> gaps.addArray().add(id).add(seen));
		return Json.write(gaps);
	}

}
