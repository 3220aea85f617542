package io.agentotp.server.permission;

import org.jspecify.annotations.Nullable;

/**
 * Whether a token was accepted.
 *
 * @param permission the permission as it stands
 * @param rejection why not, {@code null} when it was
 */
public record TokenResult(StoredPermission permission, @Nullable TokenRejection rejection) {

	public boolean accepted() {
		return this.rejection == null;
	}

	public int usesRemaining() {
		return (this.permission.status() == PermissionState.APPROVED)
				? this.permission.grant().maxUses() - this.permission.grant().uses() : 0;
	}

}
