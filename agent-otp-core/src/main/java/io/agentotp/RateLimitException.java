package io.agentotp;

import java.time.Duration;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * The agent asks too often (HTTP 429). {@link #retryAfter()} tells when to ask again.
 */
public final class RateLimitException extends AgentOtpException {

	private final @Nullable Duration retryAfter;

	RateLimitException(String code, String message, @Nullable Duration retryAfter, CallInfo call) {
		super(code, message, call, null);
		this.retryAfter = retryAfter;
	}

	@Override
	public Optional<Duration> retryAfter() {
		return Optional.ofNullable(this.retryAfter);
	}

}
