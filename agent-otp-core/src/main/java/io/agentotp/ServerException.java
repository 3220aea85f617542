package io.agentotp;

import java.time.Duration;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * The service failed (HTTP 5xx). Name {@link #requestId()} to its operator.
 */
public final class ServerException extends AgentOtpException {

	private final @Nullable Duration retryAfter;

	ServerException(String code, String message, @Nullable Duration retryAfter, CallInfo call) {
		super(code, message, call, null);
		this.retryAfter = retryAfter;
	}

	@Override
	public Optional<Duration> retryAfter() {
		return Optional.ofNullable(this.retryAfter);
	}

}
