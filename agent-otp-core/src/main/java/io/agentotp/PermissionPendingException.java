package io.agentotp;

import java.time.Duration;
import java.util.Optional;

/**
 * Nobody has decided yet. {@link #permission()} has the id under which the decision can
 * be picked up later, unless {@link #code()} is {@code PERMISSION_WITHDRAWN}: then the
 * call has waited for its time, and its request was withdrawn.
 */
public final class PermissionPendingException extends PermissionNotGrantedException {

	PermissionPendingException(Permission permission) {
		super("PERMISSION_PENDING", "Permission " + permission.id() + forAction(permission) + " is still pending"
				+ permission.approvalUrl().map((url) -> ", decide at " + url).orElse(""), permission);
	}

	PermissionPendingException(Permission permission, Duration waited) {
		super("PERMISSION_WITHDRAWN", "Nobody decided within " + text(waited) + forAction(permission)
				+ "; the permission request was withdrawn", permission.withoutApprovalUrl());
	}

	private static String text(Duration time) {
		if (time.toMillis() % 1000 != 0) {
			return time.toMillis() + " ms";
		}
		return (time.toSeconds() % 60 == 0) ? time.toMinutes() + " min" : time.toSeconds() + " s";
	}

	/**
	 * Return the page on which a human decides.
	 * @return the address; empty if there is none, or the request was withdrawn
	 */
	public Optional<String> approvalUrl() {
		return permission().approvalUrl();
	}

}
