package io.agentotp.spring.tool;

import java.util.Optional;
import java.util.Set;

import io.agentotp.AgentOtpException;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionExpiredException;
import io.agentotp.PermissionPendingException;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.guard.ToolCallContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.util.StringUtils;

/**
 * Words a refusal for a model.
 */
final class ToolRefusals {

	private static final Logger logger = LoggerFactory.getLogger(ToolRefusals.class);

	/** What may be a mistake in an annotation or a rule. */
	private static final Set<String> CONFIGURATION = Set.of("ATTRIBUTE_INVALID", "SCOPE_NARROWED");

	private static final String DENIED = "Permission denied: ";

	private ToolRefusals() {
	}

	/**
	 * Return the refusal that a failure is or comes from, worded for the model.
	 * @param call the call that was refused, or {@code null} if it is not known
	 */
	static Optional<ToolRefusedException> find(Throwable failure, @Nullable ToolCallContext call) {
		for (Throwable ex = failure; ex != null; ex = ex.getCause()) {
			if (ex instanceof ToolRefusedException worded) {
				return Optional.of(worded);
			}
			if (ex instanceof AgentOtpException refusal) {
				return Optional.of(worded(refusal, call));
			}
		}
		return Optional.empty();
	}

	static ToolRefusedException worded(AgentOtpException refusal, @Nullable ToolCallContext call) {
		return new ToolRefusedException(text(refusal, call), refusal);
	}

	private static String text(AgentOtpException refusal, @Nullable ToolCallContext call) {
		if (refusal instanceof PermissionPendingException pending && call != null
				&& call.isOpen(pending.permission())) {
			return "Permission pending: approve at " + pending.approvalUrl().orElse("the permission service")
					+ ", then call again with the same arguments";
		}
		if (refusal instanceof PermissionPendingException || refusal instanceof PermissionExpiredException) {
			return DENIED + "nobody decided in time";
		}
		if (refusal instanceof PermissionDeniedException denied) {
			return DENIED + denied.permission().reason().filter(StringUtils::hasText).orElse("no reason was given");
		}
		if ("CALL_AGAIN".equals(refusal.code())) {
			return "Permission granted: nothing has run yet, call again with the same arguments";
		}
		if (refusal instanceof CallRefusedException refused) {
			if (CONFIGURATION.contains(refused.code())) {
				logger.warn("A tool was refused: {}", refused.getMessage());
			}
			return DENIED + refused.explanation();
		}
		// What is wrong with the service is no business of the model.
		logger.warn("A tool was refused: {}", refusal.getMessage());
		return DENIED + "the permission service could not be asked";
	}

}
