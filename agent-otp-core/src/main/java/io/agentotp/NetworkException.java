package io.agentotp;

import org.jspecify.annotations.Nullable;

/**
 * No answer: the service could not be reached, did not answer in time, or the connection
 * broke.
 */
public final class NetworkException extends AgentOtpException {

	private final boolean possiblyProcessed;

	NetworkException(String code, String message, boolean possiblyProcessed, CallInfo call, @Nullable Throwable cause) {
		super(code, message, call, cause);
		this.possiblyProcessed = possiblyProcessed;
	}

	/**
	 * Whether the service may have executed the request although its answer was lost.
	 * @return {@code false} only if the request was certainly never sent
	 */
	public boolean possiblyProcessed() {
		return this.possiblyProcessed;
	}

}
