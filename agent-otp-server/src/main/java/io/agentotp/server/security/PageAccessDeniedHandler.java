package io.agentotp.server.security;

import java.io.IOException;

import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.page.ErrorPage;
import io.agentotp.server.web.Problems;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.access.AccessDeniedHandler;

/**
 * Says on a page that a form was refused.
 */
final class PageAccessDeniedHandler implements AccessDeniedHandler {

	private final ErrorPage page;

	private final SignInEntryPoint signIn;

	PageAccessDeniedHandler(ErrorPage page, SignInEntryPoint signIn) {
		this.page = page;
		this.signIn = signIn;
	}

	@Override
	public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException ex)
			throws IOException {
		String remedy;
		if (isSignedIn()) {
			remedy = "the page was too old, or the form came from another site. Go back to the inbox and try again";
		}
		else {
			this.signIn.remember(request, response);
			remedy = "your session is over. Sign in and try again";
		}
		this.page.write(request, response, Problems.of(new NotAllowedException("Nothing was changed: " + remedy)));
	}

	private static boolean isSignedIn() {
		Authentication user = SecurityContextHolder.getContext().getAuthentication();
		return user != null && !(user instanceof AnonymousAuthenticationToken);
	}

}
