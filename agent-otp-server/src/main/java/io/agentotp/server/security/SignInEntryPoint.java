package io.agentotp.server.security;

import java.io.IOException;
import java.time.Duration;
import java.util.regex.Pattern;

import io.agentotp.server.web.Caller;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.authentication.AuthenticationSuccessHandler;
import org.springframework.web.util.WebUtils;

/**
 * Sends a person to the sign-in page, and afterwards to the page that was wanted. Only a
 * page of the service is remembered, in a cookie: no other address can be slipped in, and
 * the service keeps nothing for who is not known.
 */
final class SignInEntryPoint implements AuthenticationEntryPoint, AuthenticationSuccessHandler {

	private static final String WANTED = "AGENTOTP_PAGE";

	private static final Duration MAX_AGE = Duration.ofMinutes(10);

	private static final Pattern PAGE = Pattern.compile(
			"/approvals/[0-9a-f-]{36}|/agents/[A-Za-z0-9][A-Za-z0-9._-]{0,63}|/users/[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}|/(history|agents|freeze|policies|audit|numbers|users|account(/passkeys)?)");

	private final ServerPaths paths;

	SignInEntryPoint(ServerPaths paths) {
		this.paths = paths;
	}

	@Override
	public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException ex)
			throws IOException {
		if (request.getMethod().equals("GET")) {
			remember(request, response);
		}
		boolean over = SessionCookies.has(request);
		response.sendRedirect(this.paths.base(request) + "/sign-in" + (over ? "?over" : ""));
	}

	/**
	 * Remembers the page of a request, if it is one.
	 * @param request the request
	 * @param response gets the cookie
	 */
	void remember(HttpServletRequest request, HttpServletResponse response) {
		String page = request.getRequestURI().substring(this.paths.base(request).length());
		if (PAGE.matcher(page).matches()) {
			add(request, response, page, MAX_AGE);
		}
	}

	@Override
	public void onAuthenticationSuccess(HttpServletRequest request, HttpServletResponse response,
			Authentication authentication) throws IOException {
		if (Caller.hasTemporaryPassword(authentication)) {
			response.sendRedirect(this.paths.base(request) + "/account");
			return;
		}
		Cookie wanted = WebUtils.getCookie(request, WANTED);
		if (wanted != null) {
			add(request, response, "", Duration.ZERO);
		}
		response.sendRedirect(this.paths.base(request)
				+ ((wanted != null && PAGE.matcher(wanted.getValue()).matches()) ? wanted.getValue() : "/"));
	}

	private void add(HttpServletRequest request, HttpServletResponse response, String page, Duration maxAge) {
		SessionCookies.add(response,
				SessionCookies.builder(this.paths, request, WANTED, page)
					.path(this.paths.base(request) + "/sign-in")
					.maxAge(maxAge)
					.build());
	}

}
