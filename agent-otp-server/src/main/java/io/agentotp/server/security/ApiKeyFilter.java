package io.agentotp.server.security;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.agent.Agents;
import io.agentotp.server.agent.UnknownKeyException;
import io.agentotp.server.failure.LimitExceededException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.limit.SignInLimits;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.user.Users;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.Problem;
import io.agentotp.server.web.Problems;
import io.agentotp.server.web.RequestIds;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Recognises callers by the key in a header. A key always wins over a session, and a
 * wrong one is refused even if there is a session.
 */
final class ApiKeyFilter extends OncePerRequestFilter {

	private static final String BEARER = "Bearer ";

	private final Agents agents;

	private final Users users;

	private final SignInLimits limits;

	private final boolean testKeys;

	private final Meters meters;

	private final KnownCallers known = new KnownCallers();

	ApiKeyFilter(Agents agents, Users users, SignInLimits limits, boolean testKeys, Meters meters) {
		this.agents = agents;
		this.users = users;
		this.limits = limits;
		this.testKeys = testKeys;
		this.meters = meters;
	}

	static boolean hasKey(HttpServletRequest request) {
		return request.getHeader("Authorization") != null || request.getHeader("X-API-Key") != null;
	}

	/**
	 * Whether a request carries a key of this service. A proxy may send other credentials
	 * with what people do.
	 * @param request the request
	 * @return whether a program sends it
	 */
	static boolean hasOurKey(HttpServletRequest request) {
		String key = key(request);
		return key != null && (key.startsWith("ak_") || isOfUser(key));
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		if (hasKey(request)) {
			Problem problem = authenticate(request, response);
			if (problem != null) {
				JsonAnswer.write(response, problem);
				return;
			}
		}
		chain.doFilter(request, response);
	}

	private @Nullable Problem authenticate(HttpServletRequest request, HttpServletResponse response) {
		String key = key(request);
		if (key == null) {
			return Problem.of(401, "UNAUTHORIZED", "Send the key as: Authorization: Bearer <key>");
		}
		try {
			Optional<Authentication> caller = findCounted(key, request.getRemoteAddr());
			if (caller.isEmpty()) {
				this.meters.signedIn(Meters.SignIn.KEY, Meters.SignInResult.REJECTED);
				return Problem.of(401, "INVALID_API_KEY", UnknownKeyException.UNKNOWN);
			}
			SecurityContext context = SecurityContextHolder.createEmptyContext();
			context.setAuthentication(caller.get());
			SecurityContextHolder.setContext(context);
			return null;
		}
		catch (RuntimeException ex) {
			if (ex instanceof LimitExceededException || ex instanceof UnknownKeyException) {
				this.meters.signedIn(Meters.SignIn.KEY, (ex instanceof LimitExceededException)
						? Meters.SignInResult.LIMITED : Meters.SignInResult.REJECTED);
			}
			return Problems.of(ex, RequestIds.get(response));
		}
	}

	// Who was right before from where it comes is not held up by others who are wrong.
	private Optional<Authentication> findCounted(String key, String address) {
		if (this.known.contains(key, address)) {
			Optional<Authentication> caller = find(key);
			if (caller.isEmpty()) {
				this.known.remove(key, address);
				this.limits.key(address);
			}
			return caller;
		}
		SignInLimits.Attempt attempt = this.limits.key(address);
		Optional<Authentication> caller = find(key, attempt);
		if (caller.isPresent()) {
			attempt.giveBack();
			this.known.add(key, address);
		}
		return caller;
	}

	private Optional<Authentication> find(String key, SignInLimits.Attempt attempt) {
		try {
			return find(key);
		}
		catch (RefusedException ex) {
			// Not taken here: as wrong as one that is not known.
			throw ex;
		}
		catch (RuntimeException ex) {
			attempt.giveBack();
			throw ex;
		}
	}

	private Optional<Authentication> find(String key) {
		if (isOfUser(key)) {
			return this.users.findByKey(key)
				.map((user) -> new ApiKeyAuthentication(user, user.getUsername(), user.getAuthorities()));
		}
		return this.agents.findByKey(key)
			.map(this::requireTaken)
			.map((agent) -> new ApiKeyAuthentication(agent, agent.id(),
					List.of(new SimpleGrantedAuthority(Caller.AGENT.authority()))));
	}

	private Agent requireTaken(Agent agent) {
		if (agent.test() && !this.testKeys) {
			throw new UnknownKeyException(
					"This is a test key, which this service does not accept: its requests would be approved automatically. "
							+ "Use an ak_live_ key, or set agentotp.server.test-keys=true on a service for tests");
		}
		return agent;
	}

	static boolean isOfUser(String key) {
		return key.startsWith("uk_");
	}

	static @Nullable String key(HttpServletRequest request) {
		String authorization = request.getHeader("Authorization");
		if (authorization == null) {
			return request.getHeader("X-API-Key");
		}
		return authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
				? authorization.substring(BEARER.length()).strip() : null;
	}

}
