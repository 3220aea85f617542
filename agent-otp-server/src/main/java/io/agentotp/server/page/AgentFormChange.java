package io.agentotp.server.page;

import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.page.text.Segment;
import java.util.List;
import java.util.Optional;

/**
 * A setting of an agent that somebody changed while somebody else had its form open.
 *
 * @param name the setting
 * @param seen what the form was filled with
 * @param now what it is now
 * @param typed what stands in the form
 */
public record AgentFormChange(String name, List<Segment> seen, List<Segment> now, List<Segment> typed) {

	static Optional<AgentFormChange> of(String name, String seen, String now, String typed) {
		return seen.equals(now) ? Optional.empty() : Optional
			.of(new AgentFormChange(name, VisibleText.of(seen), VisibleText.of(now), VisibleText.of(typed)));
	}

}
