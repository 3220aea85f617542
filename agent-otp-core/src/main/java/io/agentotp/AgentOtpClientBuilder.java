package io.agentotp;

import java.net.PasswordAuthentication;
import java.net.ProxySelector;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.JdkHttpTransport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Configures an {@link AgentOtpClient}. Only the key and the address have no default.
 */
public final class AgentOtpClientBuilder {

	private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{[\\w.-]*");

	private static final Logger logger = LoggerFactory.getLogger(AgentOtpClient.class);

	/** How long closing waits for what is still to be told to the service. */
	private static final Duration LAST_MOMENTS = Duration.ofSeconds(5);

	private @Nullable Supplier<? extends @Nullable String> apiKey;

	private @Nullable String baseUrl;

	private @Nullable Supplier<? extends @Nullable String> baseUrlSource;

	private String apiPath = "/api/v1";

	private Duration timeout = Duration.ofSeconds(30);

	private @Nullable Duration attemptTimeout;

	private Duration connectTimeout = Duration.ofSeconds(5);

	private Duration approvalTimeout = Duration.ofMinutes(5);

	private int retries = 3;

	private boolean debug;

	private @Nullable HttpTransport transport;

	private @Nullable ProxySelector proxy;

	private @Nullable PasswordAuthentication proxyCredentials;

	private @Nullable SSLContext sslContext;

	private @Nullable SSLParameters sslParameters;

	private @Nullable CallListener listener;

	private UseListener useListener = UseListener.NONE;

	private GrantVerifier grantVerifier = GrantVerifier.NONE;

	private InstantSource clock = Clock.systemUTC();

	private PermissionExchange.@Nullable Delayer delayer;

	private Sleeper sleeper = (delay) -> Thread.sleep(delay.toMillis());

	AgentOtpClientBuilder() {
	}

	/**
	 * Sets the agent's key.
	 * @param apiKey the key, {@code ak_…}
	 * @return this builder
	 */
	public AgentOtpClientBuilder apiKey(@Nullable String apiKey) {
		return apiKey(() -> apiKey);
	}

	/**
	 * Sets where the agent's key comes from. Asked for each request, so that the key can
	 * be rotated.
	 * @param apiKey supplies the key
	 * @return this builder
	 */
	public AgentOtpClientBuilder apiKey(Supplier<? extends @Nullable String> apiKey) {
		this.apiKey = apiKey;
		return this;
	}

	/**
	 * Sets the service's address.
	 * @param baseUrl an http or https address without the API path, such as
	 * {@code https://otp.example.com}
	 * @return this builder
	 */
	public AgentOtpClientBuilder baseUrl(@Nullable String baseUrl) {
		this.baseUrl = baseUrl;
		this.baseUrlSource = null;
		return this;
	}

	/**
	 * Sets where the service's address comes from. Asked for each request and not before,
	 * for a service whose port is chosen after the client was made.
	 * @param baseUrl supplies the address; without one a request fails with a
	 * {@link ConfigurationException}
	 * @return this builder
	 */
	public AgentOtpClientBuilder baseUrl(Supplier<? extends @Nullable String> baseUrl) {
		this.baseUrlSource = baseUrl;
		return this;
	}

	/**
	 * Sets the path of the API below the address.
	 * @param apiPath the path, by default {@code /api/v1}
	 * @return this builder
	 */
	public AgentOtpClientBuilder apiPath(String apiPath) {
		this.apiPath = apiPath;
		return this;
	}

	/**
	 * Sets how long one call may take, with all its retries and without the wait for a
	 * human.
	 * @param timeout a positive time, by default 30 seconds
	 * @return this builder
	 */
	public AgentOtpClientBuilder timeout(Duration timeout) {
		this.timeout = timeout;
		return this;
	}

	/**
	 * Sets how long one attempt of a call may take, so that one that stalls can be tried
	 * again.
	 * @param attemptTimeout a positive time, or {@code null} for the default: 20 seconds
	 * less than the call may take, but at least 10 seconds
	 * @return this builder
	 */
	public AgentOtpClientBuilder attemptTimeout(@Nullable Duration attemptTimeout) {
		this.attemptTimeout = attemptTimeout;
		return this;
	}

	/**
	 * Sets how long connecting may take.
	 * @param connectTimeout a positive time, by default 5 seconds
	 * @return this builder
	 */
	public AgentOtpClientBuilder connectTimeout(Duration connectTimeout) {
		this.connectTimeout = connectTimeout;
		return this;
	}

	/**
	 * Sets how long to wait for a human's decision where the request does not say.
	 * @param approvalTimeout a positive time, by default 5 minutes
	 * @return this builder
	 */
	public AgentOtpClientBuilder approvalTimeout(Duration approvalTimeout) {
		this.approvalTimeout = approvalTimeout;
		return this;
	}

	/**
	 * Sets how often a call is tried again after a failed connection, HTTP 408, 429, 502,
	 * 503, 504 or a broken answer. Tries to connect are spread over the time that the
	 * call may take, so that it survives a restart of the service.
	 * @param retries 0 or more, by default 3
	 * @return this builder
	 */
	public AgentOtpClientBuilder retries(int retries) {
		this.retries = retries;
		return this;
	}

	/**
	 * Sets whether each call is logged at INFO instead of DEBUG: operation, status and
	 * attempt, never a key, a token or a body.
	 * @param debug {@code true} to log at INFO
	 * @return this builder
	 */
	public AgentOtpClientBuilder debug(boolean debug) {
		this.debug = debug;
		return this;
	}

	/**
	 * Sets what chooses the proxy.
	 * @param proxy the selector, or {@code null} for the JDK's default, which follows the
	 * system properties {@code https.proxyHost} and the like
	 * @return this builder
	 */
	public AgentOtpClientBuilder proxy(@Nullable ProxySelector proxy) {
		this.proxy = proxy;
		return this;
	}

	/**
	 * Sets the credentials for a proxy that asks for them (HTTP 407), with the scheme
	 * Basic. For an https service the JDK sends them only if the system property
	 * {@code jdk.http.auth.tunneling.disabledSchemes} is set to nothing.
	 * @param user the user name at the proxy
	 * @param password the password at the proxy
	 * @return this builder
	 */
	public AgentOtpClientBuilder proxyCredentials(String user, String password) {
		this.proxyCredentials = new PasswordAuthentication(user, password.toCharArray());
		return this;
	}

	/**
	 * Sets the TLS context: which certificates are trusted, and with which one the client
	 * identifies itself (mutual TLS).
	 * @param sslContext the context, or {@code null} for the JDK's default
	 * @return this builder
	 */
	public AgentOtpClientBuilder sslContext(@Nullable SSLContext sslContext) {
		this.sslContext = sslContext;
		return this;
	}

	/**
	 * Sets which TLS protocols and cipher suites are allowed. The host name of the
	 * service is verified in any case.
	 * @param sslParameters the parameters, or {@code null} for the TLS context's default
	 * @return this builder
	 */
	public AgentOtpClientBuilder sslParameters(@Nullable SSLParameters sslParameters) {
		this.sslParameters = sslParameters;
		return this;
	}

	/**
	 * Sets what hears of every HTTP attempt.
	 * @param listener the listener, or {@code null} for none
	 * @return this builder
	 */
	public AgentOtpClientBuilder listener(@Nullable CallListener listener) {
		this.listener = listener;
		return this;
	}

	/**
	 * Sets what hears of the uses that {@link AgentOtpClient#executeWithPermission
	 * executeWithPermission} has reported or could not report.
	 * @param useListener the listener, by default {@link UseListener#NONE}
	 * @return this builder
	 */
	public AgentOtpClientBuilder useListener(UseListener useListener) {
		this.useListener = useListener;
		return this;
	}

	/**
	 * Sets what looks at each grant of {@link AgentOtpClient#executeWithPermission
	 * executeWithPermission} before its body runs, such as
	 * {@link io.agentotp.trust.SignedGrants}.
	 * @param grantVerifier the verifier, by default {@link GrantVerifier#NONE}
	 * @return this builder
	 */
	public AgentOtpClientBuilder grantVerifier(GrantVerifier grantVerifier) {
		this.grantVerifier = grantVerifier;
		return this;
	}

	/**
	 * Replaces the transport. The client closes it.
	 * @param transport the transport, or {@code null} for the JDK's HTTP client
	 * @return this builder
	 */
	public AgentOtpClientBuilder transport(@Nullable HttpTransport transport) {
		this.transport = transport;
		return this;
	}

	AgentOtpClientBuilder environment(Map<String, String> variables) {
		return apiKey(variable(variables, "API_KEY")).baseUrl(variable(variables, "BASE_URL"));
	}

	private static @Nullable String variable(Map<String, String> variables, String name) {
		String value = variables.get("AGENTOTP_" + name);
		if (value == null && variables.containsKey("AGENT_OTP_" + name)) {
			throw new ConfigurationException(
					"The environment variable AGENT_OTP_" + name + " is named AGENTOTP_" + name + " now");
		}
		return value;
	}

	AgentOtpClientBuilder sleeper(Sleeper sleeper) {
		this.sleeper = sleeper;
		return this;
	}

	/**
	 * Sets the time by which a token ends, and what runs the next try of a report.
	 */
	AgentOtpClientBuilder time(InstantSource clock, PermissionExchange.Delayer delayer) {
		this.clock = clock;
		this.delayer = delayer;
		return this;
	}

	/**
	 * Builds the client. Sends nothing.
	 * @return the client, to be closed by the caller
	 * @throws ConfigurationException if a setting is missing or wrong
	 */
	public AgentOtpClient build() {
		Supplier<URI> baseUri = baseUriSource();
		if (this.apiKey == null) {
			throw new ConfigurationException("The API key is missing: set apiKey(..) or the property agentotp.api-key");
		}
		ApiKey key = new ApiKey(this.apiKey);
		key.value();
		positive("timeout", this.timeout);
		if (this.attemptTimeout != null) {
			positive("attemptTimeout", this.attemptTimeout);
		}
		positive("connectTimeout", this.connectTimeout);
		positive("approvalTimeout", this.approvalTimeout);
		if (this.retries < 0) {
			throw new ConfigurationException("retries must be 0 or more, not " + this.retries);
		}
		return build(new ClientSettings(baseUri, key, this.timeout, this.attemptTimeout, this.approvalTimeout,
				this.retries, this.debug ? Level.INFO : Level.DEBUG, this.listener), transport());
	}

	private AgentOtpClient build(ClientSettings settings, HttpTransport transport) {
		DelayThread.start();
		Workers workers = new Workers();
		CallExecutor executor = new CallExecutor(transport, settings,
				backoff(Duration.ofMillis(250), Duration.ofSeconds(8)), this.sleeper, Clock.systemUTC());
		PermissionApi api = new PermissionApi(executor, path(), settings.timeout(), CallOptions.builder().build(),
				System::nanoTime);
		DecisionWatcher watcher = new DecisionWatcher(api, workers,
				backoff(Duration.ofSeconds(1), Duration.ofSeconds(30)),
				backoff(Duration.ofSeconds(1), Duration.ofSeconds(15)), this.sleeper, System::nanoTime, this.clock,
				transport::endWait);
		PermissionExchange exchange = new PermissionExchange(this.clock,
				(this.delayer != null) ? this.delayer
						: (delay, task) -> CompletableFuture
							.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS, workers)
							.execute(task),
				this.useListener);
		AtomicBoolean closed = new AtomicBoolean();
		Grants grants = new Grants(exchange, this.grantVerifier);
		return new DefaultAgentOtpClient(api, watcher, workers, exchange, grants, settings.approvalTimeout(), () -> {
			if (closed.compareAndSet(false, true)) {
				watcher.close();
				exchange.end(LAST_MOMENTS);
				workers.close();
				executor.close();
				transport.close();
			}
		});
	}

	private HttpTransport transport() {
		if (this.transport == null) {
			return new JdkHttpTransport(this.connectTimeout, this.proxy, this.proxyCredentials, this.sslContext,
					this.sslParameters);
		}
		if (this.proxy != null || this.proxyCredentials != null || this.sslContext != null
				|| this.sslParameters != null) {
			throw new ConfigurationException("proxy, proxyCredentials, sslContext and sslParameters belong to the "
					+ "transport that was set: set them there");
		}
		return this.transport;
	}

	/**
	 * Builds a client and returns its asynchronous view. Sends nothing.
	 * @return the client, to be closed by the caller
	 * @throws ConfigurationException if a setting is missing or wrong
	 */
	public AsyncAgentOtpClient buildAsync() {
		return build().async();
	}

	private Supplier<URI> baseUriSource() {
		Supplier<? extends @Nullable String> source = this.baseUrlSource;
		if (source != null) {
			return () -> baseUri(source.get());
		}
		URI uri = baseUri(this.baseUrl);
		if ("http".equals(uri.getScheme()) && !isLoopback(uri.getHost())) {
			logger.warn("The API key goes unencrypted to {}: use https in agentotp.base-url", uri.getHost());
		}
		return () -> uri;
	}

	private URI baseUri(@Nullable String baseUrl) {
		if (baseUrl == null || baseUrl.isBlank()) {
			throw new ConfigurationException(
					"The service's address is missing: set agentotp.base-url, or baseUrl(..) of the builder");
		}
		Matcher placeholder = PLACEHOLDER.matcher(baseUrl);
		if (placeholder.find()) {
			throw new ConfigurationException(
					"agentotp.base-url has a placeholder that nothing has filled in: " + placeholder.group() + "}");
		}
		URI uri;
		try {
			uri = URI.create(baseUrl.strip().replaceAll("/+$", ""));
			URI.create(uri + path());
		}
		catch (IllegalArgumentException ex) {
			throw new ConfigurationException("agentotp.base-url is not an address");
		}
		if (uri.getHost() == null || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
			throw new ConfigurationException(
					"agentotp.base-url must be an https address with a host, or http for localhost, such as https://otp.example.com");
		}
		if (uri.getPort() == 0 || uri.getPort() > 65_535) {
			throw new ConfigurationException("agentotp.base-url must have a port from 1 to 65535, or none");
		}
		if (uri.getUserInfo() != null || uri.getQuery() != null || uri.getFragment() != null) {
			throw new ConfigurationException("agentotp.base-url must not have a user, a query or a fragment");
		}
		return uri;
	}

	private String path() {
		String path = this.apiPath.strip().replaceAll("/+$", "");
		return (path.isEmpty() || path.startsWith("/")) ? path : "/" + path;
	}

	private static boolean isLoopback(String host) {
		return host.equals("localhost") || host.matches("127(\\.\\d{1,3}){3}") || host.equals("[::1]");
	}

	static void positive(String name, Duration value) {
		if (value.isZero() || value.isNegative()) {
			throw new ConfigurationException(name + " must be positive, not " + value);
		}
	}

	private static Backoff backoff(Duration base, Duration max) {
		return new Backoff(base, max, () -> ThreadLocalRandom.current().nextDouble());
	}

}
