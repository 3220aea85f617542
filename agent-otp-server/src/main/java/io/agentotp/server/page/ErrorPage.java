package io.agentotp.server.page;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

import io.agentotp.server.language.Messages;
import io.agentotp.server.web.Problem;
import io.agentotp.server.web.RequestIds;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.thymeleaf.ITemplateEngine;
import org.thymeleaf.context.Context;

import org.springframework.context.i18n.LocaleContext;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.LocaleResolver;

/**
 * Says on a page what went wrong, and asks to sign in again where only that is missing.
 */
@Component
public final class ErrorPage {

	private final ITemplateEngine templates;

	private final PageFrame frame;

	private final LocaleResolver languages;

	private final SignInAgain signInAgain;

	ErrorPage(ITemplateEngine templates, PageFrame frame, LocaleResolver languages, SignInAgain signInAgain) {
		this.signInAgain = signInAgain;
		this.languages = languages;
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
		// Filters write it, too, before there is a language.
		LocaleContext before = LocaleContextHolder.getLocaleContext();
		Locale language = this.languages.resolveLocale(request);
		LocaleContextHolder.setLocale(language);
		byte[] page;
		try {
			page = render(request, response, problem, language).getBytes(StandardCharsets.UTF_8);
		}
		finally {
			LocaleContextHolder.setLocaleContext(before);
		}
		response.resetBuffer();
		response.setStatus(problem.status());
		if (problem.retryAfter() != null) {
			response.setHeader("Retry-After", String.valueOf(problem.retryAfter().toSeconds()));
		}
		response.setContentType("text/html;charset=UTF-8");
		response.setHeader(HttpHeaders.CONTENT_LANGUAGE, language.toLanguageTag());
		response.addHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_LANGUAGE);
		response.setContentLength(page.length);
		response.getOutputStream().write(page);
	}

	private String render(HttpServletRequest request, HttpServletResponse response, Problem problem, Locale language) {
		Map<String, Object> values = new HashMap<>();
		values.put("status", problem.status());
		values.put("heading", heading(problem.status()));
		values.put("message", ProblemText.of(problem));
		values.put("requestId", RequestIds.get(response));
		// A form that failed is not sent again by a link.
		values.put("again", (problem.status() == 503 && request.getMethod().equals("GET")) ? address(request) : "");
		values.putAll(frame(request, problem));
		boolean again = "fresh".equals(problem.details().get("stepUp")) && values.containsKey("user");
		if (again) {
			values.putAll(this.signInAgain.of(request));
			values.put("wrong", problem.details().containsKey("wrong"));
		}
		return this.templates.process(again ? "sign-in-again" : "error", new Context(language, values));
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
			case 400, 403, 404, 405, 409, 429, 503 -> Messages.get("error.heading." + status);
			default -> Messages.get("error.heading");
		};
	}

}
