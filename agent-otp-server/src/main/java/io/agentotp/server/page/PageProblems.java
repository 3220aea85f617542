package io.agentotp.server.page;

import java.io.IOException;
import java.util.Map;

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
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

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
		boolean nothing = ex instanceof NoHandlerFoundException || ex instanceof NoResourceFoundException;
		Problem problem = nothing ? nothingHere(request) : Problems.of(ex, RequestIds.get(response));
		answer(request, response, problem);
		return new ModelAndView();
	}

	/**
	 * The answer where there is nothing. It says where the API is: the client's settings
	 * may be wrong.
	 * @param request the request
	 * @return the problem
	 */
	public Problem nothingHere(HttpServletRequest request) {
		String api = this.paths.base(request) + "/api/v1";
		return new Problem(404, "NOT_FOUND", "There is nothing at this address. The API is at " + api,
				Map.of("api", api), null);
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
