package io.agentotp.server.security.oidc;

import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.failure.TryLaterException;
import io.agentotp.server.limit.SignInLimits;
import io.agentotp.server.page.ErrorPage;
import io.agentotp.server.security.ProviderSignIn;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.user.Person;
import io.agentotp.server.user.ProviderIdentity;
import io.agentotp.server.user.ProviderUsers;
import io.agentotp.server.user.SignInAudit;
import io.agentotp.server.user.UserSessions;
import io.agentotp.server.web.Problems;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.http.HttpMethod;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.oauth2.client.authentication.OAuth2LoginAuthenticationToken;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationExchange;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationResponse;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.web.authentication.AuthenticationSuccessHandler;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher.MatchResult;

/**
 * Sends people to the identity provider, takes them back, and ends their sessions at its
 * word. Nothing is asked of a provider for who did not begin here.
 */
final class OidcSignIn implements ProviderSignIn {

	private static final Logger logger = LoggerFactory.getLogger(OidcSignIn.class);

	private static final String FRESH = "fresh";

	// As RFC 6749 and its extensions write them; anything else is a stranger's.
	private static final Pattern ERROR = Pattern.compile("[a-z_]{1,40}");

	private final Map<String, OidcProvider> providers;

	private final AuthenticationProvider authentication;

	private final AuthorizationCookies cookies;

	private final ProviderUsers users;

	private final SignInLimits limits;

	private final SignInAudit audit;

	private final ErrorPage page;

	private final ServerPaths paths;

	OidcSignIn(Map<String, OidcProvider> providers, AuthenticationProvider authentication, AuthorizationCookies cookies,
			ProviderUsers users, SignInLimits limits, SignInAudit audit, ErrorPage page, ServerPaths paths) {
		this.providers = providers;
		this.authentication = authentication;
		this.cookies = cookies;
		this.users = users;
		this.limits = limits;
		this.audit = audit;
		this.page = page;
		this.paths = paths;
	}

	@Override
	public void addTo(HttpSecurity http, SecurityContextRepository contexts, AuthenticationSuccessHandler success) {
		http.addFilterBefore(route("", this::begin), UsernamePasswordAuthenticationFilter.class)
			.addFilterBefore(route("/callback",
					(provider, name, request, response) -> end(provider, name, request, response, contexts, success)),
					UsernamePasswordAuthenticationFilter.class);
	}

	/**
	 * Takes the word of a provider that a session is over.
	 * @return the filter
	 */
	RouteFilter backChannel() {
		return new RouteFilter(matcher(HttpMethod.POST, "/logout"), this::signOut);
	}

	private RouteFilter route(String end, ProviderRoute route) {
		return new RouteFilter(matcher(HttpMethod.GET, end), (match, request, response) -> {
			String name = match.getVariables().get("name");
			OidcProvider provider = (name != null) ? this.providers.get(name) : null;
			try {
				if (name == null || provider == null) {
					throw new NotAllowedException("There is no such identity provider. Go back and sign in again");
				}
				route.handle(provider, name, request, response);
			}
			catch (RefusedException ex) {
				this.page.write(request, response, Problems.of(ex));
			}
		});
	}

	private PathPatternRequestMatcher matcher(HttpMethod method, String end) {
		return PathPatternRequestMatcher.pathPattern(method, this.paths.path() + "/sign-in/oidc/{name}" + end);
	}

	private void begin(OidcProvider provider, String name, HttpServletRequest request, HttpServletResponse response)
			throws IOException {
		ClientRegistration registration = provider.known().registration();
		DefaultOAuth2AuthorizationRequestResolver resolver = new DefaultOAuth2AuthorizationRequestResolver(
				(id) -> registration, "/");
		if (request.getParameter(FRESH) != null) {
			resolver.setAuthorizationRequestCustomizer((asked) -> asked.additionalParameters((parameters) -> {
				parameters.put("prompt", "login");
				parameters.put("max_age", "0");
			}));
		}
		// Not of the request, whose headers may be anybody's.
		OAuth2AuthorizationRequest asked = OAuth2AuthorizationRequest
			.from(Objects.requireNonNull(resolver.resolve(request, name)))
			.redirectUri(this.paths.url(request) + "/sign-in/oidc/" + name + "/callback")
			.build();
		this.cookies.keep(request, response, name, asked);
		response.sendRedirect(asked.getAuthorizationRequestUri());
	}

	private void end(OidcProvider provider, String name, HttpServletRequest request, HttpServletResponse response,
			SecurityContextRepository contexts, AuthenticationSuccessHandler success) throws IOException {
		SignInLimits.Attempt attempt = this.limits.link(request.getRemoteAddr());
		String state = request.getParameter("state");
		OAuth2AuthorizationRequest asked = this.cookies.take(request, response, name, (state != null) ? state : "")
			.orElseThrow(() -> failed("This browser has begun no such sign-in, or more than 10 minutes ago"));
		Person person;
		OidcUser user;
		ProviderIdentity identity = null;
		try {
			user = authenticate(provider, asked, request);
			identity = provider.identity(user);
			person = this.users.signIn(identity);
		}
		catch (TryLaterException ex) {
			attempt.giveBack();
			throw ex;
		}
		catch (RefusedException ex) {
			this.audit.refused(name, ex.text(), identity, request.getRemoteAddr());
			throw ex;
		}
		attempt.giveBack();
		signIn(person, provider, user, request, response, contexts);
		this.audit.signedIn(person.getUsername(), name, request.getRemoteAddr());
		try {
			success.onAuthenticationSuccess(request, response, authenticated(person));
		}
		catch (jakarta.servlet.ServletException ex) {
			throw new IOException(ex);
		}
	}

	private OidcUser authenticate(OidcProvider provider, OAuth2AuthorizationRequest asked, HttpServletRequest request) {
		String issuer = request.getParameter("iss");
		if (issuer != null && !issuer.equals(provider.issuer())) {
			throw failed("The answer is that of another identity provider");
		}
		try {
			OAuth2LoginAuthenticationToken token = new OAuth2LoginAuthenticationToken(provider.known().registration(),
					new OAuth2AuthorizationExchange(asked, answer(request, asked)));
			if (this.authentication.authenticate(token) instanceof OAuth2LoginAuthenticationToken done
					&& done.getPrincipal() instanceof OidcUser user) {
				return user;
			}
			throw failed("Its answer says not who you are");
		}
		catch (OAuth2AuthenticationException ex) {
			throw refusal(provider, ex);
		}
	}

	private static OAuth2AuthorizationResponse answer(HttpServletRequest request, OAuth2AuthorizationRequest asked) {
		String code = request.getParameter("code");
		String error = request.getParameter("error");
		if (code == null || code.isEmpty() || error != null) {
			if (error != null && ERROR.matcher(error).matches()) {
				logger.warn("An identity provider answered a sign-in with the error {}", error);
			}
			throw failed("It did not let you in, or you went back");
		}
		return OAuth2AuthorizationResponse.success(code)
			.redirectUri(String.valueOf(asked.getRedirectUri()))
			.state(String.valueOf(asked.getState()))
			.build();
	}

	// What the provider wrote is for the log only.
	private static RefusedException refusal(OidcProvider provider, OAuth2AuthenticationException ex) {
		logger.warn("A sign-in at {} failed: {}", provider.issuer(), ex.getMessage());
		return isAway(ex) ? provider.away() : failed("Its answer could not be accepted");
	}

	private static boolean isAway(@Nullable Throwable ex) {
		return ex != null && (ex instanceof IOException || isAway(ex.getCause()));
	}

	private static NotAllowedException failed(String why) {
		return new NotAllowedException("Signing in at the identity provider failed. " + why + ". Try again");
	}

	private static void signIn(Person person, OidcProvider provider, OidcUser user, HttpServletRequest request,
			HttpServletResponse response, SecurityContextRepository contexts) {
		HttpSession before = request.getSession(false);
		// Who signs in again goes on with the forms that are open.
		Authentication present = SecurityContextHolder.getContext().getAuthentication();
		if (before != null && (present == null || !person.getUsername().equals(present.getName()))) {
			before.invalidate();
		}
		Instant at = user.getAuthenticatedAt();
		request.setAttribute(AUTHENTICATED_AT, (at != null) ? at : Instant.EPOCH);
		contexts.saveContext(new SecurityContextImpl(authenticated(person)), request, response);
		Object session = user.getClaims().get(LogoutTokenValidator.SESSION);
		request.getSession()
			.setAttribute(UserSessions.PROVIDER_SESSION,
					(session instanceof String id) ? sessionMark(provider, id) : provider.issuer());
	}

	// As long for each provider, whose ids may be long.
	private static String sessionMark(OidcProvider provider, String id) {
		return Secrets.sha256(Secrets.join(provider.issuer(), id));
	}

	private static Authentication authenticated(Person person) {
		return UsernamePasswordAuthenticationToken.authenticated(person, null, person.getAuthorities());
	}

	private void signOut(MatchResult match, HttpServletRequest request, HttpServletResponse response) {
		OidcProvider provider = this.providers.get(match.getVariables().get("name"));
		String token = request.getParameter("logout_token");
		response.setHeader("Cache-Control", "no-store");
		try {
			if (provider == null || token == null) {
				throw new NotAllowedException("There is no such identity provider, or no token");
			}
			Jwt logout = provider.known().logoutTokens().decode(token);
			Object session = logout.getClaims().get(LogoutTokenValidator.SESSION);
			this.users.signedOut((session instanceof String id) ? sessionMark(provider, id) : null, provider.issuer(),
					logout.getSubject());
		}
		catch (JwtException | RefusedException ex) {
			// Anybody can send one, and write what the log would say.
			logger.debug("The word of an identity provider that a session is over was not accepted", ex);
			response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
		}
	}

	/**
	 * What is done at an address of a provider.
	 */
	private interface ProviderRoute {

		void handle(OidcProvider provider, String name, HttpServletRequest request, HttpServletResponse response)
				throws IOException;

	}

}
