package io.agentotp.test;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;

/**
 * Lets a test see or change what goes over another transport.
 */
record TappedTransport(HttpTransport target, Tap tap) implements HttpTransport {

	@Override
	public TransportResponse send(TransportRequest request, Duration timeout) throws IOException, InterruptedException {
		return this.tap.send(request, () -> this.target.send(request, timeout));
	}

	@Override
	public void endWait(String permissionId, CompletableFuture<?> wait, Duration timeout) {
		this.target.endWait(permissionId, wait, timeout);
	}

	@Override
	public void close() {
		this.target.close();
	}

	interface Tap {

		TransportResponse send(TransportRequest request, Exchange exchange) throws IOException, InterruptedException;

	}

	interface Exchange {

		TransportResponse proceed() throws IOException, InterruptedException;

	}

}
