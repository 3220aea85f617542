package io.agentotp.spring.boot.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;
import org.springframework.boot.ssl.SslBundle;

/**
 * Where the permission service is and as whom to speak to it. A bean of this type
 * replaces what the properties say.
 */
public interface AgentOtpConnectionDetails extends ConnectionDetails {

	/**
	 * Return the address of the service, without the API path.
	 * @return the address, or {@code null} if there is none, which stops the start
	 */
	@Nullable String getBaseUrl();

	/**
	 * Return the API key of this agent. Asked for each request, so that the key can be
	 * rotated.
	 * @return the key, or {@code null} if there is none, which stops the start
	 */
	@Nullable String getApiKey();

	/**
	 * Return whom to trust, and the certificate to identify this agent with.
	 * @return the bundle, or {@code null} for the JDK's defaults
	 */
	default @Nullable SslBundle getSslBundle() {
		return null;
	}

}
