package io.agentotp.server.security.oidc;

import java.io.IOException;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher.MatchResult;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Answers at one address.
 */
final class RouteFilter extends OncePerRequestFilter {

	private final RequestMatcher matcher;

	private final Route route;

	RouteFilter(RequestMatcher matcher, Route route) {
		this.matcher = matcher;
		this.route = route;
	}

	// Two of them stand in one chain.
	@Override
	protected String getAlreadyFilteredAttributeName() {
		return super.getAlreadyFilteredAttributeName() + System.identityHashCode(this);
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		MatchResult match = this.matcher.matcher(request);
		if (match.isMatch()) {
			this.route.handle(match, request, response);
		}
		else {
			chain.doFilter(request, response);
		}
	}

	/**
	 * What is done.
	 */
	interface Route {

		void handle(MatchResult match, HttpServletRequest request, HttpServletResponse response) throws IOException;

	}

}
