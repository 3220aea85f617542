package io.agentotp.spring.boot.autoconfigure;

import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.agentotp.AgentOtpClient;
import io.agentotp.NetworkException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.temporaryRedirect;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class AgentOtpConnectionTests {

	private static final String HEALTHY = "{\"success\":true,\"data\":{\"status\":\"ok\",\"version\":\"1\"}}";

	@RegisterExtension
	static final WireMockExtension service = WireMockExtension.newInstance().build();

	@TempDir
	static Path directory;

	static WireMockServer mutualTls;

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(AutoConfigurations
		.of(SslAutoConfiguration.class, HttpClientAutoConfiguration.class, AgentOtpAutoConfiguration.class));

	private final ApplicationContextRunner plain = this.runner.withPropertyValues("agentotp.api-key=ak_live_test",
			"agentotp.retries=0");

	private final ApplicationContextRunner secure = this.plain
		.withPropertyValues("agentotp.base-url=https://localhost:" + mutualTls.httpsPort())
		.withPropertyValues(bundle("both", true, true))
		.withPropertyValues(bundle("trust", true, false))
		.withPropertyValues(bundle("key", false, true));

	@BeforeAll
	static void startServiceThatWantsCertificates() throws Exception {
		Path store = directory.resolve("store.p12");
		String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
		int exit = new ProcessBuilder(keytool, "-genkeypair", "-alias", "test", "-keyalg", "EC", "-dname",
				"CN=localhost", "-ext", "san=dns:localhost", "-keystore", store.toString(), "-storepass", "secret-pass",
				"-storetype", "PKCS12")
			.inheritIO()
			.start()
			.waitFor();
		assertThat(exit).isZero();
		mutualTls = new WireMockServer(options().dynamicPort()
			.dynamicHttpsPort()
			.keystorePath(store.toString())
			.keystorePassword("secret-pass")
			.keyManagerPassword("secret-pass")
			.keystoreType("PKCS12")
			.needClientAuth(true)
			.trustStorePath(store.toString())
			.trustStorePassword("secret-pass")
			.trustStoreType("PKCS12"));
		mutualTls.start();
		mutualTls.stubFor(any(anyUrl()).willReturn(okJson(HEALTHY)));
	}

	@AfterAll
	static void stop() {
		mutualTls.stop();
	}

	@Test
	void sslWhenTheBundleIsNamedThenTheServiceIsTrustedAndTheAgentIdentified() {
		this.secure.withPropertyValues("agentotp.ssl.bundle=both")
			.run((context) -> assertThat(context.getBean(AgentOtpClient.class).health().status()).isEqualTo("ok"));
	}

	@Test
	void sslWhenAllHttpClientsHaveABundleThenItAppliesUnlessAnotherIsNamed() {
		ApplicationContextRunner shared = this.secure.withPropertyValues("spring.http.clients.ssl.bundle=both");
		shared.run((context) -> assertThat(context.getBean(AgentOtpClient.class).health().status()).isEqualTo("ok"));
		shared.withPropertyValues("agentotp.ssl.bundle=trust")
			.run((context) -> assertUnreachable(context.getBean(AgentOtpClient.class)));
	}

	@Test
	void sslWhenTheServiceOrTheAgentIsNotTrustedThenNoCall() {
		this.secure.run((context) -> assertUnreachable(context.getBean(AgentOtpClient.class)));
		this.secure.withPropertyValues("agentotp.ssl.bundle=key")
			.run((context) -> assertUnreachable(context.getBean(AgentOtpClient.class)));
		this.secure.withPropertyValues("agentotp.ssl.bundle=trust")
			.run((context) -> assertUnreachable(context.getBean(AgentOtpClient.class)));
	}

	@Test
	void sslWhenTheBundleAllowsOnlyAnotherProtocolThenItIsHonoured() {
		this.secure
			.withPropertyValues("agentotp.ssl.bundle=both",
					"spring.ssl.bundle.jks.both.options.enabled-protocols=TLSv1.2")
			.run((context) -> assertThat(context.getBean(AgentOtpClient.class).health().status()).isEqualTo("ok"));
		this.secure
			.withPropertyValues("agentotp.ssl.bundle=both",
					"spring.ssl.bundle.jks.both.options.enabled-protocols=SSLv3")
			.run((context) -> assertUnreachable(context.getBean(AgentOtpClient.class)));
	}

	@Test
	void sslWhenThereIsNoSuchBundleThenTheStartFails() {
		this.secure.withPropertyValues("agentotp.ssl.bundle=typo")
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("typo"));
	}

	@Test
	@DisplayName("P16 HTTP settings: those that the JDK's client rejects do not stop the start, redirects stay off")
	void httpSettingsWhenTheyCannotApplyThenTheClientStartsAndFollowsNoRedirect() {
		service.stubFor(any(anyUrl()).willReturn(temporaryRedirect(mutualTls.baseUrl() + "/stolen")));
		this.plain
			.withPropertyValues("agentotp.base-url=" + service.baseUrl(), "spring.http.clients.read-timeout=1s",
					"spring.http.clients.redirects=follow", "spring.http.clients.cookie-handling=enable")
			.run((context) -> assertThatException()
				.isThrownBy(() -> context.getBean(AgentOtpClient.class).checkAccess()));
		assertThat(mutualTls.findAll(anyRequestedFor(anyUrl())))
			.noneMatch((request) -> request.getUrl().contains("stolen"));
	}

	@Test
	void httpSettingsWhenThereIsNoHttpClientModuleThenTheBundleStillApplies() {
		this.secure.withClassLoader(new FilteredClassLoader(HttpClientSettings.class))
			.withPropertyValues("agentotp.ssl.bundle=both")
			.run((context) -> assertThat(context.getBean(AgentOtpClient.class).health().status()).isEqualTo("ok"));
	}

	@Test
	void connectionDetailsWhenTheApplicationHasSomeThenTheyReplaceTheProperties() {
		service.stubFor(any(anyUrl()).willReturn(okJson(HEALTHY)));
		AtomicInteger keys = new AtomicInteger();
		AgentOtpConnectionDetails own = new AgentOtpConnectionDetails() {

			@Override
			public String getBaseUrl() {
				return service.baseUrl();
			}

			@Override
			public @Nullable String getApiKey() {
				return "ak_live_rotated" + keys.incrementAndGet();
			}

		};
		this.runner.withPropertyValues("agentotp.retries=0")
			.withBean(AgentOtpConnectionDetails.class, () -> own)
			.run((context) -> {
				assertThat(context).doesNotHaveBean(PropertiesAgentOtpConnectionDetails.class);
				AgentOtpClient client = context.getBean(AgentOtpClient.class);
				assertThatException().isThrownBy(() -> client.getPermission("p1"));
				assertThatException().isThrownBy(() -> client.getPermission("p1"));
			});
		assertThat(service.findAll(anyRequestedFor(anyUrl())))
			.extracting((request) -> request.getHeader("Authorization"))
			.doesNotHaveDuplicates()
			.hasSize(2)
			.allMatch((header) -> header.startsWith("Bearer ak_live_rotated"));
	}

	@Test
	void customizersWhenThereAreSeveralThenTheyRunInOrderAfterTheProperties() {
		service.stubFor(any(anyUrl()).willReturn(okJson(HEALTHY)));
		this.plain.withPropertyValues("agentotp.base-url=http://permissions.example.com")
			.withUserConfiguration(Customizers.class)
			.run((context) -> {
				assertThat(context.getBean(AgentOtpClient.class).health().status()).isEqualTo("ok");
				assertThat(context.getBean(Customizers.class).calls).containsExactly("first", "second");
			});
		// The customizer's proxy was asked for the address that the properties name.
		List<LoggedRequest> requests = service.findAll(anyRequestedFor(anyUrl()));
		assertThat(requests).extracting(LoggedRequest::getAbsoluteUrl)
			.allMatch((url) -> url.startsWith("http://permissions.example.com"));
	}

	private static void assertUnreachable(AgentOtpClient client) {
		assertThatExceptionOfType(NetworkException.class).isThrownBy(client::health);
	}

	private static String[] bundle(String name, boolean trust, boolean key) {
		List<String> properties = new ArrayList<>();
		String store = directory.resolve("store.p12").toUri().toString();
		String prefix = "spring.ssl.bundle.jks." + name;
		if (trust) {
			properties.add(prefix + ".truststore.location=" + store);
			properties.add(prefix + ".truststore.password=secret-pass");
		}
		if (key) {
			properties.add(prefix + ".keystore.location=" + store);
			properties.add(prefix + ".keystore.password=secret-pass");
		}
		return properties.toArray(String[]::new);
	}

	@Configuration(proxyBeanMethods = false)
	static class Customizers {

		final List<String> calls = new ArrayList<>();

		@Bean
		@Order(2)
		AgentOtpClientBuilderCustomizer second() {
			return (builder) -> this.calls.add("second");
		}

		@Bean
		@Order(1)
		AgentOtpClientBuilderCustomizer first() {
			return (builder) -> {
				this.calls.add("first");
				builder.proxy(ProxySelector.of(new InetSocketAddress("localhost", service.getPort())));
			};
		}

	}

}
