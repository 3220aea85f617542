package io.agentotp.server.page;

import java.util.Arrays;

import io.agentotp.server.web.Caller;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.ModelAndView;

/**
 * Adds what all pages need.
 */
public final class PageModel implements HandlerInterceptor {

	private final ServerPaths paths;

	public PageModel(ServerPaths paths) {
		this.paths = paths;
	}

	@Override
	public void postHandle(HttpServletRequest request, HttpServletResponse response, Object handler,
			@Nullable ModelAndView page) {
		String view = (page != null) ? page.getViewName() : null;
		if (page == null || view == null || view.startsWith("redirect:")) {
			return;
		}
		page.addObject("base", this.paths.base(request));
		page.addObject("view", view);
		if (request.getAttribute(CsrfToken.class.getName()) instanceof CsrfToken token) {
			// Read now: a session cannot begin any more once the page is being written.
			page.addObject("csrfName", token.getParameterName());
			page.addObject("csrfToken", token.getToken());
		}
		Authentication user = SecurityContextHolder.getContext().getAuthentication();
		if (user != null && !(user instanceof AnonymousAuthenticationToken)) {
			page.addObject("user", user.getName());
		}
	}

	static boolean isDecider(Authentication user) {
		return isAny(user, Caller.APPROVER, Caller.ADMINISTRATOR);
	}

	static boolean isAny(Authentication user, Caller... callers) {
		return Arrays.stream(callers)
			.anyMatch((caller) -> user.getAuthorities()
				.stream()
				.anyMatch((authority) -> caller.authority().equals(authority.getAuthority())));
	}

}
