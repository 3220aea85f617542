package io.agentotp.transport;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An answer as it came over the wire. Bodies carry tokens, so {@link #toString()} shows
 * only the status.
 *
 * @param status the HTTP status
 * @param headers the headers; names are matched without regard to case
 * @param body the body, empty if there was none
 */
public record TransportResponse(int status, Map<String, List<String>> headers, byte[] body) {

	/**
	 * Creates an answer with a case-insensitive copy of the headers.
	 * @param status the HTTP status
	 * @param headers the headers
	 * @param body the body, empty if there was none
	 */
	public TransportResponse {
		Map<String, List<String>> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		copy.putAll(headers);
		headers = copy;
	}

	/**
	 * Return the first value of a header.
	 * @param name the name, in any case
	 * @return the value, or empty
	 */
	public Optional<String> header(String name) {
		List<String> values = this.headers.getOrDefault(name, List.of());
		return values.isEmpty() ? Optional.empty() : Optional.ofNullable(values.get(0));
	}

	@Override
	public String toString() {
		return "TransportResponse[" + this.status + "]";
	}

}
