package io.agentotp.server.notification.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.agentotp.server.config.HttpSettings;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.DeliveryException.Remedy;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Messages go to the address that was checked, and nowhere else.
 */
class HttpPosterTests {

	private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

	private static final byte[] BODY = "{}".getBytes(StandardCharsets.UTF_8);

	private static final char[] PASSWORD = "changeit".toCharArray();

	private HttpReceiver receiver;

	@BeforeEach
	void start() throws Exception {
		this.receiver = new HttpReceiver();
	}

	@AfterEach
	void stop() {
		this.receiver.close();
	}

	private static HttpSettings settings(String... networks) {
		return new HttpSettings(List.of(networks), true, Duration.ofSeconds(10));
	}

	private static HttpPoster poster(HttpSettings settings, DnsResolver names) {
		return new HttpPoster(settings, InstantSource.fixed(NOW), names, null);
	}

	private static DnsResolver names(Names names) {
		return new DnsResolver() {

			@Override
			public InetAddress[] resolve(String host) throws UnknownHostException {
				return names.resolve(host);
			}

			@Override
			public String resolveCanonicalHostname(String host) {
				return host;
			}

		};
	}

	@ParameterizedTest
	@ValueSource(strings = { "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "[::]",
			"[64:ff9b::7f00:1]" })
	void postWhenAddressIsNotPublicThenNothingIsSent(String host) throws Exception {
		try (HttpPoster poster = poster(settings(), SystemDefaultDnsResolver.INSTANCE)) {
			URI url = URI.create("http://" + host + ":" + this.receiver.port() + "/secret-path");
			assertThatExceptionOfType(DeliveryException.class).isThrownBy(() -> poster.post(url, Map.of(), BODY))
				.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("secret-path"));
		}
		assertThat(this.receiver.received()).isEmpty();
	}

	@Test
	void postWhenNameHasAnAddressThatIsNotPublicThenNothingIsSentAndNothingIsTriedAgain() throws Exception {
		DnsResolver names = names(
				(host) -> new InetAddress[] { InetAddress.getByName("8.8.8.8"), InetAddress.getByName("127.0.0.1") });
		try (HttpPoster poster = poster(settings(), names)) {
			assertThatExceptionOfType(DeliveryException.class)
				.isThrownBy(() -> poster.post(url("receiver.example.test"), Map.of(), BODY))
				.withMessageContaining("allowed-networks")
				.satisfies((ex) -> assertThat(ex.remedy()).isEqualTo(Remedy.GIVE_UP));
		}
		assertThat(this.receiver.received()).isEmpty();
	}

	@Test
	void postWhenNameIsAnotherAddressTheNextTimeThenTheCheckedOneIsUsed() throws Exception {
		AtomicInteger asked = new AtomicInteger();
		// Whoever asked twice would get to the receiver that is not allowed.
		DnsResolver names = names((host) -> new InetAddress[] {
				InetAddress.getByName((asked.getAndIncrement() == 0) ? "127.0.0.1" : "127.0.0.2") });
		try (HttpPoster poster = poster(settings("127.0.0.1"), names)) {
			assertThat(poster.post(url("receiver.example.test"), Map.of(), BODY).isTaken()).isTrue();
		}
		assertThat(asked).hasValue(1);
		assertThat(this.receiver.received()).singleElement()
			.satisfies((request) -> assertThat(request.headers().get("Host"))
				.isEqualTo("receiver.example.test:" + this.receiver.port()));
	}

	@ParameterizedTest
	@ValueSource(ints = { 301, 302, 303, 307, 308 })
	void postWhenAnswerIsARedirectThenNotFollowed(int status) throws Exception {
		try (HttpReceiver other = new HttpReceiver();
				HttpPoster poster = poster(settings("127.0.0.1"), SystemDefaultDnsResolver.INSTANCE)) {
			this.receiver.answersWith(status, Map.of("Location", other.url("/stolen").toString()));
			HttpAnswer answer = poster.post(this.receiver.url("/"), Map.of(), BODY);
			assertThat(answer.status()).isEqualTo(status);
			assertThat(answer.isTaken()).isFalse();
			assertThat(other.received()).isEmpty();
		}
	}

	@Test
	void postWhenProcessHasAProxyThenNotUsed() throws Exception {
		Map<String, String> before = new HashMap<>();
		for (String name : List.of("http.proxyHost", "http.proxyPort", "http.nonProxyHosts")) {
			before.put(name, System.getProperty(name));
		}
		try (HttpReceiver proxy = new HttpReceiver();
				HttpPoster poster = poster(settings("127.0.0.1"), SystemDefaultDnsResolver.INSTANCE)) {
			System.setProperty("http.proxyHost", "127.0.0.1");
			System.setProperty("http.proxyPort", Integer.toString(proxy.port()));
			System.setProperty("http.nonProxyHosts", "");
			assertThat(poster.post(this.receiver.url("/"), Map.of(), BODY).isTaken()).isTrue();
			assertThat(proxy.received()).isEmpty();
		}
		finally {
			before.forEach((name, value) -> {
				if (value != null) {
					System.setProperty(name, value);
				}
				else {
					System.clearProperty(name);
				}
			});
		}
		assertThat(this.receiver.received()).hasSize(1);
	}

	@Test
	void postWhenNotEncryptedThenOnlyIfTheSettingSaysSo() throws Exception {
		HttpSettings encrypted = new HttpSettings(List.of("127.0.0.1"), false, Duration.ofSeconds(10));
		try (HttpPoster poster = poster(encrypted, SystemDefaultDnsResolver.INSTANCE)) {
			assertThatExceptionOfType(DeliveryException.class)
				.isThrownBy(() -> poster.post(this.receiver.url("/"), Map.of(), BODY))
				.satisfies((ex) -> assertThat(ex.remedy()).isEqualTo(Remedy.GIVE_UP));
		}
		assertThat(this.receiver.received()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(textBlock = """
			7, PT7S
			0, PT0S
			999999999, PT24H
			'Mon, 30 Nov 2026 12:01:30 GMT', PT1M30S
			'Mon, 30 Nov 2026 11:00:00 GMT',
			soon,
			-5,
			99999999999999999999,
			""")
	void postWhenReceiverWantsToBeLeftAloneThenTold(String header, Duration after) throws Exception {
		this.receiver.answersWith(429, Map.of("Retry-After", header));
		try (HttpPoster poster = poster(settings("127.0.0.1"), SystemDefaultDnsResolver.INSTANCE)) {
			HttpAnswer answer = poster.post(this.receiver.url("/"), Map.of(), BODY);
			assertThat(answer.retry().after()).isEqualTo(after);
			assertThat(answer.retry()).hasMessage("127.0.0.1 answered 429");
		}
	}

	@Test
	void postWhenAnswerComesByteByByteThenItEnds() throws Exception {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			Thread drips = new Thread(() -> drip(socket));
			drips.setDaemon(true);
			drips.start();
			HttpSettings settings = new HttpSettings(List.of("127.0.0.1"), true, Duration.ofSeconds(1));
			try (HttpPoster poster = poster(settings, SystemDefaultDnsResolver.INSTANCE)) {
				URI url = URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/");
				assertThatExceptionOfType(DeliveryException.class).isThrownBy(() -> poster.post(url, Map.of(), BODY))
					.satisfies((ex) -> assertThat(ex.remedy()).isEqualTo(Remedy.RETRY));
			}
		}
	}

	// Each byte comes within the time that a step may take.
	private static void drip(ServerSocket socket) {
		try (Socket connection = socket.accept(); OutputStream out = connection.getOutputStream()) {
			out.write("HTTP/1.1 200 OK\r\nX: ".getBytes(StandardCharsets.US_ASCII));
			while (true) {
				out.write('x');
				out.flush();
				LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
			}
		}
		catch (IOException ex) {
			// The other side has gone, as it should.
		}
	}

	@Test
	void postWhenAnswerHasNoEndThenItsStatusCounts() throws Exception {
		HttpServer endless = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		endless.createContext("/", (exchange) -> {
			exchange.sendResponseHeaders(200, 0);
			try (OutputStream out = exchange.getResponseBody()) {
				byte[] chunk = new byte[8192];
				while (true) {
					out.write(chunk);
				}
			}
			catch (IOException ex) {
				exchange.close();
			}
		});
		endless.start();
		try (HttpPoster poster = poster(settings("127.0.0.1"), SystemDefaultDnsResolver.INSTANCE)) {
			URI url = URI.create("http://127.0.0.1:" + endless.getAddress().getPort() + "/");
			for (int i = 0; i < 10; i++) {
				assertThat(poster.post(url, Map.of(), BODY).isTaken()).isTrue();
			}
		}
		finally {
			endless.stop(0);
		}
	}

	@Test
	void postWhenCertificateIsOfAnotherNameThenNothingIsSent(@TempDir Path folder) throws Exception {
		SSLContext context = context(folder);
		AtomicInteger requests = new AtomicInteger();
		HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.setHttpsConfigurator(new HttpsConfigurator(context));
		server.createContext("/", (exchange) -> {
			requests.incrementAndGet();
			exchange.sendResponseHeaders(204, -1);
			exchange.close();
		});
		server.start();
		DnsResolver names = names((host) -> new InetAddress[] { InetAddress.getByName("127.0.0.1") });
		try (HttpPoster poster = new HttpPoster(new HttpSettings(List.of("127.0.0.1"), false, Duration.ofSeconds(10)),
				InstantSource.system(), names, new DefaultClientTlsStrategy(context));
				HttpPoster suspicious = new HttpPoster(
						new HttpSettings(List.of("127.0.0.1"), false, Duration.ofSeconds(10)), InstantSource.system(),
						names, null)) {
			String port = ":" + server.getAddress().getPort() + "/";
			assertThat(poster.post(URI.create("https://receiver.example.test" + port), Map.of(), BODY).isTaken())
				.isTrue();
			assertThat(requests).hasValue(1);
			assertThatExceptionOfType(DeliveryException.class)
				.isThrownBy(() -> poster.post(URI.create("https://other.example.test" + port), Map.of(), BODY))
				.withMessageContaining("no trusted encrypted connection to other.example.test");
			assertThatExceptionOfType(DeliveryException.class)
				.isThrownBy(() -> suspicious.post(URI.create("https://receiver.example.test" + port), Map.of(), BODY))
				.withMessageContaining("no trusted encrypted connection");
			assertThat(requests).hasValue(1);
		}
		finally {
			server.stop(0);
		}
	}

	private static SSLContext context(Path folder) throws Exception {
		Path file = folder.resolve("store.p12");
		Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
				"-genkeypair", "-alias", "test", "-keyalg", "EC", "-dname", "CN=receiver.example.test", "-ext",
				"san=dns:receiver.example.test", "-storetype", "PKCS12", "-keystore", file.toString(), "-storepass",
				new String(PASSWORD))
			.redirectErrorStream(true)
			.start();
		assertThat(keytool.waitFor()).as(new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
			.isZero();
		KeyStore store = KeyStore.getInstance("PKCS12");
		try (InputStream in = Files.newInputStream(file)) {
			store.load(in, PASSWORD);
		}
		KeyStore trusted = KeyStore.getInstance("PKCS12");
		trusted.load(null, PASSWORD);
		trusted.setCertificateEntry("trusted", store.getCertificate("test"));
		KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		keys.init(store, PASSWORD);
		TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
		trust.init(trusted);
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
		return context;
	}

	private URI url(String host) {
		return URI.create("http://" + host + ":" + this.receiver.port() + "/");
	}

	private interface Names {

		InetAddress[] resolve(String host) throws UnknownHostException;

	}

}
