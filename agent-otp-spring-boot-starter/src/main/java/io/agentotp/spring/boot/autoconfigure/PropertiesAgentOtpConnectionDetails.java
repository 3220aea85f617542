package io.agentotp.spring.boot.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.ssl.SslBundle;

/**
 * The connection as the properties describe it. Where they name no address, it is that of
 * the service in the same application, if there is one.
 */
final class PropertiesAgentOtpConnectionDetails implements AgentOtpConnectionDetails {

	private final AgentOtpProperties properties;

	private final @Nullable SslBundle sslBundle;

	private final @Nullable EmbeddedService embedded;

	PropertiesAgentOtpConnectionDetails(AgentOtpProperties properties, @Nullable SslBundle sslBundle,
			@Nullable EmbeddedService embedded) {
		this.properties = properties;
		this.sslBundle = sslBundle;
		this.embedded = embedded;
	}

	@Nullable EmbeddedService embeddedService() {
		return this.embedded;
	}

	@Override
	public @Nullable String getBaseUrl() {
		return (this.embedded != null) ? this.embedded.baseUrl() : this.properties.baseUrl();
	}

	@Override
	public @Nullable String getApiKey() {
		String key = this.properties.apiKey();
		return (key == null && this.embedded != null) ? this.embedded.apiKey() : key;
	}

	@Override
	public @Nullable SslBundle getSslBundle() {
		return this.sslBundle;
	}

}
