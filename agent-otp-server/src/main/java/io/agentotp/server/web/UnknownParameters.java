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
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Refuses query parameters of people that a route does not know, or that stand twice: a
 * misspelt filter would filter nothing. Those of agents are ignored, as the protocol
 * says.
 */
public final class UnknownParameters implements HandlerInterceptor {

	private final Map<HandlerMethod, Set<String>> known = new ConcurrentHashMap<>();

	@Override
	public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
		String query = request.getQueryString();
		if (StringUtils.hasLength(query) && request.getDispatcherType() != DispatcherType.ASYNC
				&& handler instanceof HandlerMethod method && Caller.isPerson() && !isForAnybody(method)) {
			check(query, this.known.computeIfAbsent(method, UnknownParameters::known));
		}
		return true;
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
