package io.agentotp.server.security;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;

import io.agentotp.server.token.Tokens;
import io.agentotp.server.user.Person;
import io.agentotp.server.user.Users;
import io.agentotp.server.web.SignedIn;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import org.jspecify.annotations.Nullable;

import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.context.HttpRequestResponseHolder;
import org.springframework.security.web.context.SecurityContextRepository;
import org.springframework.session.FindByIndexNameSessionRepository;

/**
 * Keeps in a session only who signed in, sealed, since who writes the database could put
 * another name there. What that person may do is read anew for each request. The seal is
 * good for the password of the sign-in: a session that is stored while the password
 * changes is over. It says when the person signed in, so that nobody stays signed in for
 * longer than the setting allows, and when last again.
 */
final class SessionUsers implements SecurityContextRepository {

	/** The attribute of a request with when its person is signed out in any case. */
	static final String END = SessionUsers.class.getName() + ".END";

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
			Person user = this.users.find(name).orElse(null);
			Times times = (user != null) ? times(session, user) : null;
			if (user != null && times != null && times.end(this.longest).isAfter(this.clock.instant())) {
				context.setAuthentication(authenticated(user, times));
				holder.getRequest().setAttribute(END, times.end(this.longest));
			}
			else {
				session.invalidate();
			}
		}
		return context;
	}

	@Override
	public void saveContext(SecurityContext context, HttpServletRequest request, HttpServletResponse response) {
		Authentication user = context.getAuthentication();
		if (user != null && user.getPrincipal() instanceof Person person) {
			HttpSession session = request.getSession();
			session.setAttribute(USER, person.getUsername());
			Instant now = this.clock.instant();
			seal(session, person, new Times(now,
					(request.getAttribute(ProviderSignIn.AUTHENTICATED_AT) instanceof Instant at && at.isBefore(now))
							? at : now));
		}
	}

	/**
	 * Notes that the person of a session has just proved again who it is. The session
	 * does not last longer for that.
	 * @param request a request of the session
	 * @param person the person
	 */
	void signedInAgain(HttpServletRequest request, Person person) {
		HttpSession session = request.getSession(false);
		Times before = (session != null) ? times(session, person) : null;
		if (session != null && before != null) {
			Times times = new Times(before.begun(), this.clock.instant());
			seal(session, person, times);
			SecurityContext context = SecurityContextHolder.createEmptyContext();
			context.setAuthentication(authenticated(person, times));
			SecurityContextHolder.setContext(context);
		}
	}

	private static Authentication authenticated(Person person, Times times) {
		UsernamePasswordAuthenticationToken user = UsernamePasswordAuthenticationToken.authenticated(person, null,
				person.getAuthorities());
		user.setDetails(new SignedIn(times.authenticated()));
		return user;
	}

	private void seal(HttpSession session, Person person, Times times) {
		session.setAttribute(SEAL, times.begun() + " " + times.authenticated() + " "
				+ this.tokens.seal(KIND, values(session, person, times)));
	}

	private @Nullable Times times(HttpSession session, Person user) {
		String[] parts = (session.getAttribute(SEAL) instanceof String text) ? text.split(" ", -1) : new String[0];
		if (parts.length != 3) {
			return null;
		}
		try {
			Times times = new Times(Instant.parse(parts[0]), Instant.parse(parts[1]));
			return (this.tokens.check(parts[2], KIND, values(session, user, times)) == Tokens.Seal.INTACT) ? times
					: null;
		}
		catch (DateTimeParseException ex) {
			return null;
		}
	}

	private static String[] values(HttpSession session, Person user, Times times) {
		return new String[] { session.getId(), user.getUsername(), user.passwordMark(), times.begun().toString(),
				times.authenticated().toString() };
	}

	@Override
	public boolean containsContext(HttpServletRequest request) {
		HttpSession session = request.getSession(false);
		return session != null && session.getAttribute(USER) != null;
	}

	/**
	 * When the session began, and when the person last proved who it is.
	 *
	 * @param begun when it began
	 * @param authenticated when the person did
	 */
	private record Times(Instant begun, Instant authenticated) {

		Instant end(Duration longest) {
			return this.begun.plus(longest);
		}

	}

}
