package io.agentotp.server.page;

import java.io.IOException;

import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.Problem;
import io.agentotp.server.web.Problems;
import io.agentotp.server.web.RequestIds;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

/**
 * Answers what fails: on a page, or in the envelope of the API.
 */
@Component
public final class PageProblems implements HandlerExceptionResolver {

	private final ErrorPage page;

	private final ServerPaths paths;

	PageProblems(ErrorPage page, ServerPaths paths) {
		this.page = page;
		this.paths = paths;
	}

	@Override
	public ModelAndView resolveException(HttpServletRequest request, HttpServletResponse response,
			@Nullable Object handler, Exception ex) {
		if (ex instanceof HttpRequestMethodNotSupportedException unsupported
				&& unsupported.getSupportedMethods() != null) {
			response.setHeader(HttpHeaders.ALLOW, String.join(", ", unsupported.getSupportedMethods()));
		}
		Problem problem = Problems.of(ex, RequestIds.get(response));
		answer(request, response, problem);
		return new ModelAndView();
	}

	/**
	 * Answers with a page, or with JSON where no person reads the answer.
	 * @param request the request
	 * @param response where to
	 * @param problem what went wrong
	 */
	public void answer(HttpServletRequest request, HttpServletResponse response, Problem problem) {
		String path = request.getRequestURI().substring(this.paths.base(request).length());
		try {
			if (path.startsWith("/api/") || path.startsWith("/live/")) {
				JsonAnswer.write(response, problem);
			}
			else {
				this.page.write(request, response, problem);
			}
		}
		catch (IOException gone) {
			// Nobody is there to read the answer.
		}
	}

}
