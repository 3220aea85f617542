package io.agentotp.server;

import java.io.IOException;

import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;

/**
 * Redirects by path alone. The container would repeat the {@code Host} of the request,
 * which anybody can set and a proxy may not pass on.
 */
final class RelativeRedirects extends HttpServletResponseWrapper {

	RelativeRedirects(HttpServletResponse response) {
		super(response);
	}

	@Override
	public void sendRedirect(String location) throws IOException {
		sendRedirect(location, SC_FOUND, true);
	}

	@Override
	public void sendRedirect(String location, int status, boolean clearBuffer) throws IOException {
		if (clearBuffer) {
			resetBuffer();
		}
		setStatus(status);
		setHeader("Location", location);
		setContentLength(0);
		flushBuffer();
	}

}
