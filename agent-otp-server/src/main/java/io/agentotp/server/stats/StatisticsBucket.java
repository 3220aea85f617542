package io.agentotp.server.stats;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The statistics of a stretch of time.
 *
 * @param from its begin
 * @param requests the requests that came in it, by how they stand now
 * @param byPolicy how many of them a policy decided
 * @param byPerson how many of them a person decided
 * @param rejectedUses how many uses of tokens were refused in it
 * @param median how long half of the decisions of people took at most, in seconds
 * @param slow how long 95 of 100 took at most, in seconds
 */
public record StatisticsBucket(Instant from, Map<String, Long> requests, long byPolicy, long byPerson,
		long rejectedUses, @Nullable Double median, @Nullable Double slow) {

	static StatisticsBucket empty(Instant from) {
		return new StatisticsBucket(from, Map.of(), 0, 0, 0, null, null);
	}

	StatisticsBucket with(String status, long count, long policy, long person) {
		Map<String, Long> all = new TreeMap<>(this.requests);
		all.merge(status, count, Long::sum);
		return new StatisticsBucket(this.from, all, this.byPolicy + policy, this.byPerson + person, this.rejectedUses,
				this.median, this.slow);
	}

	StatisticsBucket with(double half, double most) {
		return new StatisticsBucket(this.from, this.requests, this.byPolicy, this.byPerson, this.rejectedUses, half,
				most);
	}

	StatisticsBucket withRejectedUses(long count) {
		return new StatisticsBucket(this.from, this.requests, this.byPolicy, this.byPerson, count, this.median,
				this.slow);
	}

	/**
	 * All requests.
	 * @return their number
	 */
	public long total() {
		return this.requests.values().stream().mapToLong(Long::longValue).sum();
	}

	public ObjectNode toJson() {
		ObjectNode json = Json.object().put("from", this.from.toString()).put("total", total());
		json.set("requests", Json.toTree(this.requests));
		return json.put("decidedByPolicy", this.byPolicy)
			.put("decidedByPerson", this.byPerson)
			.put("rejectedUses", this.rejectedUses)
			.put("decisionSecondsP50", this.median)
			.put("decisionSecondsP95", this.slow);
	}

}
