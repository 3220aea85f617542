package io.agentotp.server;

import java.io.IOException;
import java.util.Map;
import java.util.Set;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.json.JsonText;
import io.agentotp.server.page.PageProblems;
import io.agentotp.server.security.PresentCallers;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.LongPolling;
import io.agentotp.server.web.Problem;
import io.agentotp.server.web.Problems;
import io.agentotp.server.web.RequestIds;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.RequestPath;
import org.springframework.security.core.Authentication;
import org.springframework.util.StringUtils;
import org.springframework.web.context.request.async.WebAsyncUtils;

/**
 * Takes the requests to the service's path out of the host's chain of filters: they go
 * through the service's own security and straight to its servlet.
 */
final class AgentOtpServerFilter implements Filter {

	private static final Set<String> READS = Set.of("GET", "HEAD");

	private final Filter security;

	private final HttpServlet servlet;

	private final PageProblems problems;

	private final ServerPaths paths;

	private final RequestBodies bodies;

	private final PresentCallers callers;

	AgentOtpServerFilter(Filter security, HttpServlet servlet, PageProblems problems, ServerPaths paths,
			PresentCallers callers) {
		this.callers = callers;
		this.problems = problems;
		this.paths = paths;
		this.bodies = new RequestBodies(problems);
		this.security = security;
		this.servlet = servlet;
	}

	@Override
	public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		HttpServletResponse httpResponse = new RelativeRedirects((HttpServletResponse) response);
		if (request.getDispatcherType() == DispatcherType.ASYNC) {
			ReadRequest read = RequestBodies.take(request);
			if (read != null) {
				handle(read, httpResponse);
				return;
			}
			// Writes the answer of a request that has been through security.
			if (mayGetAnswer((HttpServletRequest) request, httpResponse)) {
				this.servlet.service(request, httpResponse);
			}
			return;
		}
		if (request.getDispatcherType() != DispatcherType.REQUEST) {
			// The host would lend its caller's authentication to what it forwards.
			JsonAnswer.write(httpResponse, Problems.of(new NotFoundException("Nothing is forwarded to this service")));
			return;
		}
		RequestIds.add((HttpServletRequest) request, httpResponse);
		if (!isWellFormed((HttpServletRequest) request)) {
			JsonAnswer.write(httpResponse, Problem.of(400, "VALIDATION_ERROR",
					"The path of the request cannot be read, has a parameter (;), or the header X-Forwarded-Prefix changes it"));
			return;
		}
		handle((HttpServletRequest) request, httpResponse);
	}

	// A refusal says nothing that its caller may not know.
	private boolean mayGetAnswer(HttpServletRequest request, HttpServletResponse response) throws IOException {
		if (!(request.getAttribute(LongPolling.CALLER) instanceof Authentication caller)
				|| WebAsyncUtils.getAsyncManager(request).getConcurrentResult() instanceof Throwable) {
			return true;
		}
		try {
			if (this.callers.isKnown(caller, request)) {
				return true;
			}
			JsonAnswer.write(response, Problem.of(401, "INVALID_API_KEY",
					"The key, the session or the user that sent this request ended while it waited"));
		}
		catch (RuntimeException ex) {
			this.problems.answer(request, response, Problems.of(ex, RequestIds.get(response)));
		}
		return false;
	}

	private void handle(HttpServletRequest request, HttpServletResponse response) {
		HostSecurity host = HostSecurity.hide(request);
		HttpServletRequest read = request;
		try {
			requireOneContentType(request);
			read = (request instanceof ReadRequest) ? request : this.bodies.read(request, response);
			if (read != null) {
				requireReadableParameters(read);
				this.security.doFilter(read, response, this.servlet::service);
			}
		}
		catch (RequestBodies.TooSlowException ex) {
			response.setHeader("Connection", "close");
			this.problems.answer(request, response, RequestBodies.TooSlowException.PROBLEM);
		}
		catch (IOException | ServletException | RuntimeException ex) {
			this.problems.answer(request, response, Problems.of(ex, RequestIds.get(response)));
		}
		finally {
			host.restore(request);
			if (read instanceof ReadRequest whole) {
				whole.endFirst();
			}
		}
	}

	// Otherwise each part that looks at a parameter would have to expect this.
	private static void requireReadableParameters(ServletRequest request) {
		Map<String, String[]> parameters;
		try {
			parameters = request.getParameterMap();
		}
		catch (RuntimeException ex) {
			if (Problems.isCallerGone(ex)) {
				throw ex;
			}
			throw new InvalidInputException("parameters", "must be well-formed and percent-encoded in UTF-8");
		}
		if (!READS.contains(((HttpServletRequest) request).getMethod())) {
			// What is typed into a form is answered beside its field.
			return;
		}
		parameters.forEach((name, values) -> {
			for (String value : values) {
				String problem = JsonText.problem(value);
				if (problem != null) {
					throw new InvalidInputException(name, problem);
				}
			}
		});
	}

	// Spring MVC reads it at places where a wildcard is an error of the program.
	private static void requireOneContentType(ServletRequest request) {
		String type = request.getContentType();
		try {
			if (!StringUtils.hasLength(type) || MediaType.parseMediaType(type).isConcrete()) {
				return;
			}
		}
		catch (InvalidMediaTypeException ex) {
			// What needs the type says so, and nothing else minds.
			return;
		}
		throw new InvalidInputException("Content-Type", "must be one type, without *");
	}

	// The container has looked at the path, but leaves parameters and escapes in it, and
	// a
	// host that trusts headers changes it.
	private boolean isWellFormed(HttpServletRequest request) {
		String path = request.getRequestURI();
		try {
			RequestPath.parse(path, request.getContextPath());
			return path.indexOf(';') < 0 && path.startsWith(this.paths.base(request));
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

}
