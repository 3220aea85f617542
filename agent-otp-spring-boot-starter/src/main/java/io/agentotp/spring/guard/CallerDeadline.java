package io.agentotp.spring.guard;

import java.time.Duration;

import io.agentotp.Permission;

/**
 * How long the one who calls a tool stays for its end, where that is not for the guard to
 * say. A call with a patience waits no longer than that, leaves its request open, and
 * picks the decision up when it is made again.
 */
public interface CallerDeadline {

	/**
	 * Return how long the call may wait for a human from now on.
	 * @return the time, zero or less for not at all
	 */
	Duration left();

	/**
	 * Nobody has decided yet, and the call begins to wait, or ends if no time is left.
	 * Must not block.
	 * @param permission the permission, whose request stays open
	 * @param withdraw withdraws the request; the wait ends with that
	 */
	void pending(Permission permission, Runnable withdraw);

	/**
	 * Makes sure that the caller is still there. Called right before the permission is
	 * used and once more before the body.
	 * @param waited whether the call has waited for the decision
	 * @throws io.agentotp.spring.CallRefusedException if the body must not run; the
	 * permission stays for the call that is made again, if it has not been used yet
	 */
	void requireCaller(boolean waited);

	/**
	 * Return whether one caller can be told from another, where that is possible at all.
	 * @return {@code false} if users are authenticated, but not known where the call is
	 * made
	 */
	default boolean isCallerKnown() {
		return true;
	}

	/**
	 * Return whether the caller has gone: then what is withdrawn is no denial.
	 * @return whether nobody waits for the call any more
	 */
	default boolean isGone() {
		return false;
	}

}
