package io.agentotp.server.security;

import java.io.IOException;
import java.util.Objects;

import io.agentotp.server.failure.LimitExceededException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.limit.SignInLimits;
import io.agentotp.server.metric.Meters.SignIn;
import io.agentotp.server.page.ErrorPage;
import io.agentotp.server.passkey.PasskeySignIns;
import io.agentotp.server.user.SignInAudit;
import io.agentotp.server.web.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.authentication.AuthenticationFailureHandler;
import org.springframework.security.web.authentication.AuthenticationSuccessHandler;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Counts attempts to sign in with a password or passkey, before it is looked at, and
 * gives them back unless it was wrong.
 */
final class SignInFilter extends OncePerRequestFilter
		implements AuthenticationSuccessHandler, AuthenticationFailureHandler {

	private static final String ATTEMPT = SignInFilter.class.getName();

	private final RequestMatcher matcher;

	private final SignInLimits limits;

	private final SignInAudit audit;

	private final DeviceCookies devices;

	private final PasskeySignIns passkeys;

	private final ErrorPage page;

	private final AuthenticationSuccessHandler success;

	private final AuthenticationFailureHandler failure;

	SignInFilter(RequestMatcher matcher, SignInLimits limits, SignInAudit audit, DeviceCookies devices,
			PasskeySignIns passkeys, ErrorPage page, AuthenticationSuccessHandler success,
			AuthenticationFailureHandler failure) {
		this.matcher = matcher;
		this.limits = limits;
		this.audit = audit;
		this.devices = devices;
		this.passkeys = passkeys;
		this.page = page;
		this.success = success;
		this.failure = failure;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		if (this.matcher.matches(request)) {
			// As the filter does that looks the account up: control characters around a
			// name are no other account, with attempts of its own.
			String account = Objects.requireNonNullElse(request.getParameter("username"), "").trim();
			try {
				request.setAttribute(ATTEMPT,
						(by(request) == SignIn.PASSKEY) ? this.limits.passkey(request.getRemoteAddr())
								: this.limits.password(account, request.getRemoteAddr(),
										this.devices.find(request, account).orElse(null)));
			}
			catch (RefusedException ex) {
				if (ex instanceof LimitExceededException) {
					this.audit.limited(by(request));
				}
				this.page.write(request, response, Problems.of(ex));
				return;
			}
		}
		boolean answered = false;
		try {
			chain.doFilter(request, response);
			answered = true;
		}
		finally {
			if (!answered) {
				giveBack(request);
			}
		}
	}

	@Override
	public void onAuthenticationSuccess(HttpServletRequest request, HttpServletResponse response,
			Authentication authentication) throws IOException, ServletException {
		giveBack(request);
		this.audit.signedIn(authentication.getName(), request.getRemoteAddr(), by(request), false);
		this.devices.add(request, response, authentication.getName());
		this.success.onAuthenticationSuccess(request, response, authentication);
	}

	@Override
	public void onAuthenticationFailure(HttpServletRequest request, HttpServletResponse response,
			AuthenticationException ex) throws IOException, ServletException {
		if (SignInFailureHandler.isWrong(ex)) {
			// Counts, even if the answer cannot be written.
			request.removeAttribute(ATTEMPT);
			this.audit.failed(
					SignInProvider.passkey(request)
						.map((assertion) -> this.passkeys.claimed(assertion).orElse(""))
						.orElseGet(() -> Objects.requireNonNullElse(request.getParameter("username"), "").trim()),
					request.getRemoteAddr(), by(request));
		}
		else {
			giveBack(request);
		}
		this.failure.onAuthenticationFailure(request, response, ex);
	}

	private static SignIn by(HttpServletRequest request) {
		return SignInProvider.passkey(request).isPresent() ? SignIn.PASSKEY : SignIn.PASSWORD;
	}

	private static void giveBack(HttpServletRequest request) {
		if (request.getAttribute(ATTEMPT) instanceof SignInLimits.Attempt attempt) {
			request.removeAttribute(ATTEMPT);
			attempt.giveBack();
		}
	}

}
