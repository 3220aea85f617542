package io.agentotp.server.security;

import java.io.IOException;
import java.util.regex.Pattern;

import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;

import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.authentication.AuthenticationSuccessHandler;

/**
 * Sends a person to the sign-in page, and afterwards to the page that was wanted. Only a
 * page of the service is remembered, and in the session: no address to go to can be
 * slipped in.
 */
final class SignInEntryPoint implements AuthenticationEntryPoint, AuthenticationSuccessHandler {

	static final String WANTED = "agentotp.WANTED_PAGE";

	private static final Pattern PAGE = Pattern.compile(
			"/approvals/[0-9a-f-]{36}|/agents/[A-Za-z0-9][A-Za-z0-9._-]{0,63}|/(history|agents|freeze|policies|audit|numbers)");

	private final ServerPaths paths;

	SignInEntryPoint(ServerPaths paths) {
		this.paths = paths;
	}

	@Override
	public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException ex)
			throws IOException {
		if (request.getMethod().equals("GET")) {
			remember(request);
		}
		boolean over = request.getRequestedSessionId() != null && !request.isRequestedSessionIdValid();
		response.sendRedirect(this.paths.base(request) + "/sign-in" + (over ? "?over" : ""));
	}

	/**
	 * Remembers the page of a request, if it is one.
	 * @param request the request
	 */
	void remember(HttpServletRequest request) {
		String page = request.getRequestURI().substring(this.paths.base(request).length());
		if (PAGE.matcher(page).matches()) {
			request.getSession().setAttribute(WANTED, page);
		}
	}

	@Override
	public void onAuthenticationSuccess(HttpServletRequest request, HttpServletResponse response,
			Authentication authentication) throws IOException {
		HttpSession session = request.getSession(false);
		Object wanted = (session != null) ? session.getAttribute(WANTED) : null;
		if (session != null) {
			session.removeAttribute(WANTED);
		}
		response.sendRedirect(this.paths.base(request) + ((wanted instanceof String page) ? page : "/"));
	}

}
