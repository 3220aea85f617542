package io.agentotp.spring.boot.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentotp.GrantVerifier;
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
import io.agentotp.trust.SignedGrants;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the client and the guard.
 *
 * @param mode Who decides on guarded calls.
 * @param allowAllWithLiveKey Whether the mode 'allow-all' may start with a live API key.
 * @param baseUrl Address of the permission service, without the API path.
 * @param apiKey API key of this agent.
 * @param apiPath Path of the API below the address.
 * @param timeout How long one call to the service may take, with its retries and without
 * the wait for an approver.
 * @param attemptTimeout How long one attempt of a call may take, so that one that stalls
 * can be tried again. Without it 20 seconds less than a call, but at least 10.
 * @param connectTimeout How long connecting to the service may take.
 * @param retries How often a failed call to the service is tried again.
 * @param approvalTimeout How long a guarded call waits for an approver, unless its
 * annotation says so.
 * @param debug Whether each call to the service is logged at INFO instead of DEBUG.
 * @param ssl TLS settings of the client
 * @param propagation settings of the header that carries a permission to another service
 * @param method settings of the method guard
 * @param tools settings of the guard of agents' tools
 * @param mcp settings of the guard of an MCP server's tools
 * @param web settings of the answers to web requests
 * @param trust settings of grants that approvers must have signed
 * @param health settings of the health indicator
 */
@ConfigurationProperties("agentotp")
public record AgentOtpProperties(@DefaultValue("remote") AgentOtpMode mode,
		@DefaultValue("false") boolean allowAllWithLiveKey, @Nullable String baseUrl, @Nullable String apiKey,
		@DefaultValue("/api/v1") String apiPath, @DefaultValue("30s") Duration timeout,
		@Nullable Duration attemptTimeout, @DefaultValue("5s") Duration connectTimeout, @DefaultValue("3") int retries,
		@DefaultValue("5m") Duration approvalTimeout, @DefaultValue("false") boolean debug, @DefaultValue Ssl ssl,
		@DefaultValue Propagation propagation, @DefaultValue Method method, @DefaultValue Tools tools,
		@DefaultValue Mcp mcp, @DefaultValue Web web, @DefaultValue Trust trust, @DefaultValue Health health) {

	/**
	 * Creates settings.
	 * @throws IllegalArgumentException if a value is out of its range
	 */
	public AgentOtpProperties {
		positive("agentotp.timeout", timeout);
		if (attemptTimeout != null) {
			positive("agentotp.attempt-timeout", attemptTimeout);
		}
		positive("agentotp.connect-timeout", connectTimeout);
		positive("agentotp.approval-timeout", approvalTimeout);
		require(retries >= 0, "agentotp.retries", "must be 0 or more, not " + retries, "3");
	}

	GuardSettings guardSettings() {
		return new GuardSettings(this.approvalTimeout, this.method.maxConcurrentWaits, this.method.consume,
				this.method.onPending, this.method.transaction);
	}

	/** Without the API key. */
	@Override
	public String toString() {
		return "AgentOtpProperties[mode=" + this.mode + ", baseUrl=" + this.baseUrl + "]";
	}

	private static void positive(String name, Duration value) {
		require(!value.isZero() && !value.isNegative(), name, "must be positive, not " + value, "30s");
	}

	private static void require(boolean valid, String name, String problem, String example) {
		if (!valid) {
			throw new InvalidSettingException(name + " " + problem, "Set it like " + name + "=" + example + ".");
		}
	}

	/**
	 * TLS settings of the client.
	 *
	 * @param bundle Name of the SSL bundle for the connection to the service. Without it
	 * the bundle of all HTTP clients applies.
	 */
	public record Ssl(@Nullable String bundle) {
	}

	/**
	 * Settings of the header that carries a permission to another service.
	 *
	 * @param header Name of the header that carries a permission between services.
	 * @param hosts Services that outgoing calls of a guarded method carry its permission
	 * to, such as 'https://mail.example.com'. Without a scheme it is https. No permission
	 * is sent to any other.
	 */
	public record Propagation(@DefaultValue(PermissionHeader.DEFAULT_NAME) String header,
			@DefaultValue List<String> hosts) {

		/**
		 * Creates settings.
		 */
		public Propagation {
			hosts = List.copyOf(hosts);
		}

	}

	/**
	 * Settings of the method guard.
	 *
	 * @param order Order of the guard among the advisors of a bean.
	 * @param consume When the permission of a guarded call is used up, unless its
	 * annotation says so.
	 * @param onPending What a guarded call does while an approver has not decided, unless
	 * its annotation says so.
	 * @param transaction What to do about a guarded call inside a transaction or with a
	 * persistence context open, which would stay open while an approver decides.
	 * @param maxConcurrentWaits How many guarded calls may wait for an approver at the
	 * same time. Further ones are refused.
	 * @param validate Whether the arguments of validated beans are validated before
	 * anybody is asked.
	 * @param selfInvocation What to do about a bean that calls a guarded method of its
	 * own, which no proxy sees.
	 */
	public record Method(@DefaultValue("" + RequiresPermissionAdvisor.DEFAULT_ORDER) int order,
			@DefaultValue("after") Consume consume, @DefaultValue("wait") OnPending onPending,
			@DefaultValue("warn") TransactionPolicy transaction, @DefaultValue("100") int maxConcurrentWaits,
			@DefaultValue("true") boolean validate, @DefaultValue("fail") SelfInvocationPolicy selfInvocation) {

		/**
		 * Creates settings.
		 * @throws IllegalArgumentException if the number of waits is negative
		 */
		public Method {
			require(maxConcurrentWaits >= 0, "agentotp.method.max-concurrent-waits",
					"must be 0 or more, not " + maxConcurrentWaits, "100");
		}

	}

	/**
	 * Settings of the guard of agents' tools.
	 *
	 * @param rules Which tools are guarded that are no methods with the annotation. The
	 * first rule that matches a tool counts.
	 * @param unmatched What happens with tools that no rule names and that are no guarded
	 * methods. Required where there are rules and such tools.
	 * @param denialLasts How long a denial stands for the same call of a tool in the same
	 * conversation. Nobody is asked again meanwhile. 0 for not at all.
	 * @param maxRequestsPerTurn How many times the tools of an agent may ask approvers
	 * before it answers its user. Further calls are refused.
	 */
	public record Tools(@DefaultValue List<Rule> rules, @Nullable UnmatchedTools unmatched,
			@DefaultValue("5m") Duration denialLasts, @DefaultValue("20") int maxRequestsPerTurn) {

		/**
		 * Creates settings.
		 * @throws IllegalArgumentException if a value is out of its range
		 */
		public Tools {
			rules = List.copyOf(rules);
			require(!denialLasts.isNegative(), "agentotp.tools.denial-lasts", "must be 0 or more, not " + denialLasts,
					"5m");
			require(maxRequestsPerTurn > 0, "agentotp.tools.max-requests-per-turn",
					"must be positive, not " + maxRequestsPerTurn, "20");
		}

		/**
		 * What is to happen with the calls of some tools. Checked as a {@link ToolRule},
		 * which knows its place.
		 *
		 * @param name Names of the tools, as the model calls them or as they are called
		 * where they come from. '*' stands for any characters.
		 * @param effect What happens with calls.
		 * @param action What a call does, such as 'file.delete'.
		 * @param resource What it is done to. '#{…}' parts are expressions over the
		 * arguments: '#path', '#args', '#tool'.
		 * @param scope The limits asked for: an expression that makes a map.
		 * @param context More for the approver to know: an expression that makes a map.
		 * @param reason Why the agent asks, with '#{…}' parts.
		 * @param check What a call must keep to: an expression over the arguments and
		 * '#granted', the granted scope.
		 * @param ttl How long the token lives after the approval: 30 seconds to 1 hour.
		 * @param timeout How long a call waits for an approver.
		 * @param consume When the permission is used up.
		 * @param onPending What a call does while an approver has not decided.
		 * @param sensitive Names of arguments that the approver must not see. They are
		 * bound all the same.
		 */
		public record Rule(@DefaultValue List<String> name, @DefaultValue("ask") ToolEffect effect,
				@DefaultValue("") String action, @DefaultValue("") String resource, @DefaultValue("") String scope,
				@DefaultValue("") String context, @DefaultValue("") String reason, @DefaultValue("") String check,
				@Nullable Duration ttl, @Nullable Duration timeout, @DefaultValue("default") Consume consume,
				@DefaultValue("default") OnPending onPending, @DefaultValue Set<String> sensitive) {

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
	 * Settings of the guard of an MCP server's tools. Checked as
	 * {@link io.agentotp.spring.tool.mcp.McpToolSettings} where there is such a server.
	 *
	 * @param maxWait How long after its arrival a call of a tool waits for an approver,
	 * and may begin what it does. Keep it shorter than the timeouts of the clients. At
	 * least 1 second.
	 * @param afterWait What a call does whose permission is granted while it waits.
	 * @param elicitation Whether clients that can open a page for their user are asked to
	 * open the one where to approve.
	 * @param elicitationRequired Whether such clients get the error 'URL elicitation
	 * required' while nobody has decided, in place of a result.
	 */
	public record Mcp(@DefaultValue("15s") Duration maxWait, @DefaultValue("call-again") AfterWait afterWait,
			@DefaultValue("true") boolean elicitation, @DefaultValue("false") boolean elicitationRequired) {
	}

	/**
	 * Settings of the answers to web requests.
	 *
	 * @param problemDetails Whether a web request whose guarded call was refused is
	 * answered with problem details instead of an error.
	 */
	public record Web(@DefaultValue("false") boolean problemDetails) {
	}

	/**
	 * Settings of grants that approvers must have signed with their passkeys.
	 *
	 * @param file Trust file with the public keys of approvers, which an administrator of
	 * the service has exported. Read again when it changes.
	 * @param actions Actions whose grants must be signed, such as 'payment.*'. '*' stands
	 * for any characters. Requires the file.
	 * @param quorum How many different approvers must have signed.
	 * @param groups Groups whose signatures count. Without them those of everybody in the
	 * file.
	 * @param origins Where approvers sign, such as 'https://otp.example.com'. Without
	 * them the origins of the file.
	 * @param maxAge How old a signature may be when a call begins.
	 */
	public record Trust(@Nullable Path file, @DefaultValue List<String> actions, @DefaultValue("1") int quorum,
			@DefaultValue List<String> groups, @DefaultValue List<String> origins,
			@DefaultValue("1h") Duration maxAge) {

		/**
		 * Creates settings.
		 * @throws IllegalArgumentException if a value is out of its range
		 */
		public Trust {
			actions = List.copyOf(actions);
			groups = List.copyOf(groups);
			origins = List.copyOf(origins);
			require(quorum > 0, "agentotp.trust.quorum", "must be 1 or more, not " + quorum, "1");
			positive("agentotp.trust.max-age", maxAge);
			require(file == null || !actions.isEmpty(), "agentotp.trust.actions",
					"is empty, so that no grant would have to be signed", "*");
			require(file != null || (actions.isEmpty() && groups.isEmpty() && origins.isEmpty() && quorum == 1),
					"agentotp.trust.file", "is missing, so that nobody's signature would count", "trust.json");
		}

		GrantVerifier verifier() {
			if (this.file == null) {
				return GrantVerifier.NONE;
			}
			try {
				return SignedGrants.builder(this.file)
					.actions(this.actions)
					.quorum(this.quorum)
					.groups(this.groups)
					.origins(this.origins)
					.maxAge(this.maxAge)
					.build();
			}
			catch (IllegalArgumentException ex) {
				throw new InvalidSettingException(String.valueOf(ex.getMessage()),
						"Let an administrator of the service export the trust file (page Users, or GET /api/v1/trust), "
								+ "and name it in agentotp.trust.file.");
			}
		}

	}

	/**
	 * Settings of the health indicator.
	 *
	 * @param timeToLive How long a result is kept before the service is asked again.
	 */
	public record Health(@DefaultValue("10s") Duration timeToLive) {
	}

}
