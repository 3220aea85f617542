package io.agentotp.server.audit;

import java.util.Arrays;
import java.util.Locale;

import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
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
	 * The problem as an export has it: what only the service can see, which knows the
	 * secret.
	 * @return the line
	 */
	ObjectNode toLine() {
		return Json.object().set("problem", toJson());
	}

	/**
	 * Reads a line of an export.
	 * @param line the line
	 * @return the problem, or {@code null} if the line is none
	 */
	static @Nullable AuditProblem read(String line) {
		ObjectNode json = Json.readObjectOrNull(line);
		JsonNode problem = (json != null) ? json.path("problem") : Json.object();
		return Arrays.stream(Kind.values())
			.filter((kind) -> kind.text().equals(problem.path("kind").asString("")))
			.findFirst()
			.map((kind) -> new AuditProblem(kind, problem.path("seq").asLong(0), problem.path("message").asString("")))
			.orElse(null);
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
		 * A row was not written by the service.
		 */
		FORGED,

		/**
		 * A row of another table is not as the service stored it, or is gone.
		 */
		CHANGED,

		/**
		 * Nobody can tell, since the secret that sealed it is not known, or the check
		 * failed.
		 */
		UNCHECKED,

		/**
		 * A checkpoint is not valid or is gone.
		 */
		CHECKPOINT,

		/**
		 * A decision is not proved by the signature that it carries, or carries none but
		 * had to.
		 */
		SIGNATURE,

		/**
		 * A line cannot be read.
		 */
		UNREADABLE;

		public String text() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

}
