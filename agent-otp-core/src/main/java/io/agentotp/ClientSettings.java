package io.agentotp;

import java.net.URI;
import java.time.Duration;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * What was configured, checked by the builder.
 *
 * @param baseUri supplies the address without the API path
 * @param apiKey the agent's key
 * @param timeout how long one call may take
 * @param attemptTimeout how long one attempt of a call may take, or {@code null} for what
 * leaves time for another one
 * @param approvalTimeout how long to wait for a human
 * @param retries how often a call is tried again
 * @param level at which level calls are logged
 * @param listener hears of every attempt, or {@code null}
 */
record ClientSettings(Supplier<URI> baseUri, ApiKey apiKey, Duration timeout, @Nullable Duration attemptTimeout,
		Duration approvalTimeout, int retries, Level level, @Nullable CallListener listener) {
}
