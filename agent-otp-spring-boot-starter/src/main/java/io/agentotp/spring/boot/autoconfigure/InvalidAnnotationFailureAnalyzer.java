package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.spring.operation.InvalidAnnotationException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says which method cannot be guarded and what to change.
 */
final class InvalidAnnotationFailureAnalyzer extends AbstractFailureAnalyzer<InvalidAnnotationException> {

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, InvalidAnnotationException cause) {
		return new FailureAnalysis(cause.problem(), cause.remedy(), cause);
	}

}
