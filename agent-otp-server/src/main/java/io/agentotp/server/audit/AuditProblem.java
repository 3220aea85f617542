package io.agentotp.server.audit;

import java.util.Locale;

import io.agentotp.server.json.Json;
import tools.jackson.databind.node.ObjectNode;

/**
 * Something that shows tampering.
 *
 * @param kind what kind of
 * @param seq the place in the chain, 0 if it is not about one
 * @param text what is wrong
 */
public record AuditProblem(Kind kind, long seq, String text) {

	public ObjectNode toJson() {
		return Json.object().put("kind", this.kind.text()).put("seq", this.seq).put("message", this.text);
	}

	/**
	 * A kind of tampering.
	 */
	public enum Kind {

		/**
		 * A row is not as it was when it was linked.
		 */
		EDITED,

		/**
		 * A row is gone.
		 */
		REMOVED,

		/**
		 * Rows do not stand in their order.
		 */
		REORDERED,

		/**
		 * Rows are missing at the end.
		 */
		CUT_OFF,

		/**
		 * The chain is whole, but not the one that was signed.
		 */
		REWRITTEN,

		/**
		 * A row was never linked.
		 */
		UNLINKED,

		/**
		 * A checkpoint is not valid or is gone.
		 */
		CHECKPOINT,

		/**
		 * A line cannot be read.
		 */
		UNREADABLE;

		public String text() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

}
