package io.agentotp.server.security;

import java.io.IOException;
import java.util.Set;

import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses changes that another site sends with a person's session. It stands before the
 * check of the CSRF token.
 */
final class SameOriginFilter extends OncePerRequestFilter {

	private static final Set<String> READS = Set.of("GET", "HEAD", "OPTIONS", "TRACE");

	private final ServerPaths paths;

	private final RequestMatcher exempt;

	private final AccessDeniedHandler denied;

	SameOriginFilter(ServerPaths paths, RequestMatcher exempt, AccessDeniedHandler denied) {
		this.paths = paths;
		this.exempt = exempt;
		this.denied = denied;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		if (READS.contains(request.getMethod()) || this.exempt.matches(request) || isSameOrigin(request)) {
			chain.doFilter(request, response);
		}
		else {
			this.denied.handle(request, response, new AccessDeniedException("The request came from another site"));
		}
	}

	private boolean isSameOrigin(HttpServletRequest request) {
		String site = request.getHeader("Sec-Fetch-Site");
		if (site != null && !site.equals("none")) {
			// Browsers know what a proxy may hide from us.
			return site.equals("same-origin");
		}
		String origin = request.getHeader("Origin");
		return origin == null || origin.equalsIgnoreCase(this.paths.origin()) || isHost(origin, request);
	}

	// Another site can set neither header of the two.
	private static boolean isHost(String origin, HttpServletRequest request) {
		@Nullable String host = request.getHeader("Host");
		int scheme = origin.indexOf("://");
		return host != null && scheme > 0 && origin.substring(scheme + 3).equalsIgnoreCase(host);
	}

}
