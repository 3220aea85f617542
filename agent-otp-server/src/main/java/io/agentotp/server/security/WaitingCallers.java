package io.agentotp.server.security;

import io.agentotp.server.agent.Agents;
import io.agentotp.server.user.Person;
import io.agentotp.server.user.UserSessions;
import io.agentotp.server.user.Users;
import jakarta.servlet.http.HttpServletRequest;

import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Component;

/**
 * Looks again who sent a request that has waited: a key, a session or a user may have
 * ended in the meantime.
 */
@Component
public final class WaitingCallers {

	private final Agents agents;

	private final Users users;

	private final UserSessions sessions;

	private final SessionCookies cookies;

	WaitingCallers(Agents agents, Users users, UserSessions sessions, SessionCookies cookies) {
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
		return caller.getPrincipal() instanceof Person before && this.users.find(before.getUsername())
			.filter((now) -> now.passwordMark().equals(before.passwordMark()))
			.isPresent() && this.cookies.find(request).filter(this.sessions::isOpen).isPresent();
	}

}
