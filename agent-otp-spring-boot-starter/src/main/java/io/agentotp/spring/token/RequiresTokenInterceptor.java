package io.agentotp.spring.token;

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import io.agentotp.Permission;
import io.agentotp.spring.RequiresToken;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Stands before the handler methods of Spring MVC.
 */
public final class RequiresTokenInterceptor implements HandlerInterceptor {

	private static final String PASSED = RequiresTokenInterceptor.class.getName() + ".passed";

	private final TokenAuthorizer authorizer;

	/**
	 * Creates the interceptor.
	 * @param authorizer asks about what a request carries
	 */
	public RequiresTokenInterceptor(TokenAuthorizer authorizer) {
		this.authorizer = authorizer;
	}

	@Override
	public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
			throws IOException {
		if (!(handler instanceof HandlerMethod handlerMethod)) {
			return true;
		}
		Method method = handlerMethod.getMethod();
		RequiredToken required = this.authorizer.required(method, handlerMethod.getBeanType());
		if (required == null) {
			return true;
		}
		// The rest of an asynchronous request comes by once more.
		if (request.getDispatcherType() == DispatcherType.ASYNC && method.equals(request.getAttribute(PASSED))) {
			return true;
		}
		try {
			request.setAttribute(RequiresToken.PERMISSION, check(request, required));
			request.setAttribute(PASSED, method);
			return true;
		}
		catch (ExecutionException | RuntimeException ex) {
			refuse(response, TokenAuthorizer.refuse(method, ex));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			refuse(response, TokenAuthorizer.refuse(method, ex));
		}
		return false;
	}

	private Permission check(HttpServletRequest request, RequiredToken required)
			throws ExecutionException, InterruptedException {
		Map<?, ?> variables = (request
			.getAttribute(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE) instanceof Map<?, ?> map) ? map : null;
		CompletableFuture<Permission> checked = this.authorizer.check(required, variables,
				request.getAttribute(TokenAuthorizer.RECEIVED));
		try {
			return checked.get();
		}
		finally {
			checked.cancel(true);
		}
	}

	private static void refuse(HttpServletResponse response, TokenRefusal refusal) throws IOException {
		response.setStatus(refusal.status());
		response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
		response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
		if (refusal.status() == HttpServletResponse.SC_UNAUTHORIZED) {
			response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Agent-OTP");
		}
		response.getOutputStream().write(refusal.body());
	}

}
