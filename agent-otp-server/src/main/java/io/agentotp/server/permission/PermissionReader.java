package io.agentotp.server.permission;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.database.DatabaseWatch;
import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;
import org.springframework.util.function.SingletonSupplier;

/**
 * Reads permissions as they stand now.
 */
@Component
public final class PermissionReader {

	// What an agent gets in one answer, as text.
	private static final long MAX_SIZE = 256 * 1024;

	private static final int AT_ONCE = 100;

	private static final int MANY = 20;

	private static final int MAX_OTHERS = 100;

	private final PermissionStore store;

	private final Viewers viewers;

	private final PermissionExpiry expiry;

	private final Tokens tokens;

	private final InstantSource clock;

	PermissionReader(PermissionStore store, Viewers viewers, PermissionExpiry expiry, Tokens tokens,
			InstantSource clock, Meters meters, DatabaseWatch database) {
		this.store = store;
		this.viewers = viewers;
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

	/**
	 * A permission that a person sees. One that the person does not see is as unknown as
	 * one that never was.
	 * @param id the permission
	 * @param viewer the person
	 * @return the permission
	 */
	public StoredPermission get(String id, Viewer viewer) {
		return find(id).filter((permission) -> this.viewers.sees(permission, viewer))
			.orElseThrow(PermissionReader::unknownPermission);
	}

	StoredPermission get(String id) {
		return find(id).orElseThrow(PermissionReader::unknownPermission);
	}

	PermissionStore.Asked asked(String id, String user) {
		PermissionStore.Asked asked = this.store.findAsked(id, user).orElseThrow(PermissionReader::unknownPermission);
		return asked.with(this.expiry.expireIfOverdue(asked.permission()));
	}

	/**
	 * A permission, which is not for people who may not see it.
	 * @param id the permission
	 * @return the permission
	 */
	public Optional<StoredPermission> find(String id) {
		return this.store.find(id).map(this.expiry::expireIfOverdue);
	}

	/**
	 * Reads permissions of an agent, a few at a time: as JSON many large ones do not fit
	 * into memory.
	 * @param ids the permissions
	 * @param agentId the agent that they must be of
	 * @param work gets each that there is, in this order
	 */
	public void each(List<String> ids, String agentId, Consumer<StoredPermission> work) {
		this.store.each(ids, agentId, (permission) -> work.accept(this.expiry.expireIfOverdue(permission)));
	}

	/**
	 * Reads permissions that a person sees, a few at a time.
	 * @param ids the permissions
	 * @param viewer the person
	 * @param work gets each that there is, in this order
	 */
	public void each(List<String> ids, Viewer viewer, Consumer<StoredPermission> work) {
		for (int i = 0; i < ids.size(); i += AT_ONCE) {
			List<String> some = ids.subList(i, Math.min(ids.size(), i + AT_ONCE));
			Supplier<Set<String>> asked = SingletonSupplier.of(() -> this.viewers.asked(some, viewer));
			this.store.each(some, null, (permission) -> {
				if (viewer.auditor() || permission.policy().routing().approvers().isAll()
						|| asked.get().contains(permission.id())) {
					work.accept(this.expiry.expireIfOverdue(permission));
				}
			});
		}
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
	 * Reads permissions that a person sees, a few at a time, and keeps what is made of
	 * each.
	 * @param ids the permissions
	 * @param viewer the person
	 * @param view makes something of one that is there
	 * @return what it made, in this order
	 */
	public <T> List<T> made(List<String> ids, Viewer viewer, Function<StoredPermission, T> view) {
		List<T> made = new ArrayList<>();
		each(ids, viewer, (permission) -> made.add(view.apply(permission)));
		return made;
	}

	/**
	 * The ids of the questions that wait and that a person sees, the oldest first.
	 * @param viewer the person
	 * @return the ids
	 */
	public List<String> pendingIds(Viewer viewer) {
		return this.store.pendingIds(Now.of(this.clock), viewer);
	}

	/**
	 * Whether anything waits.
	 * @return whether
	 */
	public boolean isAnyPending() {
		return this.store.countPending(Now.of(this.clock)) > 0;
	}

	/**
	 * Reads all that waits, some at a time, for the service itself.
	 * @param work gets the requests
	 */
	public void eachPending(Consumer<List<StoredPermission>> work) {
		List<String> ids = this.store.pendingIds(Now.of(this.clock), Viewer.SERVICE);
		for (int i = 0; i < ids.size(); i += MANY) {
			List<StoredPermission> some = new ArrayList<>();
			this.store.each(ids.subList(i, Math.min(ids.size(), i + MANY)), null, some::add);
			work.accept(some);
		}
	}

	/**
	 * How many approvals there are of requests that wait for more.
	 * @return the number, which is another one after each
	 */
	public long pendingVotes() {
		return this.store.pendingVotes(Now.of(this.clock));
	}

	/**
	 * What waits and is shown to others than an administrator, who knows that it does,
	 * the oldest first.
	 * @param viewer the administrator
	 * @return the requests, of which not all may be shown; none for who is no
	 * administrator
	 */
	public List<StoredPermission> pendingOfOthers(Viewer viewer) {
		if (!viewer.administrator() || viewer.auditor()) {
			return List.of();
		}
		List<StoredPermission> others = new ArrayList<>();
		this.store.each(this.store.pendingIdsOfOthers(Now.of(this.clock), viewer, MAX_OTHERS), null, others::add);
		return others;
	}

	/**
	 * The ids of requests that wait and that a person sees, those first that end first.
	 * @param viewer the person
	 * @param limit how many at most
	 * @return the ids
	 */
	public List<String> pendingIdsByEnd(Viewer viewer, int limit) {
		return this.store.pendingIdsByEnd(Now.of(this.clock), viewer, limit);
	}

	/**
	 * The ids of the requests of an agent that wait for an action and that a person sees,
	 * the oldest first.
	 * @param agentId the agent
	 * @param action the action
	 * @param viewer the person
	 * @return the ids
	 */
	public List<String> pendingIds(String agentId, String action, Viewer viewer) {
		return this.store.pendingIds(agentId, action, Now.of(this.clock), viewer);
	}

	/**
	 * The questions that wait and are identical with one, which is among them while it
	 * waits itself.
	 * @param permission the one
	 * @param viewer the person who sees them
	 * @param view makes something of each
	 * @return what it made, the oldest first
	 */
	public <T> List<T> pendingLike(StoredPermission permission, Viewer viewer, Function<StoredPermission, T> view) {
		RequestIdentity identity = RequestIdentity.of(permission);
		List<T> made = new ArrayList<>();
		each(this.store.pendingIds(permission.agentId(), permission.request().action(), Now.of(this.clock), viewer),
				viewer, (other) -> {
					if (identity.equals(RequestIdentity.of(other))) {
						made.add(view.apply(other));
					}
				});
		return made;
	}

	/**
	 * A page of the permissions that a person sees, the newest first.
	 * @param filter which
	 * @param viewer the person
	 * @param limit how many
	 * @param offset how many to skip
	 * @return their ids
	 */
	public List<String> page(PermissionFilter filter, Viewer viewer, int limit, long offset) {
		this.expiry.sweep();
		return this.store.page(filter, viewer, limit, offset);
	}

	public long count(PermissionFilter filter, Viewer viewer) {
		return this.store.count(filter, viewer);
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
