package io.agentotp;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Where the client can be used: environment, proxy, TLS, modules, metrics.
 */
class ReachTests {

	private static final char[] PASSWORD = "changeit".toCharArray();

	@TempDir
	private Path folder;

	@Test
	void environmentWhenBothVariablesAreSetThenUsed() {
		try (AgentOtpClient client = AgentOtpClient.builder()
			.environment(Map.of("AGENTOTP_API_KEY", "ak_live_env", "AGENTOTP_BASE_URL", "http://localhost:1"))
			.build()) {
			assertThat(client).isNotNull();
		}
		assertThatExceptionOfType(ConfigurationException.class).isThrownBy(
				() -> AgentOtpClient.builder().environment(Map.of("AGENTOTP_BASE_URL", "http://localhost:1")).build())
			.withMessageContaining("API key");
		assertThatExceptionOfType(ConfigurationException.class)
			.isThrownBy(() -> AgentOtpClient.builder().environment(Map.of("AGENT_OTP_API_KEY", "ak_live_env")).build())
			.withMessageContaining("The environment variable AGENT_OTP_API_KEY is named AGENTOTP_API_KEY now");
	}

	@Test
	void proxyWhenSetThenTheRequestGoesThere() throws Exception {
		HttpServer proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		List<String> asked = new ArrayList<>();
		proxy.createContext("/", (exchange) -> {
			asked.add(exchange.getRequestURI().toString());
			byte[] body = "{\"status\":\"ok\"}".getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(200, body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		proxy.start();
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_live_test")
			.baseUrl("http://otp.example.com")
			.proxy(ProxySelector.of(proxy.getAddress()))
			.build()) {
			assertThat(client.health().status()).isEqualTo("ok");
		}
		finally {
			proxy.stop(0);
		}
		assertThat(asked).containsExactly("http://otp.example.com/api/v1/health");
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://otp.example.com", "https://otp.example.com" })
	void proxyWhenItWantsCredentialsThenTold(String service) throws Exception {
		try (RawServer proxy = new RawServer(RawServer.answer("407 Proxy Authentication Required", "<html>"));
				AgentOtpClient client = throughProxy(proxy, service).build()) {
			for (Mode mode : Mode.values()) {
				assertThatExceptionOfType(NetworkException.class).isThrownBy(() -> mode.of(client).getPermission("p1"))
					.withMessageContaining("The proxy wants credentials")
					.satisfies((ex) -> assertThat(ex.code()).isEqualTo("PROXY_AUTHENTICATION_REQUIRED"))
					.satisfies((ex) -> assertThat(ex.possiblyProcessed()).isFalse());
			}
			assertThat(proxy.requests).hasSize(2).noneMatch((request) -> request.contains("Proxy-Authorization"));
		}
	}

	@Test
	void proxyWhenCredentialsAreSetThenTheProxyGetsThem() throws Exception {
		try (RawServer proxy = new RawServer(RawServer.answer("200 OK", Json.PENDING));
				AgentOtpClient client = throughProxy(proxy, "http://otp.example.com")
					.proxyCredentials("us\u00e9r", "s3cret")
					.build()) {
			assertThat(client.getPermission("p1").id()).isEqualTo("p1");
			assertThat(proxy.requests).singleElement(InstanceOfAssertFactories.STRING)
				.contains("GET http://otp.example.com/api/v1/permissions/p1", "Proxy-Authorization: Basic "
						+ Base64.getEncoder().encodeToString("us\u00e9r:s3cret".getBytes(StandardCharsets.UTF_8)));
		}
	}

	@Test
	void proxyWhenThereIsNoneThenItsCredentialsStayHere() throws Exception {
		try (RawServer server = new RawServer(RawServer.answer("200 OK", Json.PENDING));
				AgentOtpClient client = AgentOtpClient.builder()
					.apiKey("ak_live_test")
					.baseUrl(server.url())
					.proxyCredentials("user", "s3cret")
					.build()) {
			client.getPermission("p1");
			assertThat(server.requests).noneMatch((request) -> request.contains("Proxy-Authorization"));
		}
	}

	private static AgentOtpClientBuilder throughProxy(RawServer proxy, String service) {
		return AgentOtpClient.builder()
			.apiKey("ak_live_test")
			.baseUrl(service)
			.proxy(ProxySelector.of(new InetSocketAddress("127.0.0.1", URI.create(proxy.url()).getPort())));
	}

	@Test
	void proxyWhenTheTransportIsOursToReplaceThenRefused() {
		assertThatExceptionOfType(ConfigurationException.class)
			.isThrownBy(() -> AgentOtpClient.builder()
				.apiKey("ak_live_test")
				.baseUrl("http://localhost:1")
				.transport(new ScriptedTransport())
				.proxy(ProxySelector.getDefault())
				.build())
			.withMessageContaining("transport");
	}

	@Test
	void sslContextWhenItTrustsAndHasACertificateThenMutualTls() throws Exception {
		KeyStore store = keyStore();
		HttpsServer server = server(store);
		try (AgentOtpClient client = client(server).sslContext(context(store)).build()) {
			assertThat(client.health().status()).isEqualTo("ok");
		}
		finally {
			server.stop(0);
		}
	}

	@Test
	void sslContextWhenTheCertificateIsNotTrustedThenNotTriedAgainAndSaidSo() throws Exception {
		HttpsServer server = server(keyStore());
		RecordingSleeper sleeper = new RecordingSleeper();
		try (AgentOtpClient client = client(server).sleeper(sleeper).build()) {
			assertThatExceptionOfType(NetworkException.class).isThrownBy(client::health)
				.withMessageContaining("whether it speaks https there, its certificate")
				.satisfies((ex) -> assertThat(ex.code()).isEqualTo("TLS_FAILED"))
				.satisfies((ex) -> assertThat(ex.possiblyProcessed()).isFalse());
		}
		finally {
			server.stop(0);
		}
		assertThat(sleeper.delays).isEmpty();
	}

	@Test
	void listenerWhenAttemptsEndThenHearsOfEach() {
		List<CallListener.Attempt> attempts = new ArrayList<>();
		ScriptedTransport transport = new ScriptedTransport().answer(503, "")
			.fail(new IOException("reset"))
			.answer(200, Json.PENDING);
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_live_test")
			.baseUrl("http://localhost:1")
			.transport(transport)
			.sleeper(new RecordingSleeper())
			.listener((attempt) -> {
				attempts.add(attempt);
				throw new IllegalStateException("a listener's fault");
			})
			.build()) {
			assertThat(client.getPermission("p1").id()).isEqualTo("p1");
		}
		assertThat(attempts).extracting(CallListener.Attempt::operation).containsOnly("get");
		assertThat(attempts).extracting(CallListener.Attempt::number).containsExactly(1, 2, 3);
		assertThat(attempts).extracting(CallListener.Attempt::status).containsExactly(503, 0, 200);
		assertThat(attempts).extracting(CallListener.Attempt::outcome)
			.containsExactly("SERVER_ERROR", "CONNECTION_BROKEN", "OK");
		assertThat(attempts).allSatisfy((attempt) -> assertThat(attempt.duration()).isPositive());
	}

	@Test
	void budgetWhenTheServiceIsDownThenRetriesEnd() {
		ScriptedTransport transport = new ScriptedTransport();
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_live_test")
			.baseUrl("http://localhost:1")
			.transport(transport)
			.sleeper(new RecordingSleeper())
			.build()) {
			for (int call = 0; call < 20; call++) {
				transport.answer(503, "").answer(503, "").answer(503, "").answer(503, "");
				assertThatExceptionOfType(ServerException.class).isThrownBy(() -> client.getPermission("p1"));
			}
			assertThat(transport.requests).as("20 calls and 20 retries").hasSize(40);
		}
	}

	@Test
	void timeoutWhenAnAttemptStallsThenAnotherOneSucceeds() throws Exception {
		List<String> requests = new ArrayList<>();
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.setExecutor(Executors.newCachedThreadPool());
		server.createContext("/", (exchange) -> {
			synchronized (requests) {
				requests.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
				if (requests.size() == 1) {
					return;
				}
			}
			byte[] body = Json.PENDING.getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(202, body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		server.start();
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_live_test")
			.baseUrl("http://localhost:" + server.getAddress().getPort())
			.attemptTimeout(Duration.ofMillis(200))
			.sleeper(new RecordingSleeper())
			.build()) {
			client.requestPermission(PermissionRequest.builder("a").waitForApproval(false).build());
		}
		finally {
			server.stop(0);
		}
		assertThat(requests).hasSize(2).doesNotContainNull();
		assertThat(requests.get(0)).isEqualTo(requests.get(1));
	}

	@Test
	void callsWhenAsynchronousThenNoThreadPerCall() throws Exception {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.setExecutor(Executors.newFixedThreadPool(2));
		server.createContext("/", (exchange) -> {
			byte[] body = Json.PENDING.getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(200, body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		server.start();
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_live_test")
			.baseUrl("http://localhost:" + server.getAddress().getPort())
			.build()) {
			client.getPermission("p1");
			long before = threads.getTotalStartedThreadCount();
			CompletableFuture<?>[] calls = Stream.generate(() -> client.async().getPermission("p1"))
				.limit(300)
				.toArray(CompletableFuture[]::new);
			CompletableFuture.allOf(calls).orTimeout(30, TimeUnit.SECONDS).join();
			assertThat(threads.getTotalStartedThreadCount() - before).as("eight workers and little else")
				.isLessThan(20);
		}
		finally {
			server.stop(0);
		}
	}

	@Test
	void moduleWhenResolvedThenOnlyItsInterfaceIsVisible() throws Exception {
		Path[] path = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.map(Path::of)
			.filter((entry) -> entry.endsWith("target/classes")
					|| entry.getFileName().toString().matches("(jackson-|slf4j-api|jspecify).*\\.jar"))
			.toArray(Path[]::new);
		Configuration configuration = ModuleLayer.boot()
			.configuration()
			.resolve(ModuleFinder.of(path), ModuleFinder.of(), Set.of("io.agentotp.core"));
		ModuleLayer layer = ModuleLayer.boot()
			.defineModulesWithOneLoader(configuration, ClassLoader.getPlatformClassLoader());
		Module module = layer.findModule("io.agentotp.core").orElseThrow();
		assertThat(module.getDescriptor().exports()).extracting((exported) -> exported.source())
			.containsExactlyInAnyOrder("io.agentotp", "io.agentotp.transport", "io.agentotp.trust");
		Class<?> client = module.getClassLoader().loadClass("io.agentotp.AgentOtpClient");
		Object builder = client.getMethod("builder").invoke(null);
		builder.getClass().getMethod("apiKey", String.class).invoke(builder, "ak_live_module");
		builder.getClass().getMethod("baseUrl", String.class).invoke(builder, "http://localhost:1");
		Object built = builder.getClass().getMethod("build").invoke(builder);
		client.getMethod("close").invoke(built);
	}

	private static AgentOtpClientBuilder client(HttpsServer server) {
		return AgentOtpClient.builder()
			.apiKey("ak_live_test")
			.baseUrl("https://localhost:" + server.getAddress().getPort());
	}

	private static HttpsServer server(KeyStore store) throws Exception {
		HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		SSLContext context = context(store);
		server.setHttpsConfigurator(new HttpsConfigurator(context) {

			@Override
			public void configure(HttpsParameters parameters) {
				SSLParameters ssl = context.getDefaultSSLParameters();
				ssl.setNeedClientAuth(true);
				parameters.setSSLParameters(ssl);
			}

		});
		server.createContext("/", (exchange) -> {
			byte[] body = "{\"status\":\"ok\"}".getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(200, body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		server.start();
		return server;
	}

	private static SSLContext context(KeyStore store) throws Exception {
		KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		keys.init(store, PASSWORD);
		TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
		trust.init(store);
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
		return context;
	}

	/** A certificate for localhost that nobody else trusts. */
	private KeyStore keyStore() throws Exception {
		Path file = this.folder.resolve("store.p12");
		if (!Files.exists(file)) {
			Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
					"-genkeypair", "-alias", "test", "-keyalg", "EC", "-dname", "CN=localhost", "-ext",
					"san=dns:localhost", "-storetype", "PKCS12", "-keystore", file.toString(), "-storepass",
					new String(PASSWORD))
				.redirectErrorStream(true)
				.start();
			assertThat(keytool.waitFor())
				.as(new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
				.isZero();
		}
		KeyStore store = KeyStore.getInstance("PKCS12");
		try (InputStream in = Files.newInputStream(file)) {
			store.load(in, PASSWORD);
		}
		KeyStore trusted = KeyStore.getInstance("PKCS12");
		trusted.load(null, PASSWORD);
		trusted.setKeyEntry("test", store.getKey("test", PASSWORD), PASSWORD, store.getCertificateChain("test"));
		trusted.setCertificateEntry("trusted", store.getCertificate("test"));
		return trusted;
	}

}
