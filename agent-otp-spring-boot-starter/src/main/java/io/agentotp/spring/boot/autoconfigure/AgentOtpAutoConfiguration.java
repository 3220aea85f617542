package io.agentotp.spring.boot.autoconfigure;

import java.net.http.HttpClient;

import javax.net.ssl.SSLParameters;

import io.agentotp.AgentOtpClient;
import io.agentotp.AgentOtpClientBuilder;
import io.agentotp.GrantVerifier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.DependsOn;
import org.springframework.core.env.Environment;
import org.springframework.web.context.WebApplicationContext;

/**
 * Auto-configuration of the client. Has no condition on the key or the address: without
 * them the application does not start, instead of starting without its guard.
 */
@AutoConfiguration(after = SslAutoConfiguration.class,
		afterName = { "org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration",
				"io.agentotp.server.AgentOtpServerAutoConfiguration" })
@EnableConfigurationProperties(AgentOtpProperties.class)
public final class AgentOtpAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(AgentOtpAutoConfiguration.class);

	@Bean
	@ConditionalOnMissingBean(AgentOtpConnectionDetails.class)
	PropertiesAgentOtpConnectionDetails agentOtpConnectionDetails(AgentOtpProperties properties,
			ObjectProvider<SslBundles> sslBundles, ObjectProvider<HttpClientSslBundle> httpClientSslBundle,
			ObjectProvider<EmbeddedService> embeddedService) {
		String name = properties.ssl().bundle();
		HttpClientSslBundle shared = httpClientSslBundle.getIfAvailable();
		SslBundle bundle = (name != null) ? sslBundles.getObject().getBundle(name)
				: (shared != null) ? shared.get() : null;
		return new PropertiesAgentOtpConnectionDetails(properties, bundle,
				(properties.baseUrl() == null) ? embeddedService.getIfAvailable() : null);
	}

	@Bean
	static UnknownPropertyVerifier agentOtpUnknownPropertyVerifier(Environment environment) {
		return new UnknownPropertyVerifier(environment);
	}

	@Bean
	static ModeVerifier agentOtpModeVerifier(ConfigurableListableBeanFactory beanFactory) {
		return new ModeVerifier(beanFactory);
	}

	/**
	 * Where the application decides for itself, nobody can have signed.
	 */
	@Bean
	GrantVerifier agentOtpGrantVerifier(AgentOtpProperties properties) {
		GrantVerifier verifier = properties.trust().verifier();
		if (verifier != GrantVerifier.NONE && properties.mode() == AgentOtpMode.ALLOW_ALL) {
			logger.warn("agentotp.mode is allow-all: no grant has to be signed, whatever agentotp.trust.actions says");
			return GrantVerifier.NONE;
		}
		return verifier;
	}

	@Bean(destroyMethod = "close")
	@ConditionalOnMissingBean
	AgentOtpClient agentOtpClient(AgentOtpProperties properties, AgentOtpConnectionDetails connection,
			@Qualifier("agentOtpGrantVerifier") GrantVerifier verifier,
			ObjectProvider<AgentOtpClientBuilderCustomizer> customizers) {
		if (properties.mode() != AgentOtpMode.REMOTE) {
			return local(properties, connection);
		}
		AgentOtpClientBuilder builder = AgentOtpClient.builder()
			.apiKey(connection::getApiKey)
			.apiPath(properties.apiPath())
			.timeout(properties.timeout())
			.attemptTimeout(properties.attemptTimeout())
			.connectTimeout(properties.connectTimeout())
			.retries(properties.retries())
			.approvalTimeout(properties.approvalTimeout())
			.debug(properties.debug())
			.grantVerifier(verifier);
		EmbeddedService embedded = (connection instanceof PropertiesAgentOtpConnectionDetails details)
				? details.embeddedService() : null;
		if (embedded != null) {
			builder.baseUrl(embedded.expectPort()::baseUrl).proxy(HttpClient.Builder.NO_PROXY);
		}
		else {
			builder.baseUrl(connection.getBaseUrl());
		}
		SslBundle bundle = connection.getSslBundle();
		if (bundle != null) {
			builder.sslContext(bundle.createSslContext()).sslParameters(parameters(bundle.getOptions()));
		}
		customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		return builder.build();
	}

	/**
	 * A client that asks nobody.
	 */
	private static AgentOtpClient local(AgentOtpProperties properties, AgentOtpConnectionDetails connection) {
		boolean approved = (properties.mode() == AgentOtpMode.ALLOW_ALL);
		String key = connection.getApiKey();
		if (approved && key != null && key.strip().startsWith("ak_live_") && !properties.allowAllWithLiveKey()) {
			throw new InvalidSettingException(
					"agentotp.mode is allow-all, which permits every guarded call, but agentotp.api-key is a live key",
					"Remove agentotp.mode, so that the permission service decides. If every call is to be permitted with"
							+ " this key, set agentotp.allow-all-with-live-key=true.");
		}
		logger.warn("agentotp.mode is {}: no guarded call is put before the permission service, each is {} at once",
				approved ? "allow-all" : "deny-all", approved ? "PERMITTED" : "denied");
		return AgentOtpClient.builder()
			.apiKey("ak_test_local")
			.baseUrl("http://localhost")
			.transport(new LocalDecisions(approved))
			.build();
	}

	private static SSLParameters parameters(SslOptions options) {
		return new SSLParameters(options.getCiphers(), options.getEnabledProtocols());
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	@ConditionalOnClass(WebServerApplicationContext.class)
	static class EmbeddedServiceConfiguration {

		@Bean
		@ConditionalOnBean(name = EmbeddedService.BEAN)
		@DependsOn(EmbeddedService.BEAN)
		EmbeddedService agentOtpEmbeddedService(WebApplicationContext context) {
			return new EmbeddedService(context);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(HttpClientSettings.class)
	static class HttpClientConfiguration {

		@Bean
		HttpClientSslBundle agentOtpHttpClientSslBundle(ObjectProvider<HttpClientSettings> settings) {
			return new HttpClientSslBundle(settings::getIfAvailable);
		}

	}

}
