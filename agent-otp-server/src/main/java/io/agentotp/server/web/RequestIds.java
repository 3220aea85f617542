package io.agentotp.server.web;

import java.util.UUID;
import java.util.regex.Pattern;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/**
 * Gives each answer an id that stands in the log, too. A well-formed one of the caller is
 * kept.
 */
public final class RequestIds {

	private static final String HEADER = "X-Request-Id";

	private static final Pattern WELL_FORMED = Pattern.compile("[A-Za-z0-9._-]{1,64}");

	private RequestIds() {
	}

	public static void add(HttpServletRequest request, HttpServletResponse response) {
		String given = request.getHeader(HEADER);
		String id = (given != null && WELL_FORMED.matcher(given).matches()) ? given : UUID.randomUUID().toString();
		response.setHeader(HEADER, id);
	}

	public static String get(HttpServletResponse response) {
		String id = response.getHeader(HEADER);
		return (id != null) ? id : "-";
	}

}
