package io.agentotp.server.notification.push;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Where browsers may say that they are sent to. Anybody who may sign in chooses an
 * endpoint, so it must not be a way to hosts that only this service reaches.
 */
final class PushEndpoints {

	private static final int MAX_LENGTH = 2000;

	private static final Set<String> HOSTS = Set.of("fcm.googleapis.com", "updates.push.services.mozilla.com");

	private static final List<String> DOMAINS = List.of(".push.services.mozilla.com", ".notify.windows.com",
			".push.apple.com");

	private final Set<String> more;

	PushEndpoints(List<URI> more) {
		this.more = Set.copyOf(more.stream().map(URI::toString).toList());
	}

	/**
	 * Whether something may be sent to an endpoint.
	 * @param endpoint the endpoint
	 * @return {@code false} also for what is no URL
	 */
	boolean isAllowed(String endpoint) {
		URI url;
		try {
			url = URI.create(endpoint);
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
		if (endpoint.length() > MAX_LENGTH || url.getHost() == null || url.getRawUserInfo() != null
				|| url.getRawFragment() != null) {
			return false;
		}
		String host = url.getHost().toLowerCase(Locale.ROOT);
		return this.more.contains(origin(url)) || ("https".equals(url.getScheme()) && url.getPort() == -1
				&& (HOSTS.contains(host) || DOMAINS.stream().anyMatch(host::endsWith)));
	}

	static String origin(URI url) {
		return (url.getScheme() + "://" + url.getAuthority()).toLowerCase(Locale.ROOT);
	}

}
