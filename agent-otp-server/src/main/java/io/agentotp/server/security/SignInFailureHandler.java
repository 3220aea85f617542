package io.agentotp.server.security;

import java.io.IOException;

import io.agentotp.server.failure.TryLaterException;
import io.agentotp.server.page.ErrorPage;
import io.agentotp.server.web.Problems;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.security.authentication.InternalAuthenticationServiceException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.authentication.AuthenticationFailureHandler;

/**
 * Says on a page that a sign-in failed. Only what the person typed is called wrong, not
 * what the database could not answer.
 */
final class SignInFailureHandler implements AuthenticationFailureHandler {

	private final ErrorPage page;

	private final ServerPaths paths;

	SignInFailureHandler(ErrorPage page, ServerPaths paths) {
		this.page = page;
		this.paths = paths;
	}

	@Override
	public void onAuthenticationFailure(HttpServletRequest request, HttpServletResponse response,
			AuthenticationException ex) throws IOException {
		if (isWrong(ex)) {
			response.sendRedirect(this.paths.base(request) + "/sign-in?"
					+ (SignInProvider.passkey(request).isPresent() ? "passkey" : "error"));
		}
		else {
			this.page.write(request, response, Problems.of(TryLaterException.unavailable()));
		}
	}

	static boolean isWrong(AuthenticationException ex) {
		return !(ex instanceof InternalAuthenticationServiceException);
	}

}
