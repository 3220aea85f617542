package io.agentotp.server.page;

import io.agentotp.server.failure.FieldProblems;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.json.Json;
import io.agentotp.server.json.JsonText;
import io.agentotp.server.permission.PasskeyAssertion;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Text of forms.
 */
final class FormText {

	static final int MAX_REASON = 2000;

	/**
	 * What a passkey signed, as JSON.
	 */
	static final String ASSERTION = "assertion";

	private FormText() {
	}

	/**
	 * What a passkey of the person signed.
	 * @param request the form
	 * @return the assertion, {@code null} if nothing was signed
	 */
	static @Nullable PasskeyAssertion assertion(HttpServletRequest request) {
		String text = request.getParameter(ASSERTION);
		if (text == null || text.isEmpty()) {
			return null;
		}
		ObjectNode json = Json.readObjectOrNull(text);
		FieldProblems problems = new FieldProblems();
		PasskeyAssertion assertion = PasskeyAssertion.read((json != null) ? json : Json.object(), problems::add);
		if (!problems.isEmpty()) {
			throw new InvalidInputException(problems);
		}
		return assertion;
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
