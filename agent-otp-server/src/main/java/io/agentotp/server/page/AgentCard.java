package io.agentotp.server.page;

import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import java.util.List;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.page.PageFrame.Frozen;
import org.jspecify.annotations.Nullable;

/**
 * An agent in a list.
 *
 * @param name its name
 * @param intact whether it is as the service stored it
 * @param description what it is for
 * @param owner who owns it, empty if nobody does
 * @param keySeenBy who has seen its key, empty if nobody did
 * @param createdAt since when it is known
 * @param active whether its key is accepted
 * @param configured whether only the configuration can change it
 * @param test whether its key is one for tests
 * @param frozen that it is stopped by itself
 */
public record AgentCard(String name, boolean intact, List<Segment> description, List<Segment> owner,
		List<Segment> keySeenBy, Moment createdAt, boolean active, boolean configured, boolean test,
		@Nullable Frozen frozen) {

	static AgentCard of(Agent agent) {
		return new AgentCard(agent.id(), agent.intact(), VisibleText.of(agent.description()),
				VisibleText.of(agent.owner()), VisibleText.of(agent.keySeenBy()), Moment.of(agent.createdAt()),
				agent.active(), agent.configured(), agent.test(),
				(agent.freeze() != null) ? Frozen.of(agent.freeze()) : null);
	}

}
