package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.AgentOtpClientBuilder;

/**
 * Changes the client before it is built, after all properties were applied. Beans of this
 * type are called in their order.
 */
@FunctionalInterface
public interface AgentOtpClientBuilderCustomizer {

	/**
	 * Customizes the builder.
	 * @param builder the builder. One that gets a transport of its own must be given the
	 * TLS settings there: set {@code sslContext(null)} and {@code sslParameters(null)}
	 * here if a bundle is configured.
	 */
	void customize(AgentOtpClientBuilder builder);

}
