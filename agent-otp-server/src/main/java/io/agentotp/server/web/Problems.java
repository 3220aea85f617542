package io.agentotp.server.web;

import java.time.Duration;
import java.util.Map;

import io.agentotp.server.problem.Problem;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.ServletRequestBindingException;
import org.springframework.web.context.request.async.AsyncRequestTimeoutException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/**
 * Makes an answer of any exception.
 */
public final class Problems {

	private static final Logger logger = LoggerFactory.getLogger(Problems.class);

	private Problems() {
	}

	public static Problem of(Exception ex, String requestId) {
		if (ex instanceof Problem problem) {
			return problem;
		}
		if (ex instanceof NoHandlerFoundException || ex instanceof NoResourceFoundException) {
			return Problem.notFound("There is nothing at this address");
		}
		if (ex instanceof HttpRequestMethodNotSupportedException unsupported) {
			return Problem.of(405, "METHOD_NOT_ALLOWED", "This address does not answer to " + unsupported.getMethod());
		}
		if (ex instanceof MethodArgumentTypeMismatchException mismatch) {
			return Problem.invalid(mismatch.getName(), "has a value of the wrong type");
		}
		if (ex instanceof MissingServletRequestParameterException missing) {
			return Problem.invalid(missing.getParameterName(), "is missing");
		}
		if (ex instanceof ServletRequestBindingException) {
			return Problem.invalid(Map.of("request", "cannot be read"));
		}
		if (ex instanceof RequestRejectedException) {
			return malformed();
		}
		if (isDatabaseAway(ex)) {
			logger.warn("Request {} was answered with 503: {}", requestId, ex.toString());
			return unavailable();
		}
		logger.error("Request {} failed", requestId, ex);
		return Problem.of(500, "INTERNAL_ERROR", "The service failed. Its log says more under request id " + requestId);
	}

	/**
	 * The answer to what is not HTTP as it should be. What was wrong is not repeated: it
	 * may be a key.
	 * @return the problem
	 */
	public static Problem malformed() {
		return Problem.of(400, "VALIDATION_ERROR", "The address or a header of the request is not well-formed");
	}

	/**
	 * The answer while the database cannot be used.
	 * @return the problem
	 */
	public static Problem unavailable() {
		return Problem.retryLater(503, "SERVICE_UNAVAILABLE", "The service cannot answer at the moment. Try again",
				Duration.ofSeconds(2));
	}

	private static boolean isDatabaseAway(@Nullable Throwable ex) {
		// A broken connection can be rolled back even less.
		if (ex instanceof TransactionSystemException failed) {
			return failed.getOriginalException() == null || isDatabaseAway(failed.getOriginalException());
		}
		return ex instanceof DataAccessResourceFailureException || ex instanceof TransientDataAccessException
				|| ex instanceof CannotCreateTransactionException || ex instanceof CannotAcquireLockException
				|| ex instanceof AsyncRequestTimeoutException;
	}

}
