package io.agentotp.server.page;

import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import java.util.List;
import java.util.stream.Collectors;

import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.permission.DecisionFailedException;
import io.agentotp.server.permission.DecisionOutcome;
import io.agentotp.server.permission.DecisionOutcome.Result;

/**
 * What became of identical questions that were decided on at once. It waits for the page
 * in the session.
 *
 * @param text how many were decided and how many were not
 * @param complete whether each was decided
 * @param lines each of them
 */
public record BatchResult(String text, boolean complete, List<Line> lines) {

	static BatchResult of(List<DecisionOutcome> outcomes, boolean approved) {
		long late = count(outcomes, Result.TOO_LATE);
		long refused = count(outcomes, Result.REFUSED);
		return new BatchResult(
				summary(outcomes, approved) + ((late > 0) ? " Decided or over before: " + late + "." : "")
						+ ((refused > 0) ? " Refused, so that it still waits: " + refused + "." : ""),
				late + refused == 0, List.copyOf(outcomes.stream().map(Line::of).toList()));
	}

	/**
	 * Says the same where no page may be able to, because the service fails.
	 * @param outcomes what became of them
	 * @param approved whether they were to be approved
	 * @throws RefusedException if the service failed on one of them
	 */
	static void requireKnown(List<DecisionOutcome> outcomes, boolean approved) {
		if (count(outcomes, Result.UNKNOWN) > 0) {
			throw new DecisionFailedException(summary(outcomes, approved) + outcomes.stream()
				.flatMap((outcome) -> outcome.why().stream())
				.distinct()
				.map((why) -> " " + why + ".")
				.collect(Collectors.joining()));
		}
	}

	private static String summary(List<DecisionOutcome> outcomes, boolean approved) {
		return count(outcomes, Result.DECIDED) + " of the " + outcomes.size() + (approved
				? " identical requests were approved, each for one call." : " identical requests were denied.");
	}

	private static long count(List<DecisionOutcome> outcomes, Result result) {
		return outcomes.stream().filter((outcome) -> outcome.result() == result).count();
	}

	/**
	 * What became of one of them.
	 *
	 * @param id the question
	 * @param askedAt when it was asked
	 * @param result what became of it
	 * @param word the result in words
	 * @param why why it was not decided, empty if it was
	 */
	public record Line(String id, Moment askedAt, String result, String word, List<Segment> why) {

		static Line of(DecisionOutcome outcome) {
			String word = switch (outcome.result()) {
				case DECIDED -> outcome.status().text();
				case TOO_LATE -> "too late";
				case REFUSED -> "refused";
				case UNKNOWN -> "not known";
			};
			return new Line(outcome.id(), Moment.of(outcome.createdAt()), outcome.result().text(), word,
					VisibleText.of(outcome.why().orElse(null)));
		}

	}

}
