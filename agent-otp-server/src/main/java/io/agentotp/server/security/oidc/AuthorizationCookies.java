package io.agentotp.server.security.oidc;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2ParameterNames;
import org.springframework.security.oauth2.core.endpoint.PkceParameterNames;
import org.springframework.security.oauth2.core.oidc.endpoint.OidcParameterNames;
import org.springframework.web.util.WebUtils;

/**
 * Keeps in the browser that someone is signing in at a provider, each attempt by itself
 * and sealed: the service keeps nothing for who is not known, and any node takes them
 * back.
 */
final class AuthorizationCookies {

	private static final String NAME = "AGENTOTP_OIDC_";

	private static final Duration MAX_AGE = Duration.ofMinutes(10);

	private final List<byte[]> keys;

	private final ServerPaths paths;

	private final InstantSource clock;

	AuthorizationCookies(List<byte[]> keys, ServerPaths paths, InstantSource clock) {
		this.keys = keys;
		this.paths = paths;
		this.clock = clock;
	}

	/**
	 * Keeps an attempt.
	 * @param request the request
	 * @param response gets the cookie
	 * @param provider the name of the provider
	 * @param asked what the provider is asked
	 */
	void keep(HttpServletRequest request, HttpServletResponse response, String provider,
			OAuth2AuthorizationRequest asked) {
		ObjectNode json = Json.object()
			.put("provider", provider)
			.put("at", this.clock.instant().toString())
			.put("uri", asked.getAuthorizationUri())
			.put("client", asked.getClientId())
			.put("redirect", asked.getRedirectUri())
			.put("state", asked.getState())
			.put("scope", String.join(" ", asked.getScopes()))
			.put("nonce", asked.<String>getAttribute(OidcParameterNames.NONCE))
			.put("verifier", asked.<String>getAttribute(PkceParameterNames.CODE_VERIFIER));
		String value = Base64.getUrlEncoder()
			.withoutPadding()
			.encodeToString(Json.write(json).getBytes(StandardCharsets.UTF_8));
		add(request, response, name(String.valueOf(asked.getState())),
				value + "." + Secrets.mac(this.keys.get(0), value), MAX_AGE);
	}

	/**
	 * Takes an attempt, which is not there a second time.
	 * @param request the request
	 * @param response ends the cookie
	 * @param provider the name of the provider
	 * @param state what the provider sent back
	 * @return what the provider was asked, empty if this browser asked nothing such
	 */
	Optional<OAuth2AuthorizationRequest> take(HttpServletRequest request, HttpServletResponse response, String provider,
			String state) {
		Cookie cookie = WebUtils.getCookie(request, name(state));
		if (cookie == null) {
			return Optional.empty();
		}
		add(request, response, cookie.getName(), "", Duration.ZERO);
		int end = cookie.getValue().indexOf('.');
		String value = (end > 0) ? cookie.getValue().substring(0, end) : "";
		String mac = cookie.getValue().substring(end + 1);
		if (this.keys.stream().noneMatch((key) -> Secrets.same(Secrets.mac(key, value), mac))) {
			return Optional.empty();
		}
		JsonNode json = Json.read(new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8));
		boolean known = json.path("state").asString("").equals(state)
				&& json.path("provider").asString("").equals(provider)
				&& Instant.parse(json.path("at").asString("")).plus(MAX_AGE).isAfter(this.clock.instant());
		return known ? Optional.of(asked(json)) : Optional.empty();
	}

	private static OAuth2AuthorizationRequest asked(JsonNode json) {
		return OAuth2AuthorizationRequest.authorizationCode()
			.authorizationUri(json.path("uri").asString(""))
			.clientId(json.path("client").asString(""))
			.redirectUri(json.path("redirect").asString(""))
			.state(json.path("state").asString(""))
			.scope(json.path("scope").asString("").split(" "))
			.attributes((attributes) -> attributes.putAll(Map.of(OAuth2ParameterNames.REGISTRATION_ID,
					json.path("provider").asString(""), OidcParameterNames.NONCE, json.path("nonce").asString(""),
					PkceParameterNames.CODE_VERIFIER, json.path("verifier").asString(""))))
			.build();
	}

	// Several windows can sign in at once.
	private static String name(String state) {
		return NAME + Secrets.sha256(state).substring(0, 16);
	}

	// Lax: the provider sends the browser back, which is a link from another site.
	private void add(HttpServletRequest request, HttpServletResponse response, String name, String value,
			Duration maxAge) {
		response.addHeader(HttpHeaders.SET_COOKIE,
				ResponseCookie.from(name, value)
					.path(this.paths.base(request) + "/sign-in")
					.maxAge(maxAge)
					.httpOnly(true)
					.secure(this.paths.isSecure(request))
					.sameSite("Lax")
					.build()
					.toString());
	}

}
