package io.agentotp.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.util.function.IntFunction;

import io.agentotp.AgentOtpClient;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.http.MediaType;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

/**
 * The HTTP clients that are compared. Each writes the same JSON, posts it with the key
 * and parses the answer to an object.
 */
public enum HttpPeer {

	/** Our client, with its idempotency key, deadline, listener hook and log statement. */
	OURS("agent-otp-core", HttpPeer::ours),

	/** RestClient over the JDK's client, as its request factory makes it. */
	REST_CLIENT_JDK("RestClient over the JDK client",
			(port) -> restClient(port, new JdkClientHttpRequestFactory(HttpClient.newHttpClient()))),

	/** RestClient over HttpComponents. */
	REST_CLIENT_HC5("RestClient over HttpComponents 5",
			(port) -> restClient(port, new HttpComponentsClientHttpRequestFactory(httpComponents()))),

	/** HttpComponents alone. */
	HC5("HttpComponents 5", HttpPeer::httpComponents),

	/** A socket per thread and hand-written HTTP: the floor. */
	RAW("raw socket", HttpPeer::raw);

	private static final JsonMapper JSON = new JsonMapper();

	private static final int CONNECTIONS = 64;

	private final String title;

	private final IntFunction<Caller> factory;

	HttpPeer(String title, IntFunction<Caller> factory) {
		this.title = title;
		this.factory = factory;
	}

	String title() {
		return this.title;
	}

	Caller connect(int port) {
		return this.factory.apply(port);
	}

	static String address(int port) {
		return "http://localhost:" + port;
	}

	private static Caller ours(int port) {
		AgentOtpClient client = AgentOtpClient.builder().apiKey(Exchange.API_KEY).baseUrl(address(port)).build();
		return () -> client.requestPermission(Exchange.REQUEST);
	}

	private static Caller restClient(int port, ClientHttpRequestFactory factory) {
		RestClient client = RestClient.builder()
			.requestFactory(factory)
			.baseUrl(address(port))
			.defaultHeader("Authorization", "Bearer " + Exchange.API_KEY)
			.build();
		return () -> client.post()
			.uri(Exchange.PATH)
			.contentType(MediaType.APPLICATION_JSON)
			.accept(MediaType.APPLICATION_JSON)
			.body(Exchange.QUESTION)
			.retrieve()
			.body(Exchange.Answer.class);
	}

	private static CloseableHttpClient httpComponents() {
		PoolingHttpClientConnectionManager pool = PoolingHttpClientConnectionManagerBuilder.create()
			.setMaxConnTotal(CONNECTIONS)
			.setMaxConnPerRoute(CONNECTIONS)
			.build();
		return HttpClients.custom().setConnectionManager(pool).build();
	}

	private static Caller httpComponents(int port) {
		CloseableHttpClient client = httpComponents();
		String address = address(port) + Exchange.PATH;
		return () -> {
			HttpPost post = new HttpPost(address);
			post.setHeader("Authorization", "Bearer " + Exchange.API_KEY);
			post.setHeader("Accept", "application/json");
			post.setEntity(
					new ByteArrayEntity(JSON.writeValueAsBytes(Exchange.QUESTION), ContentType.APPLICATION_JSON));
			byte[] body = client.execute(post, (response) -> EntityUtils.toByteArray(response.getEntity()));
			return JSON.readValue(body, Exchange.Answer.class);
		};
	}

	private static Caller raw(int port) {
		ThreadLocal<RawHttp> connection = ThreadLocal.withInitial(() -> {
			try {
				return new RawHttp(port, Exchange.API_KEY);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		});
		return () -> {
			byte[] body = connection.get().post(Exchange.PATH, JSON.writeValueAsBytes(Exchange.QUESTION));
			return JSON.readValue(body, Exchange.Answer.class);
		};
	}

	/**
	 * Makes one call.
	 */
	interface Caller {

		/**
		 * Posts the question.
		 * @return the parsed answer
		 * @throws Exception if there was none
		 */
		Object post() throws Exception;

	}

}
