package io.agentotp.server.security;

import java.util.Objects;

import io.agentotp.server.permission.Viewer;
import io.agentotp.server.permission.Viewers;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

/**
 * Gives controllers what the person who asks may see.
 */
@Component
public final class ViewerResolver implements HandlerMethodArgumentResolver {

	private final Viewers viewers;

	ViewerResolver(Viewers viewers) {
		this.viewers = viewers;
	}

	@Override
	public boolean supportsParameter(MethodParameter parameter) {
		return parameter.getParameterType() == Viewer.class;
	}

	@Override
	public Viewer resolveArgument(MethodParameter parameter, @Nullable ModelAndViewContainer container,
			NativeWebRequest web, @Nullable WebDataBinderFactory binders) {
		return this.viewers
			.of(Objects.requireNonNull(SecurityContextHolder.getContext().getAuthentication()).getName());
	}

}
