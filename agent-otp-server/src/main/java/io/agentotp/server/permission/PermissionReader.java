package io.agentotp.server.permission;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.database.DatabaseWatch;
import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Reads permissions as they stand now.
 */
@Component
public final class PermissionReader {

	// What an agent gets in one answer, as text.
	private static final long MAX_SIZE = 256 * 1024;

	private final PermissionStore store;

	private final PermissionExpiry expiry;

	private final Tokens tokens;

	private final InstantSource clock;

	PermissionReader(PermissionStore store, PermissionExpiry expiry, Tokens tokens, InstantSource clock, Meters meters,
			DatabaseWatch database) {
		this.store = store;
		this.expiry = expiry;
		this.tokens = tokens;
		this.clock = clock;
		meters.gauge("pending", "Requests that wait for a decision, of all nodes",
				() -> database.isGone() ? Double.NaN : store.countPending(Now.of(clock)));
	}

	/**
	 * An agent's permission. That of another agent is as unknown as one that never was.
	 * @param id the permission
	 * @param agentId the agent
	 * @return the permission
	 */
	public StoredPermission get(String id, String agentId) {
		return this.store.find(id, agentId)
			.map(this.expiry::expireIfOverdue)
			.orElseThrow(PermissionReader::unknownPermission);
	}

	/**
	 * An agent's permission, which nobody else changes until the present transaction
	 * ends.
	 * @param id the permission
	 * @param agentId the agent
	 * @return the permission
	 */
	StoredPermission lock(String id, String agentId) {
		return this.store.lock(id, agentId)
			// Of what is pending, the agent would have to be locked before.
			.map((permission) -> permission.isPending() ? permission : this.expiry.expireIfOverdue(permission))
			.orElseThrow(PermissionReader::unknownPermission);
	}

	public StoredPermission get(String id) {
		return find(id).orElseThrow(PermissionReader::unknownPermission);
	}

	PermissionStore.Asked asked(String id, String user) {
		PermissionStore.Asked asked = this.store.findAsked(id, user).orElseThrow(PermissionReader::unknownPermission);
		return asked.with(this.expiry.expireIfOverdue(asked.permission()));
	}

	public Optional<StoredPermission> find(String id) {
		return this.store.find(id).map(this.expiry::expireIfOverdue);
	}

	/**
	 * Reads permissions, a few at a time: as JSON many large ones do not fit into memory.
	 * @param ids the permissions
	 * @param agentId the agent that they must be of, or {@code null} for any
	 * @param work gets each that there is, in this order
	 */
	public void each(List<String> ids, @Nullable String agentId, Consumer<StoredPermission> work) {
		this.store.each(ids, agentId, (permission) -> work.accept(this.expiry.expireIfOverdue(permission)));
	}

	/**
	 * Which permissions of an agent there is room for in one answer, one at least, those
	 * first that are decided.
	 * @param ids the permissions
	 * @param agentId the agent
	 * @return those that fit, and the others that there are
	 */
	public Fitting fitting(List<String> ids, String agentId) {
		List<String> fitting = new ArrayList<>();
		List<String> leftOut = new ArrayList<>();
		long room = MAX_SIZE;
		for (Map.Entry<String, Long> found : this.store.sizes(ids, agentId).entrySet()) {
			room -= found.getValue();
			((room >= 0 || fitting.isEmpty()) ? fitting : leftOut).add(found.getKey());
		}
		return new Fitting(fitting, leftOut);
	}

	/**
	 * Reads permissions, a few at a time, and keeps what is made of each.
	 * @param ids the permissions
	 * @param view makes something of one that is there
	 * @return what it made, in this order
	 */
	public <T> List<T> each(List<String> ids, Function<StoredPermission, T> view) {
		List<T> made = new ArrayList<>();
		each(ids, null, (permission) -> made.add(view.apply(permission)));
		return made;
	}

	/**
	 * The ids of the questions that wait, the oldest first.
	 * @return the ids
	 */
	public List<String> pendingIds() {
		return this.store.pendingIds(Now.of(this.clock));
	}

	/**
	 * The ids of requests that wait, those first that end first.
	 * @param limit how many at most
	 * @return the ids
	 */
	public List<String> pendingIdsByEnd(int limit) {
		return this.store.pendingIdsByEnd(Now.of(this.clock), limit);
	}

	/**
	 * The ids of the requests of an agent that wait for an action, the oldest first.
	 * @param agentId the agent
	 * @param action the action
	 * @return the ids
	 */
	public List<String> pendingIds(String agentId, String action) {
		return this.store.pendingIds(agentId, action, Now.of(this.clock));
	}

	/**
	 * The questions that wait and are identical with one, which is among them while it
	 * waits itself.
	 * @param permission the one
	 * @param view makes something of each
	 * @return what it made, the oldest first
	 */
	public <T> List<T> pendingLike(StoredPermission permission, Function<StoredPermission, T> view) {
		RequestIdentity identity = RequestIdentity.of(permission);
		List<T> made = new ArrayList<>();
		each(this.store.pendingIds(permission.agentId(), permission.request().action(), Now.of(this.clock)), null,
				(other) -> {
					if (identity.equals(RequestIdentity.of(other))) {
						made.add(view.apply(other));
					}
				});
		return made;
	}

	/**
	 * A page of the permissions, the newest first.
	 * @param filter which
	 * @param limit how many
	 * @param offset how many to skip
	 * @return their ids
	 */
	public List<String> page(PermissionFilter filter, int limit, long offset) {
		this.expiry.sweep();
		return this.store.page(filter, limit, offset);
	}

	public long count(PermissionFilter filter) {
		return this.store.count(filter);
	}

	/**
	 * The token, while there is something to use. It must go to the asking agent only: a
	 * frozen one gets none, since somebody may have put another key into its row.
	 * @param permission the permission
	 * @param agent who asks for it
	 * @return the token or {@code null}
	 */
	public @Nullable String token(StoredPermission permission, Agent agent) {
		if (agent.isFrozen() || permission.status() != PermissionState.APPROVED || permission.grant().secretId() == null
				|| !permission.isIntact() || permission.isOverdue(Now.of(this.clock))) {
			return null;
		}
		return this.tokens.derive(permission.grant().secretId(), permission.id(), permission.grant().nonce());
	}

	/**
	 * What an answer holds of what was asked for.
	 *
	 * @param ids those that fit
	 * @param leftOut the others
	 */
	public record Fitting(List<String> ids, List<String> leftOut) {
	}

	/**
	 * What is answered when there is none.
	 * @return the exception to throw
	 */
	public static NotFoundException unknownPermission() {
		return new NotFoundException("There is no such permission");
	}

}
