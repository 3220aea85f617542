package io.agentotp.server.config;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains what to write instead of a property that was removed or renamed.
 */
final class RemovedPropertyFailureAnalyzer extends AbstractFailureAnalyzer<RemovedPropertyException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, RemovedPropertyException cause) {
		return new FailureAnalysis(
				"The property '" + cause.property() + "' no longer exists. It is set in " + cause.place() + ".",
				cause.remedy() + ".", cause);
	}

}
