package io.agentotp.server.page;

import java.util.List;

import io.agentotp.server.language.Messages;
import io.agentotp.server.permission.PermissionState;
import io.agentotp.server.stats.StatisticsBucket;

/**
 * A row of the table of statistics.
 *
 * @param from which time
 * @param total how many requests came in it
 * @param outcomes how many of them stand now where, in the order of the table
 * @param byPolicy how many a policy decided
 * @param byPerson how many a person decided
 * @param half how long half of the decisions of people took at most
 * @param most how long 95 of 100 took at most
 * @param rejectedUses how many uses were refused in it
 */
public record StatisticsRow(String from, long total, List<Long> outcomes, long byPolicy, long byPerson, String half,
		String most, long rejectedUses) {

	static StatisticsRow of(String from, StatisticsBucket bucket) {
		return new StatisticsRow(from, bucket.total(),
				StatisticsView.OUTCOMES.stream().map((outcome) -> StatisticsView.count(bucket, outcome)).toList(),
				bucket.byPolicy(), bucket.byPerson(), StatisticsView.seconds(bucket.median()),
				StatisticsView.seconds(bucket.slow()), bucket.rejectedUses());
	}

	static StatisticsRow total(List<StatisticsBucket> buckets) {
		return new StatisticsRow(Messages.get("statistics.total"),
				buckets.stream().mapToLong(StatisticsBucket::total).sum(),
				StatisticsView.OUTCOMES.stream().map((outcome) -> sum(buckets, outcome)).toList(),
				buckets.stream().mapToLong(StatisticsBucket::byPolicy).sum(),
				buckets.stream().mapToLong(StatisticsBucket::byPerson).sum(), "", "",
				buckets.stream().mapToLong(StatisticsBucket::rejectedUses).sum());
	}

	private static long sum(List<StatisticsBucket> buckets, PermissionState outcome) {
		return buckets.stream().mapToLong((bucket) -> StatisticsView.count(bucket, outcome)).sum();
	}

}
