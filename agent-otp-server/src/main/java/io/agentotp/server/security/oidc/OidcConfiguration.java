package io.agentotp.server.security.oidc;

import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.limit.SignInLimits;
import io.agentotp.server.page.ErrorPage;
import io.agentotp.server.security.ProviderSignIn;
import io.agentotp.server.token.Tokens;
import io.agentotp.server.user.ProviderUsers;
import io.agentotp.server.user.SignInAudit;
import io.agentotp.server.web.ServerPaths;

import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.http.OAuth2ErrorResponseErrorHandler;
import org.springframework.security.oauth2.client.oidc.authentication.OidcAuthorizationCodeAuthenticationProvider;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserService;
import org.springframework.security.oauth2.client.userinfo.DefaultOAuth2UserService;
import org.springframework.security.oauth2.core.http.converter.OAuth2AccessTokenResponseHttpMessageConverter;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.util.ClassUtils;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;

/**
 * Signing in at identity providers, if the settings name one.
 */
@Configuration(proxyBeanMethods = false)
@Conditional(OidcConfiguration.IsConfigured.class)
class OidcConfiguration {

	private static final String CLIENT = "org.springframework.security.oauth2.client.oidc.authentication.OidcAuthorizationCodeAuthenticationProvider";

	private static final String DECODER = "org.springframework.security.oauth2.jwt.NimbusJwtDecoder";

	// Without the libraries nobody could sign in there.
	OidcConfiguration() {
		ClassLoader loader = OidcConfiguration.class.getClassLoader();
		if (!ClassUtils.isPresent(CLIENT, loader) || !ClassUtils.isPresent(DECODER, loader)) {
			throw InvalidSettingException.fault(
					"Signing in at identity providers needs what is not on the class path: org.springframework.security:spring-security-oauth2-client and spring-security-oauth2-jose",
					"Add both, or remove the settings agentotp.server.oidc");
		}
	}

	/**
	 * Whether the settings name a provider.
	 */
	static final class IsConfigured implements Condition {

		@Override
		public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
			return context.getBeanFactory() != null
					&& !context.getBeanFactory().getBean(AgentOtpServerProperties.class).oidc().isEmpty();
		}

	}

	/**
	 * With the libraries.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(name = { CLIENT, DECODER })
	static class ClientConfiguration {

		private static final Duration PATIENCE = Duration.ofSeconds(5);

		@Bean
		OidcSignIn oidcSignIn(AgentOtpServerProperties properties, Tokens tokens, ProviderUsers users,
				SignInLimits limits, SignInAudit audit, ErrorPage page, ServerPaths paths, InstantSource clock) {
			JdkClientHttpRequestFactory requests = new JdkClientHttpRequestFactory(
					HttpClient.newBuilder().connectTimeout(PATIENCE).build());
			requests.setReadTimeout(PATIENCE);
			RestClient http = RestClient.builder().requestFactory(requests).build();
			Map<String, OidcProvider> providers = new LinkedHashMap<>();
			properties.oidc()
				.forEach((name, settings) -> providers.put(name, new OidcProvider(name, settings, http, clock)));
			OidcAuthorizationCodeAuthenticationProvider authentication = new OidcAuthorizationCodeAuthenticationProvider(
					tokenClient(requests), userService(requests));
			authentication.setJwtDecoderFactory(
					(registration) -> Objects.requireNonNull(providers.get(registration.getRegistrationId()))
						.known()
						.idTokens());
			return new OidcSignIn(providers, authentication,
					new AuthorizationCookies(tokens.seeds("oidc"), paths, clock), users, limits, audit, page, paths);
		}

		private static RestClientAuthorizationCodeTokenResponseClient tokenClient(
				JdkClientHttpRequestFactory requests) {
			RestClientAuthorizationCodeTokenResponseClient client = new RestClientAuthorizationCodeTokenResponseClient();
			client.setRestClient(RestClient.builder()
				.requestFactory(requests)
				.configureMessageConverters((converters) -> converters.registerDefaults()
					.addCustomConverter(new OAuth2AccessTokenResponseHttpMessageConverter()))
				.defaultStatusHandler(new OAuth2ErrorResponseErrorHandler())
				.build());
			return client;
		}

		private static OidcUserService userService(JdkClientHttpRequestFactory requests) {
			RestTemplate http = new RestTemplate(requests);
			http.setErrorHandler(new OAuth2ErrorResponseErrorHandler());
			DefaultOAuth2UserService users = new DefaultOAuth2UserService();
			users.setRestOperations(http);
			OidcUserService service = new OidcUserService();
			service.setOauth2UserService(users);
			return service;
		}

		/**
		 * What providers say of sessions that are over. The token says who says it.
		 */
		@Bean
		@Order(0)
		SecurityFilterChain oidcLogoutSecurity(HttpSecurity http, OidcSignIn signIn, ServerPaths paths) {
			http.securityMatcher(
					PathPatternRequestMatcher.withDefaults().matcher(paths.path() + "/sign-in/oidc/{name}/logout"))
				.csrf(AbstractHttpConfigurer::disable)
				.logout(AbstractHttpConfigurer::disable)
				.sessionManagement(AbstractHttpConfigurer::disable)
				.securityContext(AbstractHttpConfigurer::disable)
				.requestCache(AbstractHttpConfigurer::disable)
				.addFilterBefore(signIn.backChannel(), UsernamePasswordAuthenticationFilter.class)
				.authorizeHttpRequests((requests) -> requests.anyRequest().denyAll());
			return http.build();
		}

	}

}
