package io.agentotp.spring.tool.mcp;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

import io.agentotp.spring.guard.AgentTurn;
import io.agentotp.spring.tool.ToolCaller;
import org.jspecify.annotations.Nullable;

/**
 * The turns of the agents behind sessions. A server is not told when an agent has
 * answered its user, so a turn is some time of a session.
 */
final class McpSessions {

	private static final Duration TURN = Duration.ofMinutes(5);

	private static final int REMEMBERED = 10_000;

	private final InstantSource clock;

	private final Map<ToolCaller, Turn> turns = new LinkedHashMap<>(16, 0.75f, true) {

		@Override
		protected boolean removeEldestEntry(Map.Entry<ToolCaller, Turn> eldest) {
			return size() > REMEMBERED;
		}

	};

	McpSessions(InstantSource clock) {
		this.clock = clock;
	}

	/**
	 * Return the turn that a call is part of.
	 * @param caller the session, and for whom it is
	 * @return the turn, or {@code null} if there is no session
	 */
	synchronized @Nullable AgentTurn turn(ToolCaller caller) {
		if (caller.conversation() == null) {
			return null;
		}
		Instant now = this.clock.instant();
		Turn turn = this.turns.get(caller);
		if (turn == null || !now.isBefore(turn.end())) {
			turn = new Turn(new AgentTurn(), now.plus(TURN));
			this.turns.put(caller, turn);
		}
		return turn.turn();
	}

	private record Turn(AgentTurn turn, Instant end) {
	}

}
