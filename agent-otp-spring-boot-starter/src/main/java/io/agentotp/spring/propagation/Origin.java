package io.agentotp.spring.propagation;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;

/**
 * Scheme, host and port of a service. Two addresses go to the same service only if all
 * three are the same.
 *
 * @param scheme {@code http} or {@code https}
 * @param host the host in lower case
 * @param port the port, also where it is the scheme's own
 */
record Origin(String scheme, String host, int port) {

	/**
	 * Return where an address goes.
	 * @return the origin, or empty if the address is not http, https or has no host
	 */
	static Optional<Origin> of(URI uri) {
		if (uri.getScheme() == null || uri.getHost() == null) {
			return Optional.empty();
		}
		String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
		int standard = scheme.equals("https") ? 443 : scheme.equals("http") ? 80 : -1;
		if (standard < 0) {
			return Optional.empty();
		}
		return Optional.of(new Origin(scheme, uri.getHost().toLowerCase(Locale.ROOT),
				(uri.getPort() >= 0) ? uri.getPort() : standard));
	}

	/**
	 * Reads an origin that somebody configured.
	 * @throws IllegalArgumentException if it is none, or more than that
	 */
	static Origin parse(String text) {
		String address = text.contains("://") ? text : "https://" + text;
		URI uri;
		try {
			uri = URI.create(address);
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalArgumentException("is not a host");
		}
		boolean more = uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null
				|| !(uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"));
		if (more) {
			throw new IllegalArgumentException("must be a host with scheme and port at most, without a path or a user");
		}
		return of(uri).orElseThrow(() -> new IllegalArgumentException(
				"is not a host: write it like mail.example.com or http://localhost:8080, without wildcards"));
	}

}
