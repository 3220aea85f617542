package io.agentotp.server.security;

import java.io.IOException;

import io.agentotp.server.page.ErrorPage;
import io.agentotp.server.problem.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.web.access.AccessDeniedHandler;

/**
 * Says on a page that a form was refused.
 */
final class PageAccessDeniedHandler implements AccessDeniedHandler {

	private final ErrorPage page;

	PageAccessDeniedHandler(ErrorPage page) {
		this.page = page;
	}

	@Override
	public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException ex)
			throws IOException {
		this.page.write(request, response,
				Problem.forbidden("Nothing was changed: the page was too old, or the form came from another site. "
						+ "Go back to the inbox and try again"));
	}

}
