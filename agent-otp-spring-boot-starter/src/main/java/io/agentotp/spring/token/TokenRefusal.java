package io.agentotp.spring.token;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

import io.agentotp.AgentOtpException;
import io.agentotp.NotFoundException;
import io.agentotp.TokenException;
import io.agentotp.ValidationException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Why a request does not reach its handler. The caller reads a problem (RFC 9457) that
 * repeats nothing of the request; the log says more.
 */
final class TokenRefusal extends RuntimeException {

	private final int status;

	private final String code;

	private final String detail;

	private TokenRefusal(int status, String code, String detail, String logged) {
		super(logged, null, false, false);
		this.status = status;
		this.code = code;
		this.detail = detail;
	}

	static TokenRefusal missing(String header) {
		return new TokenRefusal(401, "PERMISSION_MISSING",
				"This request needs a permission, in the header " + header + ".", "it carries no permission");
	}

	static TokenRefusal unreadable(String header) {
		return new TokenRefusal(401, "PERMISSION_UNREADABLE",
				"The header " + header + " must hold exactly one permission.", "its permission cannot be read");
	}

	static TokenRefusal notForThis(String logged) {
		return new TokenRefusal(403, "PERMISSION_NOT_ACCEPTED", "The permission is not good for this request.", logged);
	}

	/**
	 * Return the refusal for whatever went wrong while asking.
	 */
	static TokenRefusal of(Throwable ex) {
		Throwable cause = ex;
		while ((cause instanceof CompletionException || cause instanceof ExecutionException)
				&& cause.getCause() != null) {
			cause = cause.getCause();
		}
		if (cause instanceof TokenRefusal refusal) {
			return refusal;
		}
		if (cause instanceof NotFoundException || cause instanceof TokenException
				|| cause instanceof ValidationException) {
			return notForThis(String.valueOf(cause.getMessage()));
		}
		String logged = (cause instanceof AgentOtpException) ? String.valueOf(cause.getMessage())
				: cause.getClass().getName();
		return new TokenRefusal(503, "PERMISSION_NOT_VERIFIED",
				"The permission could not be verified. Try again later.", logged);
	}

	int status() {
		return this.status;
	}

	byte[] body() {
		Map<String, Object> problem = new LinkedHashMap<>();
		problem.put("type", "about:blank");
		problem.put("title",
				(this.status == 401) ? "Unauthorized" : (this.status == 403) ? "Forbidden" : "Service Unavailable");
		problem.put("status", this.status);
		problem.put("detail", this.detail);
		problem.put("code", this.code);
		return JsonMapper.shared().writeValueAsString(problem).getBytes(StandardCharsets.UTF_8);
	}

}
