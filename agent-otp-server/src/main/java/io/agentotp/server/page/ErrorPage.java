package io.agentotp.server.page;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

import io.agentotp.server.problem.Problem;
import io.agentotp.server.web.RequestIds;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.thymeleaf.ITemplateEngine;
import org.thymeleaf.context.Context;

/**
 * Says on a page what went wrong.
 */
public final class ErrorPage {

	private final ITemplateEngine templates;

	private final ServerPaths paths;

	ErrorPage(ITemplateEngine templates, ServerPaths paths) {
		this.templates = templates;
		this.paths = paths;
	}

	/**
	 * Writes the page, unless an answer has begun.
	 * @param request the request
	 * @param response where to
	 * @param problem what went wrong
	 * @throws IOException if the caller is gone
	 */
	public void write(HttpServletRequest request, HttpServletResponse response, Problem problem) throws IOException {
		if (response.isCommitted()) {
			return;
		}
		Context context = new Context(Locale.ENGLISH,
				Map.of("base", this.paths.base(request), "status", problem.status(), "heading",
						heading(problem.status()), "message", VisibleText.of(problem.text()), "requestId",
						RequestIds.get(response)));
		byte[] page = this.templates.process("error", context).getBytes(StandardCharsets.UTF_8);
		response.resetBuffer();
		response.setStatus(problem.status());
		response.setContentType("text/html;charset=UTF-8");
		response.setContentLength(page.length);
		response.getOutputStream().write(page);
	}

	private static String heading(int status) {
		return switch (status) {
			case 400 -> "That cannot be done";
			case 403 -> "Not allowed";
			case 404 -> "Not found";
			case 405 -> "Not possible here";
			case 409 -> "Already decided";
			default -> "Something went wrong";
		};
	}

}
