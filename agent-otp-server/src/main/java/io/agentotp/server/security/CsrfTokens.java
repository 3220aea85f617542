package io.agentotp.server.security;

import java.time.Duration;

import io.agentotp.server.token.Secrets;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.security.web.csrf.CsrfTokenRepository;
import org.springframework.security.web.csrf.DefaultCsrfToken;
import org.springframework.web.util.WebUtils;

/**
 * CSRF tokens that are kept nowhere: that of a session is derived from its id, that of
 * who is not signed in is a cookie of the browser.
 */
final class CsrfTokens implements CsrfTokenRepository {

	private static final String COOKIE = "AGENTOTP_CSRF";

	private final SessionCookies sessions;

	private final ServerPaths paths;

	CsrfTokens(SessionCookies sessions, ServerPaths paths) {
		this.sessions = sessions;
		this.paths = paths;
	}

	@Override
	public CsrfToken generateToken(HttpServletRequest request) {
		return token(Secrets.random());
	}

	@Override
	public void saveToken(@Nullable CsrfToken token, HttpServletRequest request, HttpServletResponse response) {
		if (token != null) {
			SessionCookies.add(response, SessionCookies.builder(this.paths, request, COOKIE, token.getToken()).build());
		}
		else if (WebUtils.getCookie(request, COOKIE) != null) {
			SessionCookies.add(response,
					SessionCookies.builder(this.paths, request, COOKIE, "").maxAge(Duration.ZERO).build());
		}
	}

	@Override
	public @Nullable CsrfToken loadToken(HttpServletRequest request) {
		String ofSession = this.sessions.derive(request, "csrf").orElse(null);
		if (ofSession != null) {
			return token(ofSession);
		}
		Cookie cookie = WebUtils.getCookie(request, COOKIE);
		return (cookie != null && !cookie.getValue().isEmpty()) ? token(cookie.getValue()) : null;
	}

	private static CsrfToken token(String value) {
		return new DefaultCsrfToken("X-CSRF-TOKEN", "_csrf", value);
	}

}
