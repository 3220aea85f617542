package io.agentotp.server.audit;

import java.util.List;

import io.agentotp.server.json.Json;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a verification found.
 *
 * @param problems what is wrong, at most 100
 * @param found how much is wrong
 * @param rows how many linked rows were looked at
 * @param first the place of the first of them
 * @param last the place of the last of them
 * @param signedTo the place up to which the rows are signed for
 * @param unlinked how many rows are too new to be linked
 * @param checkpoints how many checkpoints were looked at
 * @param proved how many decisions the passkeys of people prove
 */
public record AuditReport(List<AuditProblem> problems, int found, long rows, long first, long last, long signedTo,
		long unlinked, int checkpoints, long proved) {

	public boolean valid() {
		return this.found == 0;
	}

	/**
	 * How many rows nobody has signed for yet.
	 * @return the number of rows in the exposed window
	 */
	public long unsigned() {
		return this.last - Math.max(this.signedTo, this.first - 1) + this.unlinked;
	}

	public ObjectNode toJson() {
		ObjectNode json = Json.object()
			.put("valid", valid())
			.put("rows", this.rows)
			.put("signedTo", this.signedTo)
			.put("unsigned", unsigned())
			.put("unlinked", this.unlinked)
			.put("checkpoints", this.checkpoints)
			.put("signedDecisions", this.proved)
			.put("problemsFound", this.found);
		this.problems.forEach((problem) -> json.withArray("problems").add(problem.toJson()));
		return json;
	}

}
