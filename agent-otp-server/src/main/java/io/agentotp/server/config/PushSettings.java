package io.agentotp.server.config;

import java.net.URI;
import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Messages that browsers show while no page is open (Web Push).
 *
 * @param subject Whom the services of browsers write to when something is wrong with what
 * they get: a mailto: or https: URL; setting it turns the channel on.
 * @param endpoints Services of browsers besides those of Chrome, Edge, Firefox and Safari
 * that may be sent to: each a scheme, host and, unless it is the usual one, port, such as
 * https://push.example.com.
 */
public record PushSettings(String subject, @DefaultValue List<URI> endpoints) {

	private static final String NAME = "notifications.push.";

	public PushSettings {
		if (!isSubject(subject)) {
			throw InvalidSettingException.of(NAME + "subject", subject,
					"It must be a mailto: or https: URL by which the operator of this service is reached, such as mailto:ops@example.com");
		}
		endpoints = endpoints.stream().map(PushSettings::requireOrigin).toList();
	}

	// Some services refuse what could be nobody's.
	private static boolean isSubject(@Nullable String subject) {
		return subject != null && subject.matches("mailto:[^\\s\"<>@]+@[^\\s\"<>@]+|https://[^\\s\"<>]+")
				&& subject.length() <= 500;
	}

	private static URI requireOrigin(URI url) {
		boolean origin = ("https".equals(url.getScheme()) || "http".equals(url.getScheme())) && url.getHost() != null
				&& url.getUserInfo() == null && url.getRawQuery() == null && url.getRawFragment() == null
				&& url.getRawPath().isEmpty();
		if (!origin) {
			throw InvalidSettingException.of(NAME + "endpoints", url,
					"Each must be a scheme and a host, such as https://push.example.com");
		}
		return URI.create(url.toString().toLowerCase(Locale.ROOT));
	}

}
