package io.agentotp.server.page;

import java.util.ArrayList;
import java.util.List;

import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.Ballot;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.permission.Vote;
import io.agentotp.server.policy.Routing;
import org.jspecify.annotations.Nullable;

/**
 * How far a request is that more than one person has to approve.
 *
 * @param text how many have approved, and what it waits for
 * @param stages the stages, empty if there are none
 * @param votes who decided, in its order
 */
public record Approvals(List<Segment> text, List<Stage> stages, List<Cast> votes) {

	static @Nullable Approvals of(StoredPermission permission, Ballot ballot) {
		if (!ballot.isCounted()) {
			return null;
		}
		List<Stage> stages = new ArrayList<>();
		if (!permission.policy().routing().stages().isEmpty()) {
			for (int stage = 0; stage < ballot.stages().size(); stage++) {
				Routing.Stage step = ballot.stages().get(stage);
				stages.add(new Stage(VisibleText.of(step.name()), VisibleText.of(RoutingText.names(step.approvers())),
						ballot.given(stage), step.quorum(),
						permission.isPending() && stage == ballot.stage() && !ballot.isComplete()));
			}
		}
		return new Approvals(text(permission, ballot), stages,
				ballot.votes().stream().map((counted) -> Cast.of(counted, permission, ballot)).toList());
	}

	/**
	 * How many have approved.
	 * @return the text, empty if the first decision is the last
	 */
	static List<Segment> text(StoredPermission permission, Ballot ballot) {
		if (!ballot.isCounted()) {
			return List.of();
		}
		return VisibleText.of((permission.isPending() && !ballot.stageName().isEmpty())
				? Messages.get("approvals.waits", ballot.given(), ballot.needed(), ballot.stageName())
				: Messages.get("approvals.count", ballot.given(), ballot.needed()));
	}

	/**
	 * A stage.
	 *
	 * @param name its name
	 * @param asks whom it asks
	 * @param given how many have approved
	 * @param needed how many have to
	 * @param now whether it is its turn
	 */
	public record Stage(List<Segment> name, List<Segment> asks, int given, int needed, boolean now) {
	}

	/**
	 * What a person decided.
	 *
	 * @param by who
	 * @param inPlaceOf for whom the person stood in, or empty
	 * @param stage in which stage, or empty
	 * @param approved whether the person approved
	 * @param counts whether that counts
	 * @param at when
	 * @param reason why, or empty
	 * @param narrowed the limits that were left otherwise than asked for
	 */
	public record Cast(List<Segment> by, List<Segment> inPlaceOf, List<Segment> stage, boolean approved, boolean counts,
			Moment at, List<Segment> reason, List<Story.Narrowed> narrowed) {

		private static Cast of(Ballot.Counted counted, StoredPermission permission, Ballot ballot) {
			Vote vote = counted.vote();
			return new Cast(VisibleText.of(vote.voter()), VisibleText.of(vote.inPlaceOf()),
					VisibleText.of(ballot.stages().get(vote.stage()).name()), vote.approved(), counted.counts(),
					Moment.of(vote.at()), VisibleText.of(vote.reason()),
					vote.approved() ? Story.narrowed(permission.request().scope(), vote.scope()) : List.of());
		}

	}

}
