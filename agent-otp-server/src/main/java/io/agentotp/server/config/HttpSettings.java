package io.agentotp.server.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.security.util.matcher.InetAddressMatchers;

/**
 * Where messages that are sent over HTTP may go.
 *
 * @param allowedNetworks Networks that messages may be sent to although they are not
 * public: addresses or ranges, such as 10.1.0.0/16.
 * @param allowUnencrypted Whether http: is accepted where https: is expected, such as for
 * receivers in the same network.
 * @param timeout How long a receiver may take to answer, at most a minute.
 */
public record HttpSettings(@DefaultValue List<String> allowedNetworks, @DefaultValue("false") boolean allowUnencrypted,
		@DefaultValue("15s") Duration timeout) {

	private static final String NAME = "notifications.http.";

	private static final String ADDRESS = "[0-9a-fA-F.:]+(/[0-9]{1,3})?";

	public HttpSettings {
		allowedNetworks.forEach(HttpSettings::requireNetwork);
		if (timeout.compareTo(Duration.ofSeconds(1)) < 0 || timeout.compareTo(Duration.ofMinutes(1)) > 0) {
			throw InvalidSettingException.of(NAME + "timeout", timeout, "It must be at least 1s and at most 1m");
		}
	}

	// The path may hold a secret.
	void check(String name, @Nullable URI url) {
		boolean usable = url != null
				&& ("https".equals(url.getScheme()) || (this.allowUnencrypted && "http".equals(url.getScheme())))
				&& url.getHost() != null && url.getRawUserInfo() == null && url.getRawFragment() == null;
		if (!usable) {
			throw InvalidSettingException.secret("notifications." + name,
					"It must be an https URL without user, password and fragment. For http: set agentotp.server.notifications.http.allow-unencrypted");
		}
	}

	private static void requireNetwork(String network) {
		boolean usable = network.matches(ADDRESS);
		try {
			if (usable) {
				InetAddressMatchers.fromIpAddress(network);
			}
		}
		catch (IllegalArgumentException ex) {
			usable = false;
		}
		if (!usable) {
			throw InvalidSettingException.of(NAME + "allowed-networks", network,
					"It must be an address or a range of addresses, such as 10.1.0.0/16");
		}
	}

}
