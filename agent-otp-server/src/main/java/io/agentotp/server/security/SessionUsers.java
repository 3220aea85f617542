package io.agentotp.server.security;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

import io.agentotp.server.token.Tokens;
import io.agentotp.server.user.Person;
import io.agentotp.server.user.Users;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;

import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.context.HttpRequestResponseHolder;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.session.FindByIndexNameSessionRepository;

/**
 * Keeps in a session only who signed in, sealed, since who writes the database could put
 * another name there. What that person may do is read anew for each request. The seal is
 * good for the password of the sign-in: a session that is stored while the password
 * changes is over. It says when the person signed in, so that nobody stays signed in for
 * longer than the setting allows.
 */
final class SessionUsers implements SecurityContextRepository {

	// The name by which Spring Session finds the sessions of a person.
	private static final String USER = FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME;

	private static final String KIND = "session";

	private static final String SEAL = "agentotp.USER_SEAL";

	private final Users users;

	private final Tokens tokens;

	private final InstantSource clock;

	private final Duration longest;

	SessionUsers(Users users, Tokens tokens, InstantSource clock, Duration longest) {
		this.users = users;
		this.tokens = tokens;
		this.clock = clock;
		this.longest = longest;
	}

	@Override
	@SuppressWarnings("deprecation")
	public SecurityContext loadContext(HttpRequestResponseHolder holder) {
		SecurityContext context = new SecurityContextImpl();
		HttpSession session = holder.getRequest().getSession(false);
		if (session != null && session.getAttribute(USER) instanceof String name) {
			this.users.find(name)
				.filter((user) -> isIntact(session, user))
				.ifPresentOrElse(
						(user) -> context.setAuthentication(
								UsernamePasswordAuthenticationToken.authenticated(user, null, user.getAuthorities())),
						session::invalidate);
		}
		return context;
	}

	@Override
	public void saveContext(SecurityContext context, HttpServletRequest request, HttpServletResponse response) {
		Authentication user = context.getAuthentication();
		if (user != null && user.getPrincipal() instanceof Person person) {
			HttpSession session = request.getSession();
			session.setAttribute(USER, person.getUsername());
			String at = this.clock.instant().toString();
			session.setAttribute(SEAL, at + " " + this.tokens.seal(KIND, values(session, person, at)));
		}
	}

	private boolean isIntact(HttpSession session, Person user) {
		if (!(session.getAttribute(SEAL) instanceof String text) || text.indexOf(' ') < 0) {
			return false;
		}
		String at = text.substring(0, text.indexOf(' '));
		String seal = text.substring(at.length() + 1);
		return this.tokens.check(seal, KIND, values(session, user, at)) == Tokens.Seal.INTACT
				&& Instant.parse(at).plus(this.longest).isAfter(this.clock.instant());
	}

	private static String[] values(HttpSession session, Person user, String at) {
		return new String[] { session.getId(), user.getUsername(), user.passwordMark(), at };
	}

	@Override
	public boolean containsContext(HttpServletRequest request) {
		HttpSession session = request.getSession(false);
		return session != null && session.getAttribute(USER) != null;
	}

}
