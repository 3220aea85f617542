package io.agentotp.server.permission;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.failure.SignInAgainException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

/**
 * Takes one decision on several requests.
 */
@Component
public final class BatchDecisions {

	/**
	 * On how many requests can be decided at once.
	 */
	public static final int MAX = 100;

	private static final Logger logger = LoggerFactory.getLogger(BatchDecisions.class);

	private final PermissionReader reader;

	BatchDecisions(PermissionReader reader) {
		this.reader = reader;
	}

	/**
	 * Decides on identical requests, each by itself: what comes of one changes nothing
	 * for another, and hides nothing of it.
	 * @param ids the requests that the person saw; one that came since stays as it is
	 * @param viewer the person
	 * @param decision decides on one of them
	 * @return what became of each, in the order of the ids
	 * @throws RefusedException if they are not identical, or if all are refused for the
	 * same reason
	 */
	public List<DecisionOutcome> each(List<String> ids, Viewer viewer, Function<String, StoredPermission> decision) {
		return each(ids, viewer, (pending) -> {
		}, decision);
	}

	/**
	 * Decides on identical requests as above, if nothing is to be asked before.
	 * @param ids the requests that the person saw
	 * @param viewer the person
	 * @param check gets each that is pending before the first decision, and may throw
	 * @param decision decides on one of them
	 * @return what became of each, in the order of the ids
	 */
	public List<DecisionOutcome> each(List<String> ids, Viewer viewer, Consumer<StoredPermission> check,
			Function<String, StoredPermission> decision) {
		return each(ids, viewer, RequestIdentity::of, RequestIdentity::ofRequest,
				"must be those of identical requests: decide on different ones one by one", check, decision);
	}

	/**
	 * Decides on requests of one agent for one action, each by itself.
	 * @param ids the requests that the person saw
	 * @param viewer the person
	 * @param decision decides on one of them
	 * @return what became of each, in the order of the ids
	 * @throws RefusedException if they are not similar, or if all are refused for the
	 * same reason
	 */
	public List<DecisionOutcome> eachSimilar(List<String> ids, Viewer viewer,
			Function<String, StoredPermission> decision) {
		Function<StoredPermission, Object> kind = (permission) -> List.of(permission.agentId(),
				permission.request().action());
		return each(ids, viewer, kind, kind, "must be those of requests of one agent for one action", (pending) -> {
		}, decision);
	}

	private List<DecisionOutcome> each(List<String> ids, Viewer viewer, Function<StoredPermission, Object> kind,
			Function<StoredPermission, Object> request, String otherwise, Consumer<StoredPermission> check,
			Function<String, StoredPermission> decision) {
		if (ids.size() > MAX) {
			throw new InvalidInputException("ids", "must be at most " + MAX);
		}
		Set<Object> kinds = new HashSet<>();
		Set<Object> requests = new HashSet<>();
		List<DecisionOutcome> asked = ids.stream().distinct().map((id) -> {
			StoredPermission permission = this.reader.get(id, viewer);
			// What is over was on the page, too: what differs from it was not.
			requests.add(request.apply(permission));
			if (permission.isPending()) {
				kinds.add(kind.apply(permission));
				check.accept(permission);
			}
			return DecisionOutcome.of(permission);
		}).toList();
		if (kinds.size() > 1 || requests.size() > 1) {
			throw new InvalidInputException("ids", otherwise);
		}
		List<DecisionOutcome> outcomes = new ArrayList<>();
		for (DecisionOutcome one : asked) {
			try {
				outcomes.add(DecisionOutcome.of(decision.apply(one.id())));
			}
			catch (RefusedException ex) {
				// Once the person has signed in again, all are tried.
				if (ex instanceof SignInAgainException && outcomes.stream().noneMatch(DecisionOutcome::isDecided)) {
					throw ex;
				}
				outcomes.add(one.refused(ex));
			}
			catch (RuntimeException ex) {
				if (outcomes.stream().noneMatch(DecisionOutcome::isDecided)) {
					throw ex;
				}
				logger.error("Deciding on permission {} failed", one.id(), ex);
				outcomes.add(one.refused(failed("The service failed, so look whether this was decided")));
				// Each of the others could take as long to fail.
				RefusedException notTried = failed("Not tried, since the service failed before");
				asked.stream().skip(outcomes.size()).forEach((other) -> outcomes.add(other.refused(notTried)));
				break;
			}
		}
		return requireNews(outcomes);
	}

	private static RefusedException failed(String message) {
		return new DecisionFailedException(message);
	}

	// What is wrong with all of them, whatever became of them, is wrong with the order.
	private static List<DecisionOutcome> requireNews(List<DecisionOutcome> outcomes) {
		RefusedException first = outcomes.get(0).refusal();
		if (first != null && !(first instanceof ConflictException)
				&& outcomes.stream().allMatch((outcome) -> isRefusedAs(first, outcome))) {
			throw first;
		}
		return outcomes;
	}

	private static boolean isRefusedAs(RefusedException refusal, DecisionOutcome outcome) {
		return outcome.refusal() != null && outcome.refusal().text().equals(refusal.text());
	}

}
