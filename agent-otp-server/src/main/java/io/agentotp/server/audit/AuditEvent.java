package io.agentotp.server.audit;

import java.util.Locale;

/**
 * What is recorded: what happens to permissions, and what changes how they are decided.
 */
public enum AuditEvent {

	REQUESTED, APPROVED, DENIED, USED, USE_REJECTED, REVOKED, EXPIRED, POLICY_CREATED, POLICY_CHANGED, POLICY_DELETED,
	ACTION_CREATED, ACTION_CHANGED, ACTION_DELETED, AGENT_CREATED, AGENT_CHANGED, AGENT_DELETED, KEY_ROTATED,
	AGENT_FROZEN, AGENT_UNFROZEN, ALL_FROZEN, ALL_UNFROZEN, USER_CREATED, USER_CHANGED, USER_ENDED, LINK_MADE,
	PASSWORD_CHANGED, USER_KEY_MADE, USER_KEY_REMOVED, SESSIONS_ENDED,

	/**
	 * The configuration is another one than at the last start of a node.
	 */
	CONFIGURED,

	/**
	 * A set of policies that no person has changed: at the start, or when a file did.
	 */
	POLICIES_LOADED,

	/**
	 * Permissions that had been over for long were removed.
	 */
	REMOVED,

	/**
	 * What agents said in permissions that had been over for long, and their calls, were
	 * removed.
	 */
	DETAILS_REMOVED,

	SIGNED_IN, SIGN_IN_FAILED, SIGNED_OUT,

	/**
	 * A file of checkpoints was begun.
	 */
	CHECKPOINT_FILE;

	public String text() {
		return name().toLowerCase(Locale.ROOT);
	}

}
