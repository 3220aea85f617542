package io.agentotp.server.permission;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

import io.agentotp.server.policy.Routing;
import org.jspecify.annotations.Nullable;

/**
 * How far the approvals of a request are. A person counts once in all stages together,
 * whether it decides itself, stands in or somebody stands in for it.
 *
 * @param stages who has to approve, one after another
 * @param votes what people decided, in its order
 */
public record Ballot(List<Routing.Stage> stages, List<Counted> votes) {

	/**
	 * Counts.
	 * @param routing whom the policy asks
	 * @param votes what people decided
	 * @param may whether who decided still may
	 * @return how far it is
	 */
	static Ballot of(Routing routing, List<Vote> votes, Predicate<Vote> may) {
		Set<String> used = new HashSet<>();
		List<Counted> counted = new ArrayList<>();
		votes.stream().sorted(Comparator.comparingInt(Vote::number)).forEach((vote) -> {
			boolean counts = vote.approved() && !used.contains(vote.person()) && !used.contains(vote.voter())
					&& may.test(vote);
			if (counts) {
				used.add(vote.person());
				used.add(vote.voter());
			}
			counted.add(new Counted(vote, counts));
		});
		return new Ballot(routing.steps(), List.copyOf(counted));
	}

	Ballot with(Vote vote) {
		List<Counted> counted = new ArrayList<>(this.votes);
		counted.add(new Counted(vote, vote.approved()));
		return new Ballot(this.stages, List.copyOf(counted));
	}

	/**
	 * Whether more than one approval is needed.
	 * @return {@code false} where the first decision is the last
	 */
	public boolean isCounted() {
		return needed() > 1;
	}

	/**
	 * The stage that waits.
	 * @return its number, from 0; the last one once all have approved
	 */
	public int stage() {
		for (int stage = 0; stage < this.stages.size(); stage++) {
			if (given(stage) < this.stages.get(stage).quorum()) {
				return stage;
			}
		}
		return this.stages.size() - 1;
	}

	/**
	 * What the stage that waits is called.
	 * @return its name, empty if the policy has no stages
	 */
	public String stageName() {
		return this.stages.get(stage()).name();
	}

	/**
	 * Whether all have approved that have to.
	 * @return {@code true} once nobody else is needed
	 */
	public boolean isComplete() {
		return given() >= needed();
	}

	/**
	 * How many have approved.
	 * @return how many count, of all stages
	 */
	public int given() {
		int given = 0;
		for (int stage = 0; stage < this.stages.size(); stage++) {
			given += given(stage);
		}
		return given;
	}

	/**
	 * How many have approved in a stage.
	 * @param stage the stage, from 0
	 * @return how many count, never more than are needed
	 */
	public int given(int stage) {
		long given = this.votes.stream().filter((each) -> each.counts() && each.vote().stage() == stage).count();
		return (int) Math.min(given, this.stages.get(stage).quorum());
	}

	/**
	 * How many have to approve.
	 * @return how many, in all stages
	 */
	public int needed() {
		return this.stages.stream().mapToInt(Routing.Stage::quorum).sum();
	}

	/**
	 * Whether a person cannot count any more.
	 * @param person the person
	 * @return {@code true} for who decided, and for whom somebody did
	 */
	public boolean hasVoted(String person) {
		return find(person) != null;
	}

	@Nullable Vote find(String person) {
		return this.votes.stream()
			.filter(Counted::counts)
			.map(Counted::vote)
			.filter((vote) -> vote.person().equals(person) || vote.voter().equals(person))
			.findFirst()
			.orElse(null);
	}

	/**
	 * What one person decided.
	 *
	 * @param vote the vote
	 * @param counts whether it counts as an approval
	 */
	public record Counted(Vote vote, boolean counts) {
	}

}
