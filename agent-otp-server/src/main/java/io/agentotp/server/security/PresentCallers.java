package io.agentotp.server.security;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

import io.agentotp.server.agent.Agents;
import io.agentotp.server.agent.UnknownKeyException;
import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.user.Person;
import io.agentotp.server.user.UserSessions;
import io.agentotp.server.user.Users;
import io.agentotp.server.web.Caller;
import jakarta.servlet.http.HttpServletRequest;

import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Component;

/**
 * Looks again at who sent a request that has waited.
 */
@Component
public final class PresentCallers {

	private final Agents agents;

	private final Users users;

	private final UserSessions sessions;

	private final SessionCookies cookies;

	private final InstantSource clock;

	PresentCallers(Agents agents, Users users, UserSessions sessions, SessionCookies cookies, InstantSource clock) {
		this.clock = clock;
		this.agents = agents;
		this.users = users;
		this.sessions = sessions;
		this.cookies = cookies;
	}

	/**
	 * Whether a caller may still get the answer.
	 * @param caller who it was when the request came
	 * @param request the request
	 * @return {@code false} if its key, session, password or account ended
	 */
	public boolean isKnown(Authentication caller, HttpServletRequest request) {
		String key = ApiKeyFilter.key(request);
		if (key != null) {
			return ApiKeyFilter.isOfUser(key) ? this.users.findByKey(key).isPresent()
					: this.agents.findByKey(key).isPresent();
		}
		return isSignedIn(this.users.find(caller.getName()), caller, request);
	}

	/**
	 * Requires that a person may still act, and lets nobody end that until the present
	 * transaction ends.
	 * @param caller the person as it was when the request came
	 * @param request the request
	 * @param allowed who may do what is done
	 */
	void requireStill(Authentication caller, HttpServletRequest request, Caller... allowed) {
		String key = ApiKeyFilter.key(request);
		Optional<Person> present = (key != null) ? this.users.lockByKey(key) : this.users.lock(caller.getName());
		if (key != null && present.isEmpty()) {
			throw new UnknownKeyException(UnknownKeyException.UNKNOWN);
		}
		if (key == null && !isSignedIn(present, caller, request)) {
			throw new NotAllowedException("You were signed out meanwhile, so nothing was changed. Sign in again");
		}
		if (!Caller.isAny(present.orElseThrow().getAuthorities(), allowed)) {
			throw new NotAllowedException("Your role was taken away meanwhile, so nothing was changed");
		}
	}

	private boolean isSignedIn(Optional<Person> present, Authentication caller, HttpServletRequest request) {
		return caller.getPrincipal() instanceof Person before
				&& request.getAttribute(SessionUsers.END) instanceof Instant end && end.isAfter(this.clock.instant())
				&& present.filter((now) -> now.passwordMark().equals(before.passwordMark())).isPresent()
				&& this.cookies.find(request).filter(this.sessions::isOpen).isPresent();
	}

}
