package io.agentotp;

import java.util.Optional;

/**
 * Nobody has decided yet. {@link #permission()} has the id under which the decision can
 * be picked up later.
 */
public final class PermissionPendingException extends PermissionNotGrantedException {

	PermissionPendingException(Permission permission) {
		super("PERMISSION_PENDING", "Permission " + permission.id() + forAction(permission) + " is still pending"
				+ permission.approvalUrl().map((url) -> ", decide at " + url).orElse(""), permission);
	}

	/**
	 * Return the page on which a human decides.
	 * @return the address, or empty
	 */
	public Optional<String> approvalUrl() {
		return permission().approvalUrl();
	}

}
