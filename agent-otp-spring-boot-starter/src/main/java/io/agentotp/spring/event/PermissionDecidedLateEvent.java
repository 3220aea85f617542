package io.agentotp.spring.event;

import io.agentotp.Permission;

/**
 * A request of a guarded call has ended after the call itself: the call does not wait, it
 * has stopped waiting, or the application was restarted since. A permission that is
 * approved is there for the same call when it is made again in time. Published at least
 * once, on a thread of the guard.
 *
 * @param permission the permission, without its token
 */
public record PermissionDecidedLateEvent(Permission permission) implements PermissionEvent {

	/**
	 * Return how it was decided.
	 * @return {@code approved}, also if the approval is over by now; {@code denied}, or
	 * {@code expired} if nobody decided in time
	 */
	public String outcome() {
		return switch (this.permission.status()) {
			case DENIED -> "denied";
			case EXPIRED -> this.permission.decidedBy().isPresent() ? "approved" : "expired";
			default -> "approved";
		};
	}

}
