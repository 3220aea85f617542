package io.agentotp.server.web;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.failure.TemporaryPasswordException;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.resource.ResourceHttpRequestHandler;

/**
 * Lets a caller through to the routes that are meant for it, and to no other.
 */
public final class RoleInterceptor implements HandlerInterceptor {

	@Override
	public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
		// An asynchronous dispatch only writes the answer of a request that was let
		// through.
		if (request.getDispatcherType() == DispatcherType.ASYNC || handler instanceof ResourceHttpRequestHandler) {
			return true;
		}
		Allowed allowed = (handler instanceof HandlerMethod method) ? find(method) : null;
		Authentication caller = SecurityContextHolder.getContext().getAuthentication();
		if (allowed == null || !isAllowed(allowed, caller)) {
			if (caller != null && Caller.hasTemporaryPassword(caller)) {
				throw new TemporaryPasswordException();
			}
			String path = request.getPathInfo();
			throw new NotAllowedException((path != null && path.startsWith("/api/"))
					? "These credentials do not reach this route" + names(allowed)
					: "Your role does not allow this. An administrator can do it, or give you another role");
		}
		return true;
	}

	private static String names(@Nullable Allowed allowed) {
		return (allowed == null) ? ""
				: Arrays.stream(allowed.value())
					.map((caller) -> (caller == Caller.PERSON) ? "user" : caller.name().toLowerCase(Locale.ROOT))
					.collect(Collectors.joining(", ", ". It is for: ", ""));
	}

	static @Nullable Allowed find(HandlerMethod method) {
		return find(method.getReturnType());
	}

	/**
	 * Finds who may reach a route.
	 * @param part a parameter of its method, or what that returns
	 * @return who, {@code null} for nobody
	 */
	public static @Nullable Allowed find(MethodParameter part) {
		Allowed allowed = part.getMethodAnnotation(Allowed.class);
		return (allowed != null) ? allowed
				: AnnotatedElementUtils.findMergedAnnotation(part.getContainingClass(), Allowed.class);
	}

	private static boolean isAllowed(Allowed allowed, @Nullable Authentication caller) {
		return Arrays.asList(allowed.value()).contains(Caller.ANYBODY)
				|| (caller != null && Caller.isAny(caller, allowed.value()));
	}

}
