package io.agentotp.server.web;

import java.sql.SQLException;
import java.time.Duration;

import io.agentotp.server.agent.UnknownKeyException;
import io.agentotp.server.audit.VerificationRunningException;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.LimitExceededException;
import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.failure.TryLaterException;
import io.agentotp.server.permission.CursorGoneException;
import io.agentotp.server.permission.KeyReusedException;
import io.agentotp.server.permission.RequestInProgressException;
import io.agentotp.server.policy.ReadOnlyPolicyException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
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
import org.springframework.web.util.DisconnectedClientHelper;

/**
 * Makes an answer of any exception.
 */
public final class Problems {

	private static final Logger logger = LoggerFactory.getLogger(Problems.class);

	private Problems() {
	}

	/**
	 * Makes an answer of any exception.
	 * @param ex the exception
	 * @param requestId what the log calls the request
	 * @return the answer
	 */
	public static Problem of(Exception ex, String requestId) {
		if (ex instanceof RefusedException refused) {
			return of(refused);
		}
		if (ex instanceof HttpRequestMethodNotSupportedException unsupported) {
			return Problem.of(405, "METHOD_NOT_ALLOWED", "This address does not answer to " + unsupported.getMethod());
		}
		if (ex instanceof MethodArgumentTypeMismatchException mismatch) {
			return of(new InvalidInputException(mismatch.getName(), "has a value of the wrong type"));
		}
		if (ex instanceof MissingServletRequestParameterException missing) {
			return of(new InvalidInputException(missing.getParameterName(), "is missing"));
		}
		if (ex instanceof ServletRequestBindingException) {
			return of(new InvalidInputException("request", "cannot be read"));
		}
		if (ex instanceof RequestRejectedException) {
			return malformed();
		}
		if (isCallerGone(ex)) {
			logger.debug("Request {} was not answered, its caller is gone: {}", requestId, ex.toString());
			return malformed();
		}
		if (isNul(ex)) {
			return of(new InvalidInputException("request", "must not contain the NUL character"));
		}
		if (isDatabaseAway(ex)) {
			logger.warn("Request {} was answered with 503: {}", requestId, ex.toString());
			return of(TryLaterException.unavailable());
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
	 * Makes an answer of what the domain refuses.
	 * @param ex the refusal
	 * @return the answer
	 */
	public static Problem of(RefusedException ex) {
		Duration after = (ex instanceof TryLaterException later) ? later.after() : null;
		return new Problem(status(ex), code(ex), ex.text(), ex.details(), after);
	}

	private static int status(RefusedException ex) {
		if (ex instanceof InvalidInputException) {
			return 400;
		}
		if (ex instanceof UnknownKeyException) {
			return 401;
		}
		if (ex instanceof NotAllowedException) {
			return 403;
		}
		if (ex instanceof NotFoundException) {
			return 404;
		}
		if (ex instanceof ConflictException || ex instanceof VerificationRunningException
				|| ex instanceof RequestInProgressException) {
			return 409;
		}
		if (ex instanceof CursorGoneException) {
			return 410;
		}
		if (ex instanceof KeyReusedException) {
			return 422;
		}
		return (ex instanceof LimitExceededException) ? 429 : 503;
	}

	private static String code(RefusedException ex) {
		if (ex instanceof ReadOnlyPolicyException) {
			return "READ_ONLY";
		}
		if (ex instanceof VerificationRunningException) {
			return "VERIFICATION_RUNNING";
		}
		if (ex instanceof RequestInProgressException) {
			return "IDEMPOTENCY_IN_PROGRESS";
		}
		return switch (status(ex)) {
			case 400 -> "VALIDATION_ERROR";
			case 401 -> "INVALID_API_KEY";
			case 403 -> "FORBIDDEN";
			case 404 -> "NOT_FOUND";
			case 409 -> "CONFLICT";
			case 410 -> "CURSOR_GONE";
			case 422 -> "IDEMPOTENCY_KEY_REUSED";
			case 429 -> "RATE_LIMITED";
			default -> "SERVICE_UNAVAILABLE";
		};
	}

	/**
	 * Whether something failed only because the caller has hung up, or was too slow.
	 * @param ex what failed
	 * @return whether nobody reads the answer
	 */
	public static boolean isCallerGone(Throwable ex) {
		for (Throwable cause = ex; cause != null; cause = cause.getCause()) {
			if (cause instanceof SQLException) {
				// Another connection is broken: that to the database.
				return false;
			}
		}
		return DisconnectedClientHelper.isClientDisconnectedException(ex);
	}

	// PostgreSQL has no text with it, and looks for none.
	private static boolean isNul(Throwable ex) {
		return ex instanceof DataAccessException && ex.getCause() instanceof SQLException sql
				&& "22021".equals(sql.getSQLState());
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
