package io.agentotp.server.config;

import java.net.URI;
import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Passkeys of people (WebAuthn).
 *
 * @param rpId Domain that passkeys are good for: the host of each origin, or a domain
 * above it, such as example.com; by default the host of public-url, or localhost. Another
 * one makes all passkeys worthless.
 * @param origins Origins of the pages that passkeys are used on, such as
 * https://otp.example.com; by default the one of public-url, or localhost on any port.
 */
public record PasskeySettings(@Nullable String rpId, @DefaultValue List<URI> origins) {

	private static final String NAME = "passkeys.";

	public PasskeySettings {
		if (rpId != null && !rpId.matches("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")) {
			throw InvalidSettingException.of(NAME + "rp-id", rpId,
					"It must be a domain in lower case, such as example.com");
		}
		if (rpId == null && !origins.isEmpty()) {
			throw InvalidSettingException.of(NAME + "rp-id", null, "With origins, name the domain, too");
		}
		String domain = rpId;
		origins = origins.stream().map((origin) -> requireOrigin(origin, domain)).toList();
	}

	private static URI requireOrigin(URI url, @Nullable String domain) {
		String host = url.getHost();
		boolean origin = ("https".equals(url.getScheme()) || ("http".equals(url.getScheme()) && isLocal(host)))
				&& host != null && url.getUserInfo() == null && url.getRawQuery() == null
				&& url.getRawFragment() == null && url.getRawPath().isEmpty();
		if (!origin) {
			throw InvalidSettingException.of(NAME + "origins", url,
					"Each must be https and a host, such as https://otp.example.com");
		}
		if (!host.equalsIgnoreCase(domain) && !host.toLowerCase(Locale.ROOT).endsWith("." + domain)) {
			throw InvalidSettingException.of(NAME + "origins", url,
					"The host of each must be passkeys.rp-id, or end with a dot and it");
		}
		return URI.create(url.toString().toLowerCase(Locale.ROOT));
	}

	/**
	 * Whether browsers trust a host without encryption.
	 * @param host the host
	 * @return whether it is the machine of the browser
	 */
	public static boolean isLocal(@Nullable String host) {
		return host != null && (host.equals("localhost") || host.endsWith(".localhost"));
	}

}
