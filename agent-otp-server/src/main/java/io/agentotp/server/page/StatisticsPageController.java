package io.agentotp.server.page;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Locale;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.stats.Statistics;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;

import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * Statistics over time.
 */
@Controller
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class StatisticsPageController {

	private final Statistics statistics;

	private final InstantSource clock;

	StatisticsPageController(Statistics statistics, InstantSource clock) {
		this.statistics = statistics;
		this.clock = clock;
	}

	@GetMapping("/numbers")
	String statistics(@RequestParam(defaultValue = "day") String span, Model model) {
		Span wanted = Arrays.stream(Span.values())
			.filter((known) -> known.text().equals(span))
			.findFirst()
			.orElseThrow(() -> new InvalidInputException("span", "must be day, month or quarter"));
		// Also the stretch that has begun, as a whole one.
		Instant now = this.clock.instant();
		Instant end = now.plusMillis(1);
		Instant begin = Instant
			.ofEpochSecond(Math.floorDiv(now.getEpochSecond(), wanted.length.toSeconds()) * wanted.length.toSeconds())
			.minus(wanted.length.multipliedBy(wanted.count - 1L));
		model.addAttribute("statistics",
				StatisticsView.of(this.statistics.requests(begin, end, wanted.length), wanted.length));
		model.addAttribute("outcomes", StatisticsView.OUTCOMES);
		model.addAttribute("spans", Span.values());
		model.addAttribute("span", wanted);
		return "statistics";
	}

	/**
	 * How far back the statistics go.
	 */
	public enum Span {

		/**
		 * A day, by the hour.
		 */
		DAY(24, Duration.ofHours(1)),
		/**
		 * A month, by the day.
		 */
		MONTH(30, Duration.ofDays(1)),
		/**
		 * A quarter, by the day.
		 */
		QUARTER(90, Duration.ofDays(1));

		private final int count;

		private final Duration length;

		Span(int count, Duration length) {
			this.count = count;
			this.length = length;
		}

		public String text() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

}
