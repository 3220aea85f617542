package io.agentotp.spring.tool.mcp;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentotp.spring.guard.AgentTurn;
import io.agentotp.spring.guard.CallerIdentity;
import io.agentotp.spring.guard.Recent;
import io.agentotp.spring.tool.ToolCaller;

/**
 * What the sessions of a server have under way: their calls, the permission requests that
 * those have left open, and the turns of the agents behind them. A server is not told
 * when an agent has answered its user, so a turn is some time of a session.
 */
final class McpSessions {

	private static final Duration TURN = Duration.ofMinutes(5);

	private static final int REMEMBERED = 10_000;

	private static final int OPEN = 1000;

	private final InstantSource clock;

	private final Map<Caller, Turn> turns = Recent.map(REMEMBERED);

	private final Map<String, Session> sessions = Recent.map(REMEMBERED);

	McpSessions(InstantSource clock) {
		this.clock = clock;
	}

	/**
	 * Return the turn that a call on this thread is part of.
	 * @param caller the session, and for whom it is
	 */
	AgentTurn turn(ToolCaller caller) {
		return turn(caller, new AgentTurn());
	}

	/**
	 * Return the turn that a call is part of. Several principals may share a session.
	 * @param caller the session, and for whom it is
	 * @param begun the turn if the call begins one, or if there is no session
	 */
	synchronized AgentTurn turn(ToolCaller caller, AgentTurn begun) {
		if (caller.conversation() == null) {
			return begun;
		}
		Instant now = this.clock.instant();
		Caller key = new Caller(caller, begun.caller());
		Turn turn = this.turns.get(key);
		if (turn == null || !now.isBefore(turn.end())) {
			turn = new Turn(begun, now.plus(TURN));
			this.turns.put(key, turn);
		}
		return turn.turn();
	}

	/**
	 * A call begins.
	 */
	synchronized void begin(String session, McpCallerDeadline call) {
		this.sessions.computeIfAbsent(session, (id) -> new Session()).running.add(call);
	}

	/**
	 * A call leaves a permission request open, until it is made again.
	 * @param call the tool and its arguments
	 * @param permission the id of the request, which each call that waits for it leaves
	 */
	synchronized void leave(String session, Object call, String permission, Runnable withdraw) {
		this.sessions.computeIfAbsent(session, (id) -> new Session()).open
			.computeIfAbsent(call, (key) -> Recent.map(OPEN))
			.put(permission, withdraw);
	}

	/**
	 * A call has ended.
	 * @param done whether it has left nothing open
	 */
	synchronized void end(String session, McpCallerDeadline call, Object key, boolean done) {
		Session known = this.sessions.get(session);
		if (known != null) {
			known.running.remove(call);
			if (done) {
				known.open.remove(key);
			}
			if (known.running.isEmpty() && known.open.isEmpty()) {
				this.sessions.remove(session);
			}
		}
	}

	/**
	 * The client does not want a request to be answered any more.
	 */
	void cancel(String session, Object request) {
		List<McpCallerDeadline> cancelled;
		synchronized (this) {
			Session known = this.sessions.get(session);
			cancelled = (known == null) ? List.of()
					: known.running.stream().filter((call) -> call.isOf(request)).toList();
		}
		cancelled.forEach(McpCallerDeadline::cancel);
	}

	/**
	 * A session is over: nobody can pick up what it has left open.
	 */
	void close(String session) {
		Session over;
		synchronized (this) {
			over = this.sessions.remove(session);
		}
		if (over != null) {
			over.running.forEach(McpCallerDeadline::cancel);
			over.open.values().forEach((withdrawals) -> withdrawals.values().forEach(Runnable::run));
		}
	}

	private record Caller(ToolCaller caller, CallerIdentity identity) {
	}

	private record Turn(AgentTurn turn, Instant end) {
	}

	/**
	 * What a session has under way.
	 */
	private static final class Session {

		private final Set<McpCallerDeadline> running = new LinkedHashSet<>();

		private final Map<Object, Map<String, Runnable>> open = Recent.map(OPEN);

	}

}
