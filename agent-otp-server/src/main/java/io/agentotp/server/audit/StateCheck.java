package io.agentotp.server.audit;

import java.util.function.BiConsumer;

/**
 * Compares what is stored now with what the service sealed and wrote down.
 */
public interface StateCheck {

	/**
	 * Looks at all rows of a kind. What changes meanwhile is no problem.
	 * @param problems gets what is wrong, each with the row named
	 */
	void check(BiConsumer<AuditProblem.Kind, String> problems);

}
