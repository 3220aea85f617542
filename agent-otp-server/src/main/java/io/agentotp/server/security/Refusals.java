package io.agentotp.server.security;

import java.io.IOException;

import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.Problem;
import io.agentotp.server.web.Problems;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.security.web.firewall.RequestRejectedHandler;

/**
 * Answers what security refuses in the envelope of the API. Spring Security's own
 * handlers would hand over to the error page of the host.
 */
final class Refusals implements AuthenticationEntryPoint, AccessDeniedHandler, RequestRejectedHandler {

	@Override
	public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException ex)
			throws IOException {
		JsonAnswer.write(response,
				Problem.of(401, "MISSING_API_KEY", "A key is required: Authorization: Bearer <key>"));
	}

	@Override
	public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException ex)
			throws IOException {
		JsonAnswer.write(response, Problems.of(new NotAllowedException(
				"The request is refused: its CSRF token is missing or wrong, " + "or it came from another site")));
	}

	@Override
	public void handle(HttpServletRequest request, HttpServletResponse response, RequestRejectedException ex)
			throws IOException {
		JsonAnswer.write(response, Problems.malformed());
	}

}
