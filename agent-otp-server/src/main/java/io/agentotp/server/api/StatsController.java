package io.agentotp.server.api;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

import io.agentotp.server.database.Times;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.json.Json;
import io.agentotp.server.stats.Statistics;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Statistics over time.
 */
@RestController
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class StatsController {

	private final Statistics statistics;

	private final InstantSource clock;

	StatsController(Statistics statistics, InstantSource clock) {
		this.statistics = statistics;
		this.clock = clock;
	}

	/**
	 * Requests by outcome and decision times, by hour or by day in UTC.
	 * @param bucket {@code hour} or {@code day}
	 * @param from the begin, by default a day or thirty days ago
	 * @param to the end, by default now
	 * @return the statistics
	 */
	@GetMapping("/api/v1/stats")
	JsonAnswer stats(@RequestParam(defaultValue = "hour") String bucket,
			@RequestParam(required = false) @Nullable String from,
			@RequestParam(required = false) @Nullable String to) {
		Duration length = switch (bucket) {
			case "hour" -> Duration.ofHours(1);
			case "day" -> Duration.ofDays(1);
			default -> throw new InvalidInputException("bucket", "must be hour or day");
		};
		Instant end = (to != null) ? Times.parse("to", to) : this.clock.instant();
		Instant begin = (from != null) ? Times.parse("from", from)
				: end.minus(bucket.equals("hour") ? Duration.ofDays(1) : Duration.ofDays(30));
		if (!begin.isBefore(end)) {
			throw new InvalidInputException("from", "must be before to");
		}
		if (Duration.between(begin, end).dividedBy(length) >= Statistics.MAX_BUCKETS) {
			throw new InvalidInputException("from",
					"must be less than " + Statistics.MAX_BUCKETS + " times the bucket before to");
		}
		ObjectNode data = Json.object().put("bucket", bucket).put("from", begin.toString()).put("to", end.toString());
		ArrayNode buckets = data.putArray("buckets");
		this.statistics.requests(begin, end, length).forEach((element) -> buckets.add(element.toJson()));
		return JsonAnswer.success(data);
	}

}
