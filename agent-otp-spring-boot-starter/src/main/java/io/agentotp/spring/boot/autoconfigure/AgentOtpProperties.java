package io.agentotp.spring.boot.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.agentotp.spring.Consume;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.method.GuardSettings;
import io.agentotp.spring.propagation.PermissionHeader;
import io.agentotp.spring.method.RequiresPermissionAdvisor;
import io.agentotp.spring.method.SelfInvocationPolicy;
import io.agentotp.spring.method.TransactionPolicy;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Settings of the client and the guard.
 */
@ConfigurationProperties("agentotp")
public class AgentOtpProperties {

	/**
	 * Who decides on guarded calls.
	 */
	private AgentOtpMode mode = AgentOtpMode.REMOTE;

	/**
	 * Address of the permission service, without the API path.
	 */
	private @Nullable String baseUrl;

	/**
	 * API key of this agent.
	 */
	private @Nullable String apiKey;

	/**
	 * Path of the API below the address.
	 */
	private String apiPath = "/api/v1";

	/**
	 * How long one call to the service may take, with its retries and without the wait
	 * for a human.
	 */
	private Duration timeout = Duration.ofSeconds(30);

	/**
	 * How long one attempt of a call may take, so that one that stalls can be tried
	 * again.
	 */
	private Duration attemptTimeout = Duration.ofSeconds(10);

	/**
	 * How long connecting to the service may take.
	 */
	private Duration connectTimeout = Duration.ofSeconds(5);

	/**
	 * How often a failed call to the service is tried again.
	 */
	private int retries = 2;

	/**
	 * How long a guarded call waits for a human, unless its annotation says so.
	 */
	private Duration approvalTimeout = Duration.ofMinutes(5);

	/**
	 * Whether each call to the service is logged at INFO instead of DEBUG.
	 */
	private boolean debug;

	private final Ssl ssl = new Ssl();

	private final Propagation propagation = new Propagation();

	private final Method method = new Method();

	private final Health health = new Health();

	public AgentOtpMode getMode() {
		return this.mode;
	}

	public void setMode(AgentOtpMode mode) {
		this.mode = mode;
	}

	public @Nullable String getBaseUrl() {
		return this.baseUrl;
	}

	public void setBaseUrl(@Nullable String baseUrl) {
		this.baseUrl = baseUrl;
	}

	public @Nullable String getApiKey() {
		return this.apiKey;
	}

	public void setApiKey(@Nullable String apiKey) {
		this.apiKey = apiKey;
	}

	public String getApiPath() {
		return this.apiPath;
	}

	public void setApiPath(String apiPath) {
		this.apiPath = apiPath;
	}

	public Duration getTimeout() {
		return this.timeout;
	}

	public void setTimeout(Duration timeout) {
		this.timeout = timeout;
	}

	public Duration getAttemptTimeout() {
		return this.attemptTimeout;
	}

	public void setAttemptTimeout(Duration attemptTimeout) {
		this.attemptTimeout = attemptTimeout;
	}

	public Duration getConnectTimeout() {
		return this.connectTimeout;
	}

	public void setConnectTimeout(Duration connectTimeout) {
		this.connectTimeout = connectTimeout;
	}

	public int getRetries() {
		return this.retries;
	}

	public void setRetries(int retries) {
		this.retries = retries;
	}

	public Duration getApprovalTimeout() {
		return this.approvalTimeout;
	}

	public void setApprovalTimeout(Duration approvalTimeout) {
		this.approvalTimeout = approvalTimeout;
	}

	public boolean isDebug() {
		return this.debug;
	}

	public void setDebug(boolean debug) {
		this.debug = debug;
	}

	public Ssl getSsl() {
		return this.ssl;
	}

	public Propagation getPropagation() {
		return this.propagation;
	}

	public Method getMethod() {
		return this.method;
	}

	GuardSettings guardSettings() {
		return new GuardSettings(this.approvalTimeout, this.method.maxConcurrentWaits, this.method.consume,
				this.method.onPending, this.method.transaction);
	}

	public Health getHealth() {
		return this.health;
	}

	/**
	 * TLS settings of the client.
	 */
	public static class Ssl {

		/**
		 * Name of the SSL bundle for the connection to the service. Without it the bundle
		 * of all HTTP clients applies.
		 */
		private @Nullable String bundle;

		public @Nullable String getBundle() {
			return this.bundle;
		}

		public void setBundle(@Nullable String bundle) {
			this.bundle = bundle;
		}

	}

	/**
	 * Settings of the header that carries a permission to another service.
	 */
	public static class Propagation {

		/**
		 * Name of the header that carries a permission between services.
		 */
		private String header = PermissionHeader.DEFAULT_NAME;

		/**
		 * Services that outgoing calls of a guarded method carry its permission to, such
		 * as 'https://mail.example.com'. Without a scheme it is https. No permission is
		 * sent to any other.
		 */
		private List<String> hosts = new ArrayList<>();

		public String getHeader() {
			return this.header;
		}

		public void setHeader(String header) {
			this.header = header;
		}

		public List<String> getHosts() {
			return this.hosts;
		}

		public void setHosts(List<String> hosts) {
			this.hosts = hosts;
		}

	}

	/**
	 * Settings of the method guard.
	 */
	public static class Method {

		/**
		 * Order of the guard among the advisors of a bean.
		 */
		private int order = RequiresPermissionAdvisor.DEFAULT_ORDER;

		/**
		 * When the permission of a guarded call is used up, unless its annotation says
		 * so.
		 */
		private Consume consume = Consume.AFTER;

		/**
		 * What a guarded call does while a human has not decided, unless its annotation
		 * says so.
		 */
		private OnPending onPending = OnPending.WAIT;

		/**
		 * What to do about a guarded call inside a transaction, which would stay open
		 * while a human decides.
		 */
		private TransactionPolicy transaction = TransactionPolicy.WARN;

		/**
		 * How many guarded calls may wait for a human at the same time. Further ones are
		 * refused.
		 */
		private int maxConcurrentWaits = 100;

		/**
		 * Whether the arguments of validated beans are validated before anybody is asked.
		 */
		private boolean validate = true;

		/**
		 * What to do about a bean that calls a guarded method of its own, which no proxy
		 * sees.
		 */
		private SelfInvocationPolicy selfInvocation = SelfInvocationPolicy.FAIL;

		public int getOrder() {
			return this.order;
		}

		public void setOrder(int order) {
			this.order = order;
		}

		public Consume getConsume() {
			return this.consume;
		}

		public void setConsume(Consume consume) {
			this.consume = consume;
		}

		public OnPending getOnPending() {
			return this.onPending;
		}

		public void setOnPending(OnPending onPending) {
			this.onPending = onPending;
		}

		public TransactionPolicy getTransaction() {
			return this.transaction;
		}

		public void setTransaction(TransactionPolicy transaction) {
			this.transaction = transaction;
		}

		public int getMaxConcurrentWaits() {
			return this.maxConcurrentWaits;
		}

		public void setMaxConcurrentWaits(int maxConcurrentWaits) {
			this.maxConcurrentWaits = maxConcurrentWaits;
		}

		public boolean isValidate() {
			return this.validate;
		}

		public void setValidate(boolean validate) {
			this.validate = validate;
		}

		public SelfInvocationPolicy getSelfInvocation() {
			return this.selfInvocation;
		}

		public void setSelfInvocation(SelfInvocationPolicy selfInvocation) {
			this.selfInvocation = selfInvocation;
		}

	}

	/**
	 * Settings of the health indicator.
	 */
	public static class Health {

		/**
		 * How long a result is kept before the service is asked again.
		 */
		private Duration timeToLive = Duration.ofSeconds(10);

		public Duration getTimeToLive() {
			return this.timeToLive;
		}

		public void setTimeToLive(Duration timeToLive) {
			this.timeToLive = timeToLive;
		}

	}

}
