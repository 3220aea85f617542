package io.agentotp.spring.boot.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.ssl.SslBundle;

/**
 * The connection as the properties describe it.
 */
final class PropertiesAgentOtpConnectionDetails implements AgentOtpConnectionDetails {

	private final AgentOtpProperties properties;

	private final @Nullable SslBundle sslBundle;

	PropertiesAgentOtpConnectionDetails(AgentOtpProperties properties, @Nullable SslBundle sslBundle) {
		this.properties = properties;
		this.sslBundle = sslBundle;
	}

	@Override
	public @Nullable String getBaseUrl() {
		return this.properties.baseUrl();
	}

	@Override
	public @Nullable String getApiKey() {
		return this.properties.apiKey();
	}

	@Override
	public @Nullable SslBundle getSslBundle() {
		return this.sslBundle;
	}

}
