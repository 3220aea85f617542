package io.agentotp.server.api;

import java.io.IOException;
import java.util.Objects;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.web.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

/**
 * Reads the body of a request, up to its limit.
 */
public final class RequestJsonResolver implements HandlerMethodArgumentResolver {

	static final int MAX_BYTES = 64 * 1024;

	@Override
	public boolean supportsParameter(MethodParameter parameter) {
		return parameter.getParameterType() == RequestJson.class;
	}

	@Override
	public Object resolveArgument(MethodParameter parameter, @Nullable ModelAndViewContainer container,
			NativeWebRequest webRequest, @Nullable WebDataBinderFactory binderFactory) throws IOException {
		HttpServletRequest request = Objects.requireNonNull(webRequest.getNativeRequest(HttpServletRequest.class));
		requireJson(request.getContentType());
		if (request.getContentLengthLong() > MAX_BYTES) {
			throw tooLarge();
		}
		byte[] body = request.getInputStream().readNBytes(MAX_BYTES + 1);
		if (body.length > MAX_BYTES) {
			throw tooLarge();
		}
		return RequestJson.parse(body, Caller.isPerson());
	}

	private static void requireJson(@Nullable String contentType) {
		try {
			if (contentType == null || MediaType.APPLICATION_JSON.includes(MediaType.parseMediaType(contentType))) {
				return;
			}
		}
		catch (InvalidMediaTypeException ex) {
			// Not JSON either.
		}
		throw new InvalidInputException("Content-Type", "must be application/json");
	}

	private static InvalidInputException tooLarge() {
		return new InvalidInputException("body", "must have at most " + MAX_BYTES + " bytes");
	}

}
