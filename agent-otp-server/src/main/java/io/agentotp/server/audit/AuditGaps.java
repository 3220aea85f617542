package io.agentotp.server.audit;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.agentotp.server.json.Json;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * Ids that were given out but were not there when the chain went past them. A transaction
 * that is still open may bring them; one that was rolled back never will.
 */
final class AuditGaps {

	private static final Logger logger = LoggerFactory.getLogger(AuditGaps.class);

	static final long PATIENCE_SECONDS = 600;

	private static final int MAX = 10_000;

	private final Map<Long, Long> since;

	private AuditGaps(Map<Long, Long> since) {
		this.since = since;
	}

	static AuditGaps read(String json, Instant now) {
		Map<Long, Long> since = new TreeMap<>();
		readable(json).forEach((gap) -> {
			long seen = gap.path(1).longValue();
			if (now.getEpochSecond() - seen <= PATIENCE_SECONDS) {
				since.put(gap.path(0).longValue(), seen);
			}
		});
		return new AuditGaps(since);
	}

	// Without them late rows are found at the next start, and told of until then.
	private static JsonNode readable(String json) {
		try {
			return Json.mapper().readTree(json);
		}
		catch (JacksonException ex) {
			logger.warn("The gaps of the audit chain cannot be read and are given up");
			return Json.mapper().createArrayNode();
		}
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
