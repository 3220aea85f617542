package io.agentotp.server.page;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToLongFunction;

import io.agentotp.server.language.Messages;
import io.agentotp.server.page.Chart.Part;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.permission.PermissionState;
import io.agentotp.server.policy.FieldFormat;
import io.agentotp.server.stats.StatisticsBucket;
import org.jspecify.annotations.Nullable;

/**
 * The statistics of a stretch of time, as charts and as a table.
 *
 * @param charts the charts, none if nothing happened
 * @param total the whole time
 * @param rows the times in which something happened, the newest one first
 * @param unit the length of a row
 */
public record StatisticsView(List<Chart> charts, StatisticsRow total, List<StatisticsRow> rows, String unit) {

	// The lowest part of a bar first.
	static final List<PermissionState> OUTCOMES = List.of(PermissionState.USED, PermissionState.APPROVED,
			PermissionState.PENDING, PermissionState.EXPIRED, PermissionState.REVOKED, PermissionState.DENIED);

	private static final List<Part> OUTCOME_PARTS = OUTCOMES.stream()
		.map((outcome) -> new Part(outcome.text(), "status." + outcome.text()))
		.toList();

	private static final List<Part> TIME_PARTS = List.of(new Part("most", "chart.most"),
			new Part("half", "chart.half"));

	private static final List<Part> REJECTED_PARTS = List.of(new Part("denied", "statistics.refused-uses-2"));

	private static final int[] ROUND_SECONDS = { 1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200,
			86_400 };

	static StatisticsView of(List<StatisticsBucket> buckets, Duration length) {
		boolean hours = length.equals(Duration.ofHours(1));
		DateTimeFormatter format = DateTimeFormatter
			.ofPattern(Messages.get(hours ? "time.hour" : "time.day"), Messages.language())
			.withZone(ZoneOffset.UTC);
		Function<StatisticsBucket, String> name = (bucket) -> format.format(bucket.from());
		List<StatisticsRow> rows = new ArrayList<>(buckets.stream()
			.filter((bucket) -> bucket.total() + bucket.rejectedUses() > 0)
			.map((bucket) -> StatisticsRow.of(name.apply(bucket), bucket))
			.toList());
		Collections.reverse(rows);
		String unit = hours ? "hour" : "day";
		return new StatisticsView(rows.isEmpty() ? List.of() : charts(buckets, name, unit),
				StatisticsRow.total(buckets), rows, unit);
	}

	private static List<Chart> charts(List<StatisticsBucket> buckets, Function<StatisticsBucket, String> name,
			String unit) {
		List<String> ticks = List.of(name.apply(buckets.get(0)), name.apply(buckets.get(buckets.size() / 2)),
				name.apply(buckets.get(buckets.size() - 1)));
		return List.of(requests(buckets, name, unit, ticks), times(buckets, name, unit, ticks),
				rejected(buckets, name, unit, ticks));
	}

	private static Chart requests(List<StatisticsBucket> buckets, Function<StatisticsBucket, String> name, String unit,
			List<String> ticks) {
		long top = Chart.roundUp((double) most(buckets, StatisticsBucket::total));
		List<double[]> values = buckets.stream()
			.map((bucket) -> OUTCOMES.stream().mapToDouble((outcome) -> count(bucket, outcome)).toArray())
			.toList();
		return new Chart("requests", Messages.get("chart.requests.title"),
				peak("requests", buckets, StatisticsBucket::total, name, unit), OUTCOME_PARTS,
				Chart.stacked(values, OUTCOME_PARTS, (double) top), String.valueOf(top), ticks);
	}

	private static Chart times(List<StatisticsBucket> buckets, Function<StatisticsBucket, String> name, String unit,
			List<String> ticks) {
		List<double[]> values = buckets.stream()
			.map((bucket) -> new double[] { orZero(bucket.slow()), orZero(bucket.median()) })
			.toList();
		double highest = values.stream().mapToDouble((value) -> value[0]).max().orElse(0);
		long top = roundUpSeconds(highest);
		StatisticsBucket slowest = Collections.max(buckets,
				Comparator.comparingDouble((bucket) -> orZero(bucket.slow())));
		String text = (highest > 0) ? Messages.get("chart.times." + unit, name.apply(slowest),
				seconds(slowest.median()), seconds(slowest.slow())) : Messages.get("chart.times.none");
		return new Chart("times", Messages.get("chart.times.title"), text, TIME_PARTS,
				Chart.layered(values, TIME_PARTS, (double) top), seconds((double) top), ticks);
	}

	private static Chart rejected(List<StatisticsBucket> buckets, Function<StatisticsBucket, String> name, String unit,
			List<String> ticks) {
		long top = Chart.roundUp((double) most(buckets, StatisticsBucket::rejectedUses));
		List<double[]> values = buckets.stream()
			.map((bucket) -> new double[] { (double) bucket.rejectedUses() })
			.toList();
		return new Chart("rejected", Messages.get("chart.rejected.title"),
				peak("rejected", buckets, StatisticsBucket::rejectedUses, name, unit), REJECTED_PARTS,
				Chart.stacked(values, REJECTED_PARTS, (double) top), String.valueOf(top), ticks);
	}

	private static String peak(String what, List<StatisticsBucket> buckets, ToLongFunction<StatisticsBucket> value,
			Function<StatisticsBucket, String> name, String unit) {
		long all = buckets.stream().mapToLong(value).sum();
		if (all == 0) {
			return Messages.get("chart.none." + what);
		}
		StatisticsBucket peak = Collections.max(buckets, Comparator.comparingLong(value));
		return Messages.get("chart.peak." + what, all, value.applyAsLong(peak), Messages.get("chart.in-one." + unit),
				name.apply(peak));
	}

	private static long most(List<StatisticsBucket> buckets, ToLongFunction<StatisticsBucket> value) {
		return buckets.stream().mapToLong(value).max().orElse(0);
	}

	static long count(StatisticsBucket bucket, PermissionState outcome) {
		return bucket.requests().getOrDefault(outcome.text(), 0L);
	}

	private static double orZero(@Nullable Double value) {
		return Objects.requireNonNullElse(value, 0.0);
	}

	private static long roundUpSeconds(double value) {
		for (int seconds : ROUND_SECONDS) {
			if (seconds >= value) {
				return seconds;
			}
		}
		return 86_400 * Chart.roundUp(value / 86_400);
	}

	static String seconds(@Nullable Double value) {
		if (value == null) {
			return "";
		}
		return (value < 10 && value != Math.rint(value))
				? FieldFormat.grouped(BigDecimal.valueOf(value).setScale(1, RoundingMode.HALF_UP), 1) + " s"
				: Moment.text(Duration.ofSeconds(Math.round(value)));
	}

}
