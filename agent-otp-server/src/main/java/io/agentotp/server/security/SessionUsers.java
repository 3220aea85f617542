package io.agentotp.server.security;

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
 * Keeps in a session only who signed in. What that person may do is read anew for each
 * request.
 */
final class SessionUsers implements SecurityContextRepository {

	// The name by which Spring Session finds the sessions of a person.
	private static final String USER = FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME;

	private final Users users;

	SessionUsers(Users users) {
		this.users = users;
	}

	@Override
	@SuppressWarnings("deprecation")
	public SecurityContext loadContext(HttpRequestResponseHolder holder) {
		SecurityContext context = new SecurityContextImpl();
		HttpSession session = holder.getRequest().getSession(false);
		if (session != null && session.getAttribute(USER) instanceof String name) {
			this.users.find(name)
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
		if (user != null) {
			request.getSession().setAttribute(USER, user.getName());
		}
	}

	@Override
	public boolean containsContext(HttpServletRequest request) {
		HttpSession session = request.getSession(false);
		return session != null && session.getAttribute(USER) != null;
	}

}
