package io.agentotp.server.security.oidc;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;

import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2ErrorCodes;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jwt.Jwt;

/**
 * Checks that a token says that a session is over, as section 2.6 of OpenID Connect
 * Back-Channel Logout 1.0 wants it. Spring Security's own one cannot be used from here.
 */
final class LogoutTokenValidator implements OAuth2TokenValidator<Jwt> {

	static final String SESSION = "sid";

	private static final String EVENT = "http://schemas.openid.net/event/backchannel-logout";

	private static final Duration SKEW = Duration.ofMinutes(1);

	private static final Duration MAX_AGE = Duration.ofMinutes(5);

	private final String issuer;

	private final String client;

	private final InstantSource clock;

	LogoutTokenValidator(ClientRegistration registration, InstantSource clock) {
		this.issuer = String.valueOf(registration.getProviderDetails().getIssuerUri());
		this.client = registration.getClientId();
		this.clock = clock;
	}

	@Override
	public OAuth2TokenValidatorResult validate(Jwt token) {
		Instant now = this.clock.instant();
		Instant issued = token.getIssuedAt();
		Instant expires = token.getExpiresAt();
		boolean inTime = issued != null && !issued.isAfter(now.plus(SKEW))
				&& issued.isAfter(now.minus(MAX_AGE).minus(SKEW))
				&& (expires == null || expires.isAfter(now.minus(SKEW)));
		boolean logout = token.getClaim("events") instanceof Map<?, ?> events && events.containsKey(EVENT)
				&& !token.hasClaim("nonce");
		boolean names = token.getSubject() != null || token.getClaim(SESSION) instanceof String;
		boolean ours = token.getIssuer() != null && this.issuer.equals(token.getIssuer().toExternalForm())
				&& token.getAudience() != null && token.getAudience().contains(this.client);
		return (inTime && logout && names && ours && token.getId() != null) ? OAuth2TokenValidatorResult.success()
				: OAuth2TokenValidatorResult
					.failure(new OAuth2Error(OAuth2ErrorCodes.INVALID_REQUEST, "It is no logout token", null));
	}

}
