package io.agentotp.server.security;

import java.io.IOException;
import java.util.Objects;

import io.agentotp.server.limit.SignInLimits;
import io.agentotp.server.page.ErrorPage;
import io.agentotp.server.problem.Problem;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.AuthenticationSuccessHandler;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Counts attempts to sign in with a password, before the password is looked at.
 */
final class SignInFilter extends OncePerRequestFilter implements AuthenticationSuccessHandler {

	private static final String ATTEMPT = SignInFilter.class.getName();

	private final RequestMatcher matcher;

	private final SignInLimits limits;

	private final DeviceCookies devices;

	private final ErrorPage page;

	private final AuthenticationSuccessHandler next;

	SignInFilter(RequestMatcher matcher, SignInLimits limits, DeviceCookies devices, ErrorPage page,
			AuthenticationSuccessHandler next) {
		this.matcher = matcher;
		this.limits = limits;
		this.devices = devices;
		this.page = page;
		this.next = next;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		if (this.matcher.matches(request)) {
			// As the filter does that looks the account up: control characters around a
			// name are no other account, with attempts of its own.
			String account = Objects.requireNonNullElse(request.getParameter("username"), "").trim();
			try {
				request.setAttribute(ATTEMPT, this.limits.password(account, request.getRemoteAddr(),
						this.devices.find(request, account).orElse(null)));
			}
			catch (Problem ex) {
				this.page.write(request, response, ex);
				return;
			}
		}
		chain.doFilter(request, response);
	}

	@Override
	public void onAuthenticationSuccess(HttpServletRequest request, HttpServletResponse response,
			Authentication authentication) throws IOException, ServletException {
		if (request.getAttribute(ATTEMPT) instanceof SignInLimits.Attempt attempt) {
			attempt.succeeded();
		}
		this.devices.add(request, response, authentication.getName());
		this.next.onAuthenticationSuccess(request, response, authentication);
	}

}
