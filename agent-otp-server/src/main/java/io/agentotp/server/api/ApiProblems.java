package io.agentotp.server.api;

import java.io.IOException;

import io.agentotp.server.web.JsonAnswers;
import io.agentotp.server.web.Problems;
import io.agentotp.server.web.RequestIds;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

/**
 * Answers what fails below {@code /api} in the envelope.
 */
public final class ApiProblems implements HandlerExceptionResolver {

	@Override
	public @Nullable ModelAndView resolveException(HttpServletRequest request, HttpServletResponse response,
			@Nullable Object handler, Exception ex) {
		String path = request.getPathInfo();
		if (path == null || !path.startsWith("/api/")) {
			return null;
		}
		if (ex instanceof HttpRequestMethodNotSupportedException unsupported
				&& unsupported.getSupportedMethods() != null) {
			response.setHeader("Allow", String.join(", ", unsupported.getSupportedMethods()));
		}
		try {
			JsonAnswers.write(response, Problems.of(ex, RequestIds.get(response)));
		}
		catch (IOException gone) {
			// Nobody is there to read the answer.
		}
		return new ModelAndView();
	}

}
