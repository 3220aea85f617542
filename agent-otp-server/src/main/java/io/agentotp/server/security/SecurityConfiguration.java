package io.agentotp.server.security;

import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

import io.agentotp.server.agent.Agents;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.limit.SignInLimits;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.page.ErrorPage;
import io.agentotp.server.page.PageProblems;
import io.agentotp.server.passkey.PasskeySignIns;
import io.agentotp.server.token.Tokens;
import io.agentotp.server.user.SignInAudit;
import io.agentotp.server.user.Users;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.ProviderManager;
import org.springframework.security.authentication.dao.DaoAuthenticationProvider;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.crypto.factory.PasswordEncoderFactories;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.HttpStatusEntryPoint;
import org.springframework.security.web.csrf.CsrfFilter;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.security.web.session.DisableEncodeUrlFilter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * The service's own security. It lives in the service's own context: the host's chains do
 * not see these requests, and these chains see no others. Its sessions are its own, too.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebSecurity
class SecurityConfiguration {

	private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; "
			+ "img-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
			+ "base-uri 'none'; frame-ancestors 'none'";

	private final ServerPaths paths;

	private final SessionUsers contexts;

	private final SessionFilter sessions;

	private final CsrfTokens csrfTokens;

	SecurityConfiguration(ServerPaths paths, SessionCookies cookies, Users users, Tokens tokens, JdbcTemplate jdbc,
			TransactionTemplate transactions, InstantSource clock, AgentOtpServerProperties.Sessions settings,
			AgentOtpServerProperties.Datasource database) {
		this.paths = paths;
		this.contexts = new SessionUsers(users, tokens, clock, settings.absoluteTimeout());
		this.sessions = SessionFilter.of(SessionFilter.repository(jdbc, transactions, settings, database.isPostgres()),
				cookies, matcher("/live/**"));
		this.csrfTokens = new CsrfTokens(cookies, paths);
	}

	@Bean
	RequestRejectedHandler requestRejectedHandler() {
		return new Refusals();
	}

	@Bean
	static PasswordEncoder passwordEncoder() {
		return PasswordEncoderFactories.createDelegatingPasswordEncoder();
	}

	@Bean
	AuthenticationManager authenticationManager(Users users, PasswordEncoder passwordEncoder, PasskeySignIns passkeys) {
		DaoAuthenticationProvider provider = new DaoAuthenticationProvider(users);
		provider.setPasswordEncoder(passwordEncoder);
		return new ProviderManager(new SignInProvider(provider, passkeys, users));
	}

	/**
	 * What chats send. Each handler checks who sent it, before it reads it.
	 */
	@Bean
	@Order(0)
	SecurityFilterChain channelSecurity(HttpSecurity http) {
		Refusals refusals = new Refusals();
		http.securityMatcher(matcher("/channels/**"))
			.csrf(AbstractHttpConfigurer::disable)
			.logout(AbstractHttpConfigurer::disable)
			.sessionManagement(AbstractHttpConfigurer::disable)
			.securityContext(AbstractHttpConfigurer::disable)
			.requestCache(AbstractHttpConfigurer::disable)
			.headers(SecurityConfiguration::headers)
			.exceptionHandling(
					(exceptions) -> exceptions.authenticationEntryPoint(refusals).accessDeniedHandler(refusals))
			.authorizeHttpRequests((requests) -> requests.anyRequest().permitAll());
		return http.build();
	}

	@Bean
	@Order(1)
	SecurityFilterChain apiSecurity(HttpSecurity http, AuthenticationManager authentication, Agents agents, Users users,
			SignInLimits limits, AgentOtpServerProperties properties, Meters meters) {
		Refusals refusals = new Refusals();
		common(http, authentication).securityMatcher(matcher("/api/**"))
			.csrf((csrf) -> csrf.csrfTokenRepository(this.csrfTokens)
				.requireCsrfProtectionMatcher(SecurityConfiguration::isChangeBySession))
			.logout(AbstractHttpConfigurer::disable)
			.sessionManagement(AbstractHttpConfigurer::disable)
			.exceptionHandling(
					(exceptions) -> exceptions.authenticationEntryPoint(refusals).accessDeniedHandler(refusals))
			.addFilterBefore(new ApiKeyFilter(agents, users, limits, properties.testKeys(), meters), CsrfFilter.class)
			// Another site cannot send a key, and who sends one does not act by session.
			.addFilterBefore(new SameOriginFilter(this.paths, ApiKeyFilter::hasKey, refusals), CsrfFilter.class)
			.authorizeHttpRequests(
					(requests) -> requests.requestMatchers(matcher("/api/v1/health"), matcher("/api/v1/openapi.json"))
						.permitAll()
						.anyRequest()
						.authenticated());
		return http.build();
	}

	@Bean
	@Order(2)
	SecurityFilterChain pageSecurity(HttpSecurity http, AuthenticationManager authentication, ErrorPage errorPage,
			AgentOtpServerProperties properties, SignInLimits limits, SignInAudit audit, Tokens tokens,
			PasskeySignIns passkeys, PasswordEncoder passwords, PageProblems problems,
			ObjectProvider<RequestMappingHandlerMapping> mappings, ObjectProvider<ProviderSignIn> providers) {
		SignInEntryPoint signIn = new SignInEntryPoint(this.paths);
		PageAccessDeniedHandler denied = new PageAccessDeniedHandler(errorPage, signIn);
		SignInFilter attempts = new SignInFilter(
				PathPatternRequestMatcher.pathPattern(HttpMethod.POST, this.paths.path() + "/sign-in"), limits, audit,
				new DeviceCookies(tokens.seeds("device"), this.paths), passkeys, errorPage, signIn,
				new SignInFailureHandler(errorPage, this.paths));
		common(http, authentication).securityMatcher(matcher("/**"))
			.csrf((csrf) -> csrf.csrfTokenRepository(this.csrfTokens))
			.exceptionHandling((exceptions) -> exceptions
				.defaultAuthenticationEntryPointFor(new HttpStatusEntryPoint(HttpStatus.UNAUTHORIZED),
						matcher("/live/**"))
				// A form of a session that ended is not silently lost.
				.defaultAuthenticationEntryPointFor(
						(request, response, ex) -> denied.handle(request, response,
								new AccessDeniedException("The session is over")),
						(request) -> !request.getMethod().equals("GET") && SessionCookies.has(request))
				.defaultAuthenticationEntryPointFor(signIn, matcher("/**"))
				.accessDeniedHandler(denied))
			.addFilterBefore(new UnknownPathFilter(this.paths, problems, () -> pages(mappings.getObject())),
					CsrfFilter.class)
			.addFilterBefore(new SameOriginFilter(this.paths, (request) -> false, denied), CsrfFilter.class)
			// After the forgery check: another site cannot use up anybody's attempts.
			.addFilterAfter(attempts, CsrfFilter.class)
			.addFilterAfter(new SignInAgainFilter(passwords, passkeys, this.contexts, limits, audit, errorPage),
					CsrfFilter.class)
			.logout((logout) -> logout
				.logoutRequestMatcher(
						PathPatternRequestMatcher.pathPattern(HttpMethod.POST, this.paths.path() + "/sign-out"))
				.addLogoutHandler((request, response, user) -> {
					if (user != null) {
						audit.signedOut(user.getName(), request.getRemoteAddr());
					}
				})
				.logoutSuccessUrl(this.paths.path() + "/sign-in?out"))
			.authorizeHttpRequests((requests) -> requests
				.requestMatchers(matcher("/sign-in/**"), matcher("/set-password"), matcher("/assets/**"),
						matcher("/worker.js"))
				.permitAll()
				.anyRequest()
				.authenticated());
		if (properties.localSignIn()) {
			http.formLogin((form) -> form.loginPage(this.paths.path() + "/sign-in")
				.authenticationDetailsSource(SignInProvider::details)
				.failureHandler(attempts)
				.securityContextRepository(this.contexts)
				.successHandler(attempts));
		}
		providers.ifAvailable((provider) -> provider.addTo(http, this.contexts, signIn));
		return http.build();
	}

	// What the chain itself answers, what is mapped, and files.
	private static List<PathPattern> pages(RequestMappingHandlerMapping mapping) {
		return Stream
			.concat(Stream.of("/sign-in", "/sign-in/oidc/**", "/sign-out", "/assets/**"),
					mapping.getHandlerMethods().keySet().stream().flatMap((info) -> info.getPatternValues().stream()))
			.map(PathPatternParser.defaultInstance::parse)
			.toList();
	}

	private HttpSecurity common(HttpSecurity http, AuthenticationManager authentication) {
		return http.authenticationManager(authentication)
			.addFilterBefore(this.sessions, DisableEncodeUrlFilter.class)
			.securityContext((context) -> context.securityContextRepository(this.contexts))
			.requestCache(AbstractHttpConfigurer::disable)
			.anonymous(Customizer.withDefaults())
			.headers(SecurityConfiguration::headers);
	}

	private static void headers(HeadersConfigurer<HttpSecurity> headers) {
		// Strict transport security is for the whole host, so it is the host's to decide.
		headers.httpStrictTransportSecurity(HeadersConfigurer.HstsConfig::disable)
			.contentSecurityPolicy((policy) -> policy.policyDirectives(CONTENT_SECURITY_POLICY))
			// With no-referrer browsers would send "Origin: null" with our own forms.
			.referrerPolicy((policy) -> policy.policy(ReferrerPolicy.SAME_ORIGIN));
	}

	private RequestMatcher matcher(String pattern) {
		return PathPatternRequestMatcher.withDefaults().matcher(this.paths.path() + pattern);
	}

	private static boolean isChangeBySession(HttpServletRequest request) {
		return CsrfFilter.DEFAULT_CSRF_MATCHER.matches(request) && !ApiKeyFilter.hasKey(request)
				&& SecurityContextHolder.getContext().getAuthentication() != null;
	}

}
