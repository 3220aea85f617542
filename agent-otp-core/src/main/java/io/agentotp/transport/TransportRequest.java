package io.agentotp.transport;

import java.net.URI;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A request as it goes over the wire. Headers carry the API key and bodies carry tokens,
 * so {@link #toString()} shows neither.
 *
 * @param method the HTTP method
 * @param uri the absolute address
 * @param headers the headers, one value each
 * @param body the body, or {@code null} if there is none
 */
public record TransportRequest(String method, URI uri, Map<String, String> headers, byte @Nullable [] body) {

	/**
	 * Creates a request with an immutable copy of the headers.
	 * @param method the HTTP method
	 * @param uri the absolute address
	 * @param headers the headers, one value each
	 * @param body the body, or {@code null} if there is none
	 */
	public TransportRequest {
		headers = Map.copyOf(headers);
	}

	@Override
	public String toString() {
		return "TransportRequest[" + this.method + " " + this.uri.getPath() + "]";
	}

}
