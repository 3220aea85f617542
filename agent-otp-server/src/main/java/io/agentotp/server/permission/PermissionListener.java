package io.agentotp.server.permission;

import java.time.Instant;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Hears of permissions inside the transaction that changes them, so that what it stores
 * is stored together with the change.
 */
public interface PermissionListener {

	/**
	 * A request begins to wait.
	 * @param permission the permission
	 * @param deciders finds the names of those who may decide on it; empty if nobody can
	 */
	void asked(StoredPermission permission, Supplier<Set<String>> deciders);

	/**
	 * A person approved a request that needs others, too.
	 * @param permission the permission, which still waits
	 * @param ballot how far it is
	 * @param begins whether a stage begins with it, and so others may decide
	 * @param now when
	 */
	void voted(StoredPermission permission, Ballot ballot, boolean begins, Instant now);

	/**
	 * A request that waited is over.
	 * @param permission the permission as it was
	 * @param to its state now
	 * @param now when
	 */
	void ended(StoredPermission permission, PermissionState to, Instant now);

}
