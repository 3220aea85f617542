package io.agentotp.spring.guard;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

import io.agentotp.AgentOtpException;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionExpiredException;
import io.agentotp.PermissionPendingException;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.trust.UnsignedGrantException;

/**
 * What a failure means for a guarded call whose body has not run.
 */
final class Failures {

	private Failures() {
	}

	static Throwable unwrap(Throwable ex) {
		return ((ex instanceof CompletionException || ex instanceof ExecutionException) && ex.getCause() != null)
				? unwrap(ex.getCause()) : ex;
	}

	/**
	 * Return the failure as one of the client's or the guard's own.
	 */
	static RuntimeException refusal(Throwable ex) {
		Throwable failure = unwrap(ex);
		if (failure instanceof CancellationException) {
			return new CallRefusedException("SHUTTING_DOWN",
					"The application ends, so that the call could not wait for its permission", null);
		}
		return (failure instanceof RuntimeException refusal) ? refusal : new IllegalStateException(failure);
	}

	/**
	 * Return the outcome in one word, for metrics.
	 */
	static String outcome(Throwable ex) {
		Throwable failure = unwrap(ex);
		if (failure instanceof PermissionDeniedException) {
			return "denied";
		}
		if (failure instanceof PermissionExpiredException) {
			return "expired";
		}
		if (failure instanceof PermissionPendingException) {
			return "pending";
		}
		if (failure instanceof CancellationException) {
			return "cancelled";
		}
		if (failure.getCause() instanceof UnsignedGrantException) {
			return "unsigned";
		}
		return (failure instanceof AgentOtpException && !(failure instanceof CallRefusedException)) ? "error"
				: "refused";
	}

}
