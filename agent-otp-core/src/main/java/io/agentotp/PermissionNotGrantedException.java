package io.agentotp;

/**
 * The answer to a request was not a grant, so nothing may be done.
 */
public abstract class PermissionNotGrantedException extends AgentOtpException {

	private final transient Permission permission;

	PermissionNotGrantedException(String code, String message, Permission permission) {
		super(code, message, CallInfo.local("request"), null);
		this.permission = permission;
	}

	/** An answer need not name it. */
	static String forAction(Permission permission) {
		return permission.action().isBlank() ? "" : " for " + permission.action();
	}

	/**
	 * Return the permission as the service last described it.
	 * @return the permission, which is not granted
	 */
	public Permission permission() {
		return this.permission;
	}

}
