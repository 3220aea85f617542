package io.agentotp;

/**
 * A policy or a human said no, or the permission was taken back.
 */
public final class PermissionDeniedException extends PermissionNotGrantedException {

	PermissionDeniedException(Permission permission) {
		super("PERMISSION_" + permission.status(), "Permission " + permission.statusText() + forAction(permission)
				+ permission.reason().map((reason) -> ": " + reason).orElse(""), permission);
	}

}
