package io.agentotp.server.permission;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

import io.agentotp.server.agent.Agents;
import io.agentotp.server.database.Instance;

import org.springframework.stereotype.Component;

/**
 * An agent's decisions in the order in which they were committed.
 */
@Component
public final class DecisionFeed {

	private static final int LIMIT = 100;

	private final PermissionStore store;

	private final PermissionExpiry expiry;

	private final Agents agents;

	private final String instance;

	DecisionFeed(PermissionStore store, PermissionExpiry expiry, Agents agents, Instance instance) {
		this.store = store;
		this.expiry = expiry;
		this.agents = agents;
		this.instance = instance.id();
	}

	/**
	 * The present end of the feed.
	 * @param agentId the agent
	 * @return an empty page with its cursor
	 */
	public Page present(String agentId) {
		return new Page(List.of(), write(this.agents.lastDecision(agentId)));
	}

	/**
	 * The place in the feed behind which everything is that was decided since a moment.
	 * Some of what was decided before it may be there, too.
	 * @param agentId the agent
	 * @param since the moment
	 * @return an empty page with its cursor
	 */
	public Page since(String agentId, Instant since) {
		Page present = present(agentId);
		return this.store.firstDecisionSince(agentId, since)
			.map((first) -> new Page(List.of(), write(first - 1)))
			.orElse(present);
	}

	/**
	 * What was decided after a cursor.
	 * @param agentId the agent
	 * @param cursor the cursor
	 * @return the permissions and the cursor behind them
	 */
	public Page after(String agentId, String cursor) {
		this.expiry.sweep();
		long seq = read(agentId, cursor);
		List<PermissionStore.Decided> decided = this.store.decidedAfter(agentId, seq, LIMIT);
		long last = decided.isEmpty() ? seq : decided.get(decided.size() - 1).seq();
		return new Page(
				decided.stream().map(PermissionStore.Decided::permission).map(this.expiry::expireIfOverdue).toList(),
				write(last));
	}

	// The instance makes a cursor of a database that is gone unusable, instead of wrong.
	private String write(long seq) {
		return Base64.getUrlEncoder()
			.withoutPadding()
			.encodeToString((this.instance + ":" + seq).getBytes(StandardCharsets.UTF_8));
	}

	private long read(String agentId, String cursor) {
		try {
			String[] parts = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8).split(":", -1);
			long seq = Long.parseLong(parts[parts.length - 1]);
			if (parts.length == 2 && parts[0].equals(this.instance) && seq >= 0
					&& seq <= this.agents.lastDecision(agentId)) {
				return seq;
			}
		}
		catch (IllegalArgumentException ex) {
			// Not a cursor, answered below.
		}
		throw new CursorGoneException();
	}

	/**
	 * A part of the feed.
	 *
	 * @param permissions the permissions
	 * @param cursor where the next part begins
	 */
	public record Page(List<StoredPermission> permissions, String cursor) {
	}

}
