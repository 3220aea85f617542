package io.agentotp.server.page;

import java.io.IOException;

import io.agentotp.server.problem.Problem;
import io.agentotp.server.web.JsonAnswers;
import io.agentotp.server.web.Problems;
import io.agentotp.server.web.RequestIds;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

/**
 * Shows what fails on a page.
 */
public final class PageProblems implements HandlerExceptionResolver {

	private final ErrorPage page;

	PageProblems(ErrorPage page) {
		this.page = page;
	}

	@Override
	public ModelAndView resolveException(HttpServletRequest request, HttpServletResponse response,
			@Nullable Object handler, Exception ex) {
		Problem problem = Problems.of(ex, RequestIds.get(response));
		String path = request.getPathInfo();
		try {
			if (path != null && path.startsWith("/live/")) {
				JsonAnswers.write(response, problem);
			}
			else {
				this.page.write(request, response, problem);
			}
		}
		catch (IOException gone) {
			// Nobody is there to read the answer.
		}
		return new ModelAndView();
	}

}
