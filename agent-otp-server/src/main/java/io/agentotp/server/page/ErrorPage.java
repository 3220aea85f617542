package io.agentotp.server.page;

import io.agentotp.server.page.text.VisibleText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

import io.agentotp.server.web.Problem;
import io.agentotp.server.web.RequestIds;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.thymeleaf.ITemplateEngine;
import org.thymeleaf.context.Context;

import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/**
 * Says on a page what went wrong.
 */
@Component
public final class ErrorPage {

	private final ITemplateEngine templates;

	private final PageFrame frame;

	ErrorPage(ITemplateEngine templates, PageFrame frame) {
		this.templates = templates;
		this.frame = frame;
	}

	/**
	 * Writes the page, unless an answer has begun. Who is not signed in is led to do
	 * that.
	 * @param request the request
	 * @param response where to
	 * @param problem what went wrong
	 * @throws IOException if the caller is gone
	 */
	public void write(HttpServletRequest request, HttpServletResponse response, Problem problem) throws IOException {
		if (response.isCommitted()) {
			return;
		}
		byte[] page = render(request, response, problem).getBytes(StandardCharsets.UTF_8);
		response.resetBuffer();
		response.setStatus(problem.status());
		if (problem.retryAfter() != null) {
			response.setHeader("Retry-After", String.valueOf(problem.retryAfter().toSeconds()));
		}
		response.setContentType("text/html;charset=UTF-8");
		response.setContentLength(page.length);
		response.getOutputStream().write(page);
	}

	private String render(HttpServletRequest request, HttpServletResponse response, Problem problem) {
		Map<String, Object> values = new HashMap<>();
		values.put("status", problem.status());
		values.put("heading", heading(problem.status()));
		values.put("message", VisibleText.of(problem.text()));
		values.put("requestId", RequestIds.get(response));
		// A form that failed is not sent again by a link.
		values.put("again", (problem.status() == 503 && request.getMethod().equals("GET")) ? address(request) : "");
		values.putAll(frame(request, problem));
		return this.templates.process("error", new Context(Locale.ENGLISH, values));
	}

	private Map<String, Object> frame(HttpServletRequest request, Problem problem) {
		if (problem.status() < 500) {
			try {
				return this.frame.of(request);
			}
			catch (DataAccessException ex) {
				// What is wrong is said all the same.
			}
		}
		Map<String, Object> frame = this.frame.ofRequest(request);
		if (request.getAttribute(PageFrame.HAS_SESSION) != null) {
			// Who that is cannot be read, and is not to be asked to sign in for that.
			frame.putIfAbsent("user", "");
		}
		return frame;
	}

	private static String address(HttpServletRequest request) {
		return request.getRequestURI() + ((request.getQueryString() != null) ? "?" + request.getQueryString() : "");
	}

	private static String heading(int status) {
		return switch (status) {
			case 400 -> "That cannot be done";
			case 403 -> "Not allowed";
			case 404 -> "Not found";
			case 405 -> "Not possible here";
			case 409 -> "The state has changed";
			case 429 -> "Too many attempts";
			case 503 -> "Not available at the moment";
			default -> "Something went wrong";
		};
	}

}
