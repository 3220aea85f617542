package io.agentotp.server.web;

import java.util.Optional;

import io.agentotp.server.token.Tokens;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * What one page leaves for the next one of the same session. It is sealed, since a page
 * says it in the name of the service.
 */
@Component
public final class SessionNotes {

	private static final String KIND = "note";

	private final Tokens tokens;

	SessionNotes(Tokens tokens) {
		this.tokens = tokens;
	}

	/**
	 * Leaves a note.
	 * @param request the request
	 * @param name its name
	 * @param text the note
	 */
	public void put(HttpServletRequest request, String name, String text) {
		HttpSession session = request.getSession();
		session.setAttribute(name, this.tokens.seal(KIND, session.getId(), name, text) + " " + text);
	}

	/**
	 * Takes a note away.
	 * @param request the request
	 * @param name its name
	 * @return the note, empty also if somebody else wrote it
	 */
	public Optional<String> take(HttpServletRequest request, String name) {
		HttpSession session = request.getSession(false);
		Object note = (session != null) ? session.getAttribute(name) : null;
		if (session == null || note == null) {
			return Optional.empty();
		}
		session.removeAttribute(name);
		return Optional.of(note)
			.filter(String.class::isInstance)
			.map(String.class::cast)
			.map((sealed) -> text(session, name, sealed));
	}

	private @Nullable String text(HttpSession session, String name, String sealed) {
		int end = sealed.indexOf(' ');
		String text = sealed.substring(end + 1);
		return (end > 0
				&& this.tokens.check(sealed.substring(0, end), KIND, session.getId(), name, text) == Tokens.Seal.INTACT)
						? text : null;
	}

}
