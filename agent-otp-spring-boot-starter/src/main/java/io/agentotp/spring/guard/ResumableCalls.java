package io.agentotp.spring.guard;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

import io.agentotp.AgentOtpClient;
import io.agentotp.AgentOtpException;
import io.agentotp.CallOptions;
import io.agentotp.Permission;
import io.agentotp.PermissionExchange;
import io.agentotp.PermissionRequest;
import io.agentotp.PermissionStatus;
import io.agentotp.TokenException;
import io.agentotp.ValidationException;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.event.PermissionPendingEvent;
import io.agentotp.spring.event.PermissionRequestedEvent;
import io.agentotp.spring.operation.CallDigest;
import org.jspecify.annotations.Nullable;

/**
 * Calls that do not wait, and pick the decision up when they are made again.
 * <p>
 * The idempotency key of the request is made of the call's digest and of the permission
 * that the same call had before, so that the service gives the same permission again:
 * also to a call at the same moment, on another node or after a restart. Of those that
 * find it approved, the one that uses it up runs. A permission that is over is the end of
 * one link; the next request hangs on its id.
 */
final class ResumableCalls {

	private static final int REMEMBERED = 1000;

	/** After that many finished calls that are not remembered, a new chain begins. */
	private static final int LONGEST_CHAIN = 100;

	private final AgentOtpClient client;

	private final GuardEvents events;

	private final GrantChecks checks;

	private final UseReports uses;

	private final AgentLimits limits;

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<String, String> finished = Recent.map(REMEMBERED);

	ResumableCalls(AgentOtpClient client, GuardEvents events, GrantChecks checks, UseReports uses, AgentLimits limits) {
		this.limits = limits;
		this.client = client;
		this.events = events;
		this.checks = checks;
		this.uses = uses;
	}

	/**
	 * Asks or picks up, and uses the permission.
	 * @param waited whether the call has asked before and waited since
	 * @return a grant that is used up, or the permission that nobody has decided on yet
	 */
	Permission obtain(PermissionCall call, boolean waited) {
		String identity = call.identity();
		String previous = finished(identity);
		for (int links = 0; links <= LONGEST_CHAIN; links++) {
			if (links == LONGEST_CHAIN) {
				// A request of its own: nothing is picked up, and nothing runs unasked.
				previous = finish(identity, UUID.randomUUID().toString());
			}
			Permission permission = ask(call, previous);
			if (permission.status() == PermissionStatus.PENDING) {
				this.events.publish(new PermissionPendingEvent(permission));
				return permission;
			}
			if (permission.status() == PermissionStatus.USED || permission.status() == PermissionStatus.EXPIRED) {
				previous = finish(identity, permission.id());
				continue;
			}
			if (!permission.isGranted()) {
				finish(identity, permission.id());
			}
			else {
				call.requireCaller(waited);
			}
			Permission grant = this.checks.require(call, permission);
			if (use(call, grant)) {
				finish(identity, grant.id());
				call.requireCaller(false);
				return grant;
			}
			previous = finish(identity, grant.id());
		}
		throw alreadyRun(null);
	}

	private static CallRefusedException alreadyRun(@Nullable Throwable cause) {
		return new CallRefusedException("CALL_ALREADY_RUN",
				"The same call, made at the same moment, has used this approval: make it again to ask anew", cause);
	}

	/**
	 * Makes the request of a call that will be made in a moment, so that the human sees
	 * it together with others. What fails here fails again when the call is made.
	 */
	void askAhead(PermissionCall call) {
		Permission permission = null;
		AgentLimits.Request limited = null;
		try {
			limited = this.limits.request(call, true);
			permission = first(call, finished(call.identity()));
		}
		catch (AgentOtpException ex) {
			// Tried again.
		}
		finally {
			if (limited != null) {
				limited.answered(permission);
			}
		}
	}

	/**
	 * Return whether this call is the first that has used the permission, and
	 * {@code false} if it is for another one: that call has run before, or a policy will
	 * answer again without a human.
	 */
	private boolean use(PermissionCall call, Permission grant) {
		int uses = (grant.scope().get("max_uses") instanceof Number most) ? most.intValue() : 1;
		if (uses > 1 && remaining(grant) < uses) {
			return false;
		}
		TokenException used = null;
		try {
			if (this.uses.before(grant, call.observation().headers()).usesRemaining() >= uses - 1) {
				return true;
			}
		}
		catch (TokenException ex) {
			if (!"TOKEN_USED".equals(ex.code())) {
				throw ex;
			}
			used = ex;
		}
		if (grant.decidedBy().filter((decider) -> decider.startsWith("policy:")).isPresent()) {
			return false;
		}
		throw alreadyRun(used);
	}

	/**
	 * A call ends, and its request stays open.
	 */
	void leftOpen(Permission permission) {
		this.events.leftOpen(permission);
	}

	/** Further uses are for others that are handed the token, and not for this call. */
	private int remaining(Permission grant) {
		Integer remaining = this.client.verifyToken(grant.id(), grant.orThrow().token().orElseThrow()).usesRemaining();
		return (remaining != null) ? remaining : 0;
	}

	private Permission ask(PermissionCall call, String previous) {
		AgentLimits.Request limited = this.limits.request(call, true);
		Permission permission = null;
		try {
			this.events.publish(new PermissionRequestedEvent(call.asked().request()));
			permission = first(call, previous);
			if (permission.status() == PermissionStatus.PENDING) {
				// The service may have given its first answer again.
				permission = PermissionExchange.later(permission, this.client.getPermission(permission.id()));
			}
			return permission;
		}
		finally {
			limited.answered(permission);
		}
	}

	private Permission first(PermissionCall call, String previous) {
		PermissionRequest request = call.asked().request();
		String link = call.identity() + "\n" + previous;
		try {
			return request(call, request, link);
		}
		catch (ValidationException ex) {
			if (!"IDEMPOTENCY_KEY_REUSED".equals(ex.code())) {
				throw ex;
			}
			// The same call says something else about itself: that is another request.
			return request(call, request, link + "\n" + CallDigest.hash(request.context())
					+ request.ttl().map((ttl) -> "\n" + ttl).orElse(""));
		}
	}

	private Permission request(PermissionCall call, PermissionRequest request, String link) {
		String key = "call-" + CallDigest.sha256(link);
		AgentOtpClient keyed = TraceHeaders.apply(this.client, call.observation().headers(),
				CallOptions.builder().idempotencyKey(key));
		return this.events.requests().ask(() -> keyed.requestPermission(request));
	}

	private String finished(String identity) {
		this.lock.lock();
		try {
			@Nullable String id = this.finished.get(identity);
			return (id != null) ? id : "";
		}
		finally {
			this.lock.unlock();
		}
	}

	private String finish(String identity, String id) {
		this.lock.lock();
		try {
			this.finished.put(identity, id);
			return id;
		}
		finally {
			this.lock.unlock();
		}
	}

}
