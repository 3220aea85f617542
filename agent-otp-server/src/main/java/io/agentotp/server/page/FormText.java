package io.agentotp.server.page;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.json.JsonText;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * Text of forms.
 */
final class FormText {

	static final int MAX_REASON = 2000;

	private FormText() {
	}

	/**
	 * The reason that a person gives.
	 * @param request the form
	 * @return the reason, or {@code null} if none is given
	 * @throws RefusedException if it cannot be kept
	 */
	static @Nullable String reason(HttpServletRequest request) {
		String reason = request.getParameter("reason");
		if (reason == null || reason.isBlank()) {
			return null;
		}
		// Forms send line ends of their own.
		String given = reason.strip().replace("\r\n", "\n");
		if (given.length() > MAX_REASON || JsonText.problem(given) != null) {
			throw new InvalidInputException("reason",
					"must have at most " + MAX_REASON + " characters, none of them NUL");
		}
		return given;
	}

	/**
	 * A filter of a list.
	 * @param request the request
	 * @param name its name
	 * @return its value, empty if there is none
	 */
	static String filter(HttpServletRequest request, String name) {
		String value = request.getParameter(name);
		String text = (value != null) ? value.strip() : "";
		// Browsers send a moment without its zone, and leave out seconds that are zero.
		if (text.matches("\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2})?")) {
			return (text.length() == 16) ? text + ":00Z" : text + "Z";
		}
		return text;
	}

}
