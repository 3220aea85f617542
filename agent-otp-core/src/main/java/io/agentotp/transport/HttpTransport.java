package io.agentotp.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Sends one HTTP request and reads one answer. The client does everything else: an
 * implementation must not retry, not follow redirects and not log headers or bodies, or a
 * POST may be executed twice and an API key may leak.
 * <p>
 * Implementations are thread-safe.
 */
public interface HttpTransport extends AutoCloseable {

	/**
	 * Sends the request and returns the whole answer.
	 * @param request the request
	 * @param timeout how long the exchange may take, from connecting to the last byte of
	 * the body
	 * @return the answer, whatever its status
	 * @throws java.net.ConnectException if no connection could be made, so that the
	 * service has certainly not seen the request
	 * @throws java.net.http.HttpTimeoutException if the timeout has passed
	 * @throws IOException if the exchange failed in another way; the service may have
	 * executed the request
	 * @throws InterruptedException if the calling thread was interrupted; the exchange is
	 * aborted
	 */
	TransportResponse send(TransportRequest request, Duration timeout) throws IOException, InterruptedException;

	/**
	 * Ends a wait for a decision when its time is over. A service with a clock of its
	 * own, such as that of a test, also has a transport that knows this clock.
	 * @param permissionId what is waited for
	 * @param wait the wait, to be completed with a
	 * {@link java.util.concurrent.TimeoutException}
	 * @param timeout when, from now on
	 */
	default void endWait(String permissionId, CompletableFuture<?> wait, Duration timeout) {
		wait.orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS);
	}

	/**
	 * Releases threads and connections.
	 */
	@Override
	void close();

}
