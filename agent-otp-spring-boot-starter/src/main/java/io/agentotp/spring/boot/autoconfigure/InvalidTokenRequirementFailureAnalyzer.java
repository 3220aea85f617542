package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.spring.token.InvalidTokenRequirementException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says which handler would run without its permission and what to change.
 */
final class InvalidTokenRequirementFailureAnalyzer extends AbstractFailureAnalyzer<InvalidTokenRequirementException> {

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, InvalidTokenRequirementException cause) {
		return new FailureAnalysis(cause.problem(), cause.remedy(), cause);
	}

}
