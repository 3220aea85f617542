package io.agentotp;

/**
 * Nobody decided in time, or the grant is over. Not a human's "no": asking again is
 * allowed.
 */
public final class PermissionExpiredException extends PermissionNotGrantedException {

	PermissionExpiredException(Permission permission) {
		super("PERMISSION_EXPIRED", "Permission expired" + forAction(permission) + ": nobody decided in time",
				permission);
	}

}
