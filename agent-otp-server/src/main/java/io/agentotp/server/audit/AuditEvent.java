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
	 * A person approved a request that needs others, too.
	 */
	VOTE,

	/**
	 * A person is told, or known, by an address more.
	 */
	ADDRESS_ADDED, ADDRESS_REMOVED,

	/**
	 * Nothing is sent to an address any more.
	 */
	ADDRESS_FAILED,

	/**
	 * More people may decide on a request, since nobody had for some time.
	 */
	ESCALATED,

	/**
	 * One person decides for another for some time.
	 */
	DELEGATED, DELEGATION_ENDED,

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
	 * A person signs in and decides with a passkey more.
	 */
	PASSKEY_ADDED, PASSKEY_REVOKED,

	/**
	 * Applications may believe these keys of approvers from now on.
	 */
	TRUST_EXPORTED,

	/**
	 * A file of checkpoints was begun.
	 */
	CHECKPOINT_FILE;

	public String text() {
		return name().toLowerCase(Locale.ROOT);
	}

}
