package io.agentotp.server.page;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.AlreadyDecidedException;
import io.agentotp.server.permission.DecisionFailedException;
import io.agentotp.server.permission.DecisionOutcome;
import io.agentotp.server.permission.DecisionOutcome.Result;
import io.agentotp.server.permission.PermissionState;
import io.agentotp.server.web.SessionNotes;
import jakarta.servlet.http.HttpServletRequest;

/**
 * What became of several requests that were decided on at once. It waits for the page in
 * the session.
 *
 * @param text how many were decided and how many were not
 * @param complete whether each was decided
 * @param lines each of them
 */
public record BatchResult(String text, boolean complete, List<Line> lines) {

	private static final String ATTRIBUTE = "batch";

	/**
	 * Keeps what became of them for the next page.
	 * @throws RefusedException if the service failed on one of them, as no page may be
	 * able to say then
	 */
	static void keep(List<DecisionOutcome> outcomes, boolean approved, boolean identical, SessionNotes notes,
			HttpServletRequest request, Instant now) {
		String summary = Messages.get(
				"batch." + (identical ? "identical." : "similar.") + (approved ? "approved" : "denied"),
				count(outcomes, Result.DECIDED), outcomes.size());
		if (count(outcomes, Result.UNKNOWN) > 0) {
			throw new DecisionFailedException(summary + outcomes.stream()
				.flatMap((outcome) -> outcome.why().stream())
				.distinct()
				.map((why) -> " " + Messages.ofDomain(why) + ".")
				.collect(Collectors.joining()));
		}
		long late = count(outcomes, Result.TOO_LATE);
		long refused = count(outcomes, Result.REFUSED);
		long open = outcomes.stream()
			.filter((outcome) -> outcome.isDecided() && outcome.status() == PermissionState.PENDING)
			.count();
		notes.put(request, ATTRIBUTE,
				Json.write(new BatchResult(
						summary + ((open > 0) ? " " + Messages.get("batch.open", open) : "")
								+ ((late > 0) ? " " + Messages.get("batch.late", late) : "")
								+ ((refused > 0) ? " " + Messages.get("batch.refused", refused) : ""),
						late + refused == 0, outcomes.stream().map((outcome) -> Line.of(outcome, now)).toList())));
	}

	/**
	 * What was kept, once.
	 */
	static Optional<BatchResult> take(SessionNotes notes, HttpServletRequest request) {
		return notes.take(request, ATTRIBUTE).map((batch) -> Json.mapper().readValue(batch, BatchResult.class));
	}

	/**
	 * Says who decided before, and how long ago.
	 */
	static String late(AlreadyDecidedException ex, Instant now) {
		Object by = ex.details().get("decidedBy");
		String status = String.valueOf(ex.details().get("status"));
		if (by == null || status.equals(PermissionState.REVOKED.text())) {
			return Messages.ofDomain(ex.text());
		}
		try {
			return Messages.get(status.equals(PermissionState.DENIED.text()) ? "batch.denied-by" : "batch.approved-by",
					PermissionCard.name(by.toString()),
					Moment.ago(now, Instant.parse(String.valueOf(ex.details().get("decidedAt")))));
		}
		catch (DateTimeParseException unknown) {
			return Messages.ofDomain(ex.text());
		}
	}

	private static long count(List<DecisionOutcome> outcomes, Result result) {
		return outcomes.stream().filter((outcome) -> outcome.result() == result).count();
	}

	/**
	 * What became of one of them.
	 *
	 * @param id the request
	 * @param askedAt when it was asked
	 * @param result what became of it
	 * @param status where it stands now, if it was decided
	 * @param why why it was not decided, empty if it was
	 */
	public record Line(String id, Moment askedAt, String result, String status, List<Segment> why) {

		static Line of(DecisionOutcome outcome, Instant now) {
			String why = (outcome.refusal() instanceof AlreadyDecidedException late) ? late(late, now)
					: outcome.why().map(Messages::ofDomain).orElse(null);
			return new Line(outcome.id(), Moment.of(outcome.createdAt()), outcome.result().text(),
					outcome.isDecided() ? outcome.status().text() : "", VisibleText.of(why));
		}

	}

}
