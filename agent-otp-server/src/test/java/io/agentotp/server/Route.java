package io.agentotp.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.Parameters;

import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/**
 * A route that the service maps.
 *
 * @param method its method
 * @param path its path, with names for what varies
 * @param allowed who may reach it
 * @param parameters the query parameters that it knows beside those of its arguments
 */
record Route(String method, String path, List<Caller> allowed, List<String> parameters) {

	/**
	 * All routes, as the service has them.
	 */
	static List<Route> all(TestServer server) {
		List<Route> routes = new ArrayList<>();
		Map<RequestMappingInfo, HandlerMethod> mappings = server.bean(RequestMappingHandlerMapping.class)
			.getHandlerMethods();
		mappings.forEach((info, handler) -> {
			Allowed allowed = handler.getMethodAnnotation(Allowed.class);
			if (allowed == null) {
				allowed = AnnotatedElementUtils.findMergedAnnotation(handler.getBeanType(), Allowed.class);
			}
			List<Caller> callers = (allowed != null) ? List.of(allowed.value()) : List.of();
			Parameters parameters = handler.getMethodAnnotation(Parameters.class);
			List<String> names = (parameters != null) ? List.of(parameters.value()) : List.of();
			for (String path : info.getPatternValues()) {
				for (RequestMethod method : info.getMethodsCondition().getMethods()) {
					routes.add(new Route(method.name(), path, callers, names));
				}
			}
		});
		return routes;
	}

	boolean allows(Caller caller) {
		return this.allowed.contains(caller);
	}

	boolean isApi() {
		return this.path.startsWith("/api/");
	}

}
