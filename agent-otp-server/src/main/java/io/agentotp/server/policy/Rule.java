package io.agentotp.server.policy;

import java.util.stream.Stream;

import io.agentotp.server.audit.AuditEvent;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What files and the database hold: a policy, or an entry of the action catalogue.
 */
public sealed interface Rule permits Policy, ActionEntry {

	/**
	 * What it is known by.
	 * @return its name, or a random id if it is kept in the database
	 */
	String id();

	String name();

	PolicyOrigin origin();

	/**
	 * How large its regular expressions are together.
	 * @return the size
	 */
	long patternSize();

	/**
	 * The rule as it was written.
	 * @return its fields
	 */
	ObjectNode source();

	/**
	 * All of it.
	 * @return the rule with its id and origin
	 */
	ObjectNode toJson();

	/**
	 * A kind of rule.
	 */
	enum Kind {

		POLICY("policy", AuditEvent.POLICY_CREATED, AuditEvent.POLICY_CHANGED, AuditEvent.POLICY_DELETED),

		ACTION("action", AuditEvent.ACTION_CREATED, AuditEvent.ACTION_CHANGED, AuditEvent.ACTION_DELETED);

		private final String text;

		private final AuditEvent created;

		private final AuditEvent changed;

		private final AuditEvent deleted;

		Kind(String text, AuditEvent created, AuditEvent changed, AuditEvent deleted) {
			this.text = text;
			this.created = created;
			this.changed = changed;
			this.deleted = deleted;
		}

		static Kind of(String text) {
			return text.equals(ACTION.text) ? ACTION : POLICY;
		}

		public String text() {
			return this.text;
		}

		/**
		 * The name of its id in the audit log.
		 * @return the name
		 */
		String idName() {
			return this.text + "Id";
		}

		Stream<AuditEvent> events() {
			return Stream.of(this.created, this.changed, this.deleted);
		}

		AuditEvent event(@Nullable Object before, @Nullable Object after) {
			return (before == null) ? this.created : (after == null) ? this.deleted : this.changed;
		}

		AuditEvent deleted() {
			return this.deleted;
		}

		AuditEvent changed() {
			return this.changed;
		}

	}

}
