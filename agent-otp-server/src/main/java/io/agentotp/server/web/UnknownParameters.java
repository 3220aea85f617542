package io.agentotp.server.web;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

import io.agentotp.server.failure.FieldProblems;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.UnknownName;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodParameter;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Refuses query parameters and fields of forms of people that a route does not know, or
 * parameters that stand twice: a misspelt filter would filter nothing, a misspelt limit
 * narrow nothing. Those of agents are ignored, as the protocol says.
 */
public final class UnknownParameters implements HandlerInterceptor {

	private final Map<HandlerMethod, Set<String>> known = new ConcurrentHashMap<>();

	@Override
	public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
		String query = request.getQueryString();
		boolean form = isForm(request);
		if ((StringUtils.hasLength(query) || form) && request.getDispatcherType() != DispatcherType.ASYNC
				&& handler instanceof HandlerMethod method && Caller.isPerson() && !isForAnybody(method)) {
			Set<String> known = this.known.computeIfAbsent(method, UnknownParameters::known);
			if (form) {
				checkFields(request, known);
			}
			if (StringUtils.hasLength(query)) {
				check(query, known);
			}
		}
		return true;
	}

	// Of a page: the API reads JSON.
	private static boolean isForm(HttpServletRequest request) {
		String path = request.getPathInfo();
		return request.getMethod().equals("POST") && (path == null || !path.startsWith("/api/"));
	}

	private static void checkFields(HttpServletRequest request, Set<String> known) {
		FieldProblems problems = new FieldProblems();
		for (String name : request.getParameterMap().keySet()) {
			if (!known.contains(name) && !isCsrf(request, name) && known.stream()
				.noneMatch((each) -> each.endsWith("*") && name.startsWith(each.substring(0, each.length() - 1)))) {
				problems.add(name, UnknownName.problem("a field of this form", name, known));
			}
		}
		if (!problems.isEmpty()) {
			throw new InvalidInputException(problems);
		}
	}

	private static boolean isCsrf(HttpServletRequest request, String name) {
		return request.getAttribute(CsrfToken.class.getName()) instanceof CsrfToken token
				&& token.getParameterName().equals(name);
	}

	private static void check(String query, Set<String> known) {
		FieldProblems problems = new FieldProblems();
		Set<String> seen = new HashSet<>();
		for (String parameter : query.split("&", -1)) {
			if (parameter.isEmpty()) {
				continue;
			}
			String name = URLDecoder.decode(parameter.split("=", 2)[0], StandardCharsets.UTF_8);
			if (!known.contains(name)) {
				problems.add(name, UnknownName.problem("a parameter of this address", name, known));
			}
			else if (!seen.add(name)) {
				problems.add(name, "stands twice");
			}
		}
		if (!problems.isEmpty()) {
			throw new InvalidInputException(problems);
		}
	}

	// What asks whether the service is there may add what it likes.
	private static boolean isForAnybody(HandlerMethod method) {
		Allowed allowed = RoleInterceptor.find(method);
		return allowed != null && Arrays.asList(allowed.value()).contains(Caller.ANYBODY);
	}

	private static Set<String> known(HandlerMethod method) {
		Set<String> names = new TreeSet<>();
		DefaultParameterNameDiscoverer discoverer = new DefaultParameterNameDiscoverer();
		for (MethodParameter parameter : method.getMethodParameters()) {
			RequestParam annotation = parameter.getParameterAnnotation(RequestParam.class);
			if (annotation != null) {
				parameter.initParameterNameDiscovery(discoverer);
				names.add(
						annotation.name().isEmpty() ? String.valueOf(parameter.getParameterName()) : annotation.name());
			}
		}
		Parameters others = method.getMethodAnnotation(Parameters.class);
		if (others != null) {
			names.addAll(Arrays.asList(others.value()));
		}
		return names;
	}

}
