package io.agentotp.spring.boot.autoconfigure;

import java.util.Set;

import io.agentotp.AgentOtpException;
import io.agentotp.AuthenticationException;
import io.agentotp.ConfigurationException;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionExpiredException;
import io.agentotp.PermissionPendingException;
import io.agentotp.ValidationException;
import io.agentotp.spring.CallRefusedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Answers a request whose guarded call was refused with a problem (RFC 9457). It has the
 * refusal's code and nothing that the call, the approver or the service has said.
 */
@RestControllerAdvice
final class RefusalProblemHandler {

	private static final Logger logger = LoggerFactory.getLogger(RefusalProblemHandler.class);

	/** Mistakes in the application. */
	private static final Set<String> MISTAKES = Set.of("ATTRIBUTE_INVALID", "ARGUMENT_NOT_BINDABLE", "BLOCKING_THREAD",
			"IN_TRANSACTION", "HOLDS_RESOURCE");

	private static final Set<String> LATER = Set.of("TOO_MANY_WAITS", "SHUTTING_DOWN", "INTERRUPTED");

	private static final Set<String> CONFLICTS = Set.of("CALL_CHANGED", "CALL_ALREADY_RUN", "CALL_AGAIN");

	@ExceptionHandler
	ProblemDetail handle(AgentOtpException refusal) {
		HttpStatus status = status(refusal);
		if (status.is5xxServerError()) {
			logger.warn("A guarded call was refused: {}", refusal.getMessage());
		}
		ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, switch (status) {
			case FORBIDDEN -> "There is no permission for this";
			case CONFLICT -> "PERMISSION_WITHDRAWN".equals(refusal.code())
					? "Nobody has decided in time, and the permission request was withdrawn: another try asks again"
					: "There is no permission for this yet: try again later";
			case SERVICE_UNAVAILABLE -> "The permission could not be obtained: try again later";
			default -> "The permission could not be asked for";
		});
		problem.setProperty("code", refusal.code());
		return problem;
	}

	private static HttpStatus status(AgentOtpException refusal) {
		if (refusal instanceof PermissionDeniedException) {
			return HttpStatus.FORBIDDEN;
		}
		if (refusal instanceof PermissionExpiredException || refusal instanceof PermissionPendingException) {
			return HttpStatus.CONFLICT;
		}
		if (refusal instanceof ValidationException || refusal instanceof ConfigurationException
				|| refusal instanceof AuthenticationException || MISTAKES.contains(refusal.code())) {
			return HttpStatus.INTERNAL_SERVER_ERROR;
		}
		if (refusal instanceof CallRefusedException && !LATER.contains(refusal.code())) {
			return CONFLICTS.contains(refusal.code()) ? HttpStatus.CONFLICT : HttpStatus.FORBIDDEN;
		}
		return HttpStatus.SERVICE_UNAVAILABLE;
	}

}
