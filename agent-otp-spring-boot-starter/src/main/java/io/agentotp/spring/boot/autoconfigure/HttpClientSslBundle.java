package io.agentotp.spring.boot.autoconfigure;

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.ssl.SslBundle;

/**
 * The SSL bundle of all HTTP clients. The other settings of theirs do not apply: the
 * client follows no redirects, keeps no cookies and has timeouts of its own.
 */
final class HttpClientSslBundle {

	private final Supplier<@Nullable HttpClientSettings> settings;

	HttpClientSslBundle(Supplier<@Nullable HttpClientSettings> settings) {
		this.settings = settings;
	}

	@Nullable SslBundle get() {
		HttpClientSettings settings = this.settings.get();
		return (settings != null) ? settings.sslBundle() : null;
	}

}
