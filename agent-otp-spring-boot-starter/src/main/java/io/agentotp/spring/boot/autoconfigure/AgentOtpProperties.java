package io.agentotp.spring.boot.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentotp.spring.Consume;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.guard.GuardSettings;
import io.agentotp.spring.guard.TransactionPolicy;
import io.agentotp.spring.method.RequiresPermissionAdvisor;
import io.agentotp.spring.method.SelfInvocationPolicy;
import io.agentotp.spring.propagation.PermissionHeader;
import io.agentotp.spring.tool.ToolEffect;
import io.agentotp.spring.tool.ToolRule;
import io.agentotp.spring.tool.UnmatchedTools;
import io.agentotp.spring.tool.mcp.AfterWait;
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

	private final Tools tools = new Tools();

	private final Mcp mcp = new Mcp();

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

	public Tools getTools() {
		return this.tools;
	}

	public Mcp getMcp() {
		return this.mcp;
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
	 * Settings of the guard of agents' tools.
	 */
	public static class Tools {

		/**
		 * Which tools are guarded that are no methods with the annotation. The first rule
		 * that matches a tool counts.
		 */
		private List<Rule> rules = new ArrayList<>();

		/**
		 * What happens with tools that no rule names and that are no guarded methods.
		 */
		private UnmatchedTools unmatched = UnmatchedTools.ALLOW;

		public List<Rule> getRules() {
			return this.rules;
		}

		public void setRules(List<Rule> rules) {
			this.rules = rules;
		}

		public UnmatchedTools getUnmatched() {
			return this.unmatched;
		}

		public void setUnmatched(UnmatchedTools unmatched) {
			this.unmatched = unmatched;
		}

		/**
		 * What is to happen with the calls of some tools.
		 */
		public static class Rule {

			/**
			 * Names of the tools, as the model calls them or as they are called where
			 * they come from. '*' stands for any characters.
			 */
			private List<String> name = new ArrayList<>();

			/**
			 * What happens with calls.
			 */
			private ToolEffect effect = ToolEffect.ASK;

			/**
			 * What a call does, such as 'file.delete'.
			 */
			private String action = "";

			/**
			 * What it is done to. '#{…}' parts are expressions over the arguments:
			 * '#path', '#args', '#tool'.
			 */
			private String resource = "";

			/**
			 * The limits asked for: an expression that makes a map.
			 */
			private String scope = "";

			/**
			 * More for the approver to know: an expression that makes a map.
			 */
			private String context = "";

			/**
			 * Why the agent asks, with '#{…}' parts.
			 */
			private String reason = "";

			/**
			 * What a call must keep to: an expression over the arguments and '#granted',
			 * the granted scope.
			 */
			private String check = "";

			/**
			 * How long the token lives after the approval: 30 seconds to 1 hour.
			 */
			private @Nullable Duration ttl;

			/**
			 * How long a call waits for a human.
			 */
			private @Nullable Duration timeout;

			/**
			 * When the permission is used up.
			 */
			private Consume consume = Consume.DEFAULT;

			/**
			 * What a call does while a human has not decided.
			 */
			private OnPending onPending = OnPending.DEFAULT;

			/**
			 * Names of arguments that the approver must not see. They are bound all the
			 * same.
			 */
			private Set<String> sensitive = new LinkedHashSet<>();

			public List<String> getName() {
				return this.name;
			}

			public void setName(List<String> name) {
				this.name = name;
			}

			public ToolEffect getEffect() {
				return this.effect;
			}

			public void setEffect(ToolEffect effect) {
				this.effect = effect;
			}

			public String getAction() {
				return this.action;
			}

			public void setAction(String action) {
				this.action = action;
			}

			public String getResource() {
				return this.resource;
			}

			public void setResource(String resource) {
				this.resource = resource;
			}

			public String getScope() {
				return this.scope;
			}

			public void setScope(String scope) {
				this.scope = scope;
			}

			public String getContext() {
				return this.context;
			}

			public void setContext(String context) {
				this.context = context;
			}

			public String getReason() {
				return this.reason;
			}

			public void setReason(String reason) {
				this.reason = reason;
			}

			public String getCheck() {
				return this.check;
			}

			public void setCheck(String check) {
				this.check = check;
			}

			public @Nullable Duration getTtl() {
				return this.ttl;
			}

			public void setTtl(@Nullable Duration ttl) {
				this.ttl = ttl;
			}

			public @Nullable Duration getTimeout() {
				return this.timeout;
			}

			public void setTimeout(@Nullable Duration timeout) {
				this.timeout = timeout;
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

			public Set<String> getSensitive() {
				return this.sensitive;
			}

			public void setSensitive(Set<String> sensitive) {
				this.sensitive = sensitive;
			}

			ToolRule rule(String place) {
				Map<String, Object> attributes = new LinkedHashMap<>();
				attributes.put("action", this.action);
				attributes.put("resource", this.resource);
				attributes.put("scope", this.scope);
				attributes.put("context", this.context);
				attributes.put("reason", this.reason);
				attributes.put("check", this.check);
				attributes.put("ttl", text(this.ttl));
				attributes.put("timeout", text(this.timeout));
				attributes.put("consume", this.consume);
				attributes.put("onPending", this.onPending);
				attributes.values().removeIf(Set.of("", Consume.DEFAULT, OnPending.DEFAULT)::contains);
				return new ToolRule(this.name, this.effect, attributes, this.sensitive, place);
			}

			private static String text(@Nullable Duration duration) {
				return (duration != null) ? duration.toString() : "";
			}

		}

	}

	/**
	 * Settings of the guard of an MCP server's tools.
	 */
	public static class Mcp {

		/**
		 * How long after its arrival a call of a tool waits for a human, and may begin
		 * what it does. Keep it shorter than the timeouts of the clients. At least 1
		 * second.
		 */
		private Duration maxWait = Duration.ofSeconds(15);

		/**
		 * What a call does whose permission is granted while it waits.
		 */
		private AfterWait afterWait = AfterWait.CALL_AGAIN;

		/**
		 * Whether clients that can open a page for their user are asked to open the one
		 * where to approve.
		 */
		private boolean elicitation = true;

		/**
		 * Whether such clients get the error 'URL elicitation required' while nobody has
		 * decided, in place of a result.
		 */
		private boolean elicitationRequired;

		public Duration getMaxWait() {
			return this.maxWait;
		}

		public void setMaxWait(Duration maxWait) {
			this.maxWait = maxWait;
		}

		public AfterWait getAfterWait() {
			return this.afterWait;
		}

		public void setAfterWait(AfterWait afterWait) {
			this.afterWait = afterWait;
		}

		public boolean isElicitation() {
			return this.elicitation;
		}

		public void setElicitation(boolean elicitation) {
			this.elicitation = elicitation;
		}

		public boolean isElicitationRequired() {
			return this.elicitationRequired;
		}

		public void setElicitationRequired(boolean elicitationRequired) {
			this.elicitationRequired = elicitationRequired;
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
