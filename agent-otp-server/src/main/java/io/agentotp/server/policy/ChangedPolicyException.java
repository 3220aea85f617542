package io.agentotp.server.policy;

/**
 * The stored policies are not those that the service left. Without one that somebody
 * changed or removed, the others would decide otherwise, so none decides.
 */
final class ChangedPolicyException extends InvalidPolicyException {

	ChangedPolicyException(String id) {
		super("policies." + id, PolicyStore.CHANGED);
	}

	ChangedPolicyException() {
		super("policies", "were changed in the database. Compare them with the audit log, then save one again");
	}

}
