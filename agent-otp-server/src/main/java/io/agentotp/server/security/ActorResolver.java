package io.agentotp.server.security;

import java.util.Objects;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.RoleInterceptor;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

/**
 * Gives controllers who acts, which what is changed by it looks at again in its turn.
 */
@Component
public final class ActorResolver implements HandlerMethodArgumentResolver {

	private final PresentCallers callers;

	ActorResolver(PresentCallers callers) {
		this.callers = callers;
	}

	@Override
	public boolean supportsParameter(MethodParameter parameter) {
		return parameter.getParameterType() == Actor.class;
	}

	@Override
	public Actor resolveArgument(MethodParameter parameter, @Nullable ModelAndViewContainer container,
			NativeWebRequest web, @Nullable WebDataBinderFactory binders) {
		HttpServletRequest request = Objects.requireNonNull(web.getNativeRequest(HttpServletRequest.class));
		Authentication caller = Objects.requireNonNull(SecurityContextHolder.getContext().getAuthentication());
		if (caller.getPrincipal() instanceof Agent agent) {
			return Actor.agent(agent.id(), request.getRemoteAddr());
		}
		Allowed allowed = Objects.requireNonNull(RoleInterceptor.find(parameter));
		return Actor.user(caller.getName(), request.getRemoteAddr(),
				() -> this.callers.requireStill(caller, request, allowed.value()));
	}

}
