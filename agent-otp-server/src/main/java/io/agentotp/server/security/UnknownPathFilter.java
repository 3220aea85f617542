package io.agentotp.server.security;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

import io.agentotp.server.page.PageFrame;
import io.agentotp.server.page.PageProblems;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.http.server.PathContainer;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.pattern.PathPattern;

/**
 * Answers addresses outside the API where there is nothing, before anybody is asked to
 * sign in: programs in JSON, since their base URL is wrong, and people with a page.
 */
final class UnknownPathFilter extends OncePerRequestFilter {

	private static final Set<String> READS = Set.of("GET", "HEAD");

	private final ServerPaths paths;

	private final PageProblems problems;

	private final Supplier<List<PathPattern>> patterns;

	private volatile @Nullable List<PathPattern> known;

	/**
	 * Makes the filter.
	 * @param paths where the service lives
	 * @param problems writes the page
	 * @param patterns the paths of pages and files, which are there once the first
	 * request comes
	 */
	UnknownPathFilter(ServerPaths paths, PageProblems problems, Supplier<List<PathPattern>> patterns) {
		this.paths = paths;
		this.problems = problems;
		this.patterns = patterns;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		if (isKnown(request)) {
			chain.doFilter(request, response);
		}
		else if (isProgram(request)) {
			JsonAnswer.write(response, this.problems.nothingHere(request));
		}
		else if (PageFrame.isSignedIn() && READS.contains(request.getMethod())) {
			chain.doFilter(request, response);
		}
		else {
			this.problems.answer(request, response, this.problems.nothingHere(request));
		}
	}

	private static boolean isProgram(HttpServletRequest request) {
		String accept = lowerCase(request.getHeader("Accept"));
		return ApiKeyFilter.hasOurKey(request) || lowerCase(request.getContentType()).contains("json")
				|| (accept.contains("json") && !accept.contains("text/html"));
	}

	private static String lowerCase(@Nullable String header) {
		return (header != null) ? header.toLowerCase(Locale.ROOT) : "";
	}

	private boolean isKnown(HttpServletRequest request) {
		List<PathPattern> known = this.known;
		if (known == null) {
			known = this.patterns.get();
			this.known = known;
		}
		String path = request.getRequestURI().substring(this.paths.base(request).length());
		PathContainer parsed = PathContainer.parsePath(path.isEmpty() ? "/" : path);
		return known.stream().anyMatch((pattern) -> pattern.matches(parsed));
	}

}
