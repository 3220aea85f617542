package io.agentotp.server.api;

import java.time.Duration;
import java.util.Collections;
import java.util.Locale;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/**
 * The wish to wait for an answer: {@code Prefer: wait=N} of RFC 7240. A wish that cannot
 * be read is ignored, as the RFC wants it.
 */
final class Prefer {

	private static final int MAX_SECONDS = 30;

	private Prefer() {
	}

	/**
	 * How long the caller wants to wait. The answer says how long it can.
	 * @param request the request
	 * @param response the answer
	 * @return the time, zero without a wish
	 */
	static Duration wait(HttpServletRequest request, HttpServletResponse response) {
		for (String header : Collections.list(request.getHeaders("Prefer"))) {
			for (String preference : header.split(",", -1)) {
				String[] parts = preference.split(";", 2)[0].split("=", 2);
				if (parts.length == 2 && parts[0].strip().toLowerCase(Locale.ROOT).equals("wait")) {
					String value = parts[1].strip().replace("\"", "");
					if (value.matches("\\d{1,9}")) {
						int seconds = Math.min(Integer.parseInt(value), MAX_SECONDS);
						response.setHeader("Preference-Applied", "wait=" + seconds);
						return Duration.ofSeconds(seconds);
					}
				}
			}
		}
		return Duration.ZERO;
	}

}
