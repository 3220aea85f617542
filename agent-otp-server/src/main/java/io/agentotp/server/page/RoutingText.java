package io.agentotp.server.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.policy.Routing;
import io.agentotp.server.policy.StepUp;

/**
 * Whom a policy asks, for people.
 *
 * @param lines each a sentence
 * @param deciders who could decide now
 */
public record RoutingText(List<List<Segment>> lines, List<Segment> deciders) {

	static RoutingText of(Routing routing, Set<String> deciders) {
		return new RoutingText(lines(routing), VisibleText.of(String.join(", ", deciders)));
	}

	static List<List<Segment>> lines(Routing routing) {
		List<String> lines = new ArrayList<>();
		if (!routing.stages().isEmpty()) {
			for (int stage = 0; stage < routing.stages().size(); stage++) {
				Routing.Stage step = routing.stages().get(stage);
				lines
					.add(Messages.get("routing.stage", stage + 1, step.name(), names(step.approvers()), step.quorum()));
			}
		}
		else if (!routing.approvers().isAll()) {
			lines.add(Messages.get("routing.asks", names(routing.approvers())));
		}
		if (routing.stepUp() != StepUp.NONE) {
			lines.add(Messages.get("routing.step-up." + routing.stepUp().text()));
		}
		if (routing.quorum() > 1) {
			lines.add(Messages.get("routing.quorum", routing.quorum()));
		}
		if (routing.window() != null) {
			lines.add(Messages.get("routing.window", Moment.words(routing.window())));
		}
		if (!routing.remind().isEmpty()) {
			lines.add(Messages.get("routing.remind",
					routing.remind().stream().map(Moment::words).collect(Collectors.joining(", "))));
		}
		Routing.Escalation escalation = routing.escalate();
		if (escalation != null) {
			lines.add(escalation(escalation));
		}
		return lines.stream().map(VisibleText::of).toList();
	}

	static String escalation(Routing.Escalation escalation) {
		return Messages.get("routing.escalate", Moment.words(escalation.after()), names(escalation.to()));
	}

	/**
	 * Groups and people in one text.
	 */
	static String names(Routing.Approvers approvers) {
		return Stream
			.concat(approvers.groups().stream().map((group) -> Messages.get("routing.group", group)),
					approvers.people().stream())
			.collect(Collectors.joining(", "));
	}

}
