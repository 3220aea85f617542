package io.agentotp.server.api;

import java.time.Duration;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.failure.LimitExceededException;
import io.agentotp.server.limit.AgentLimits;
import io.agentotp.server.metric.Meters;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Counts what agents send, whatever it is, and refuses what is too much.
 */
public final class AgentBudgets implements HandlerInterceptor {

	private final AgentLimits limits;

	private final Meters meters;

	public AgentBudgets(AgentLimits limits, Meters meters) {
		this.limits = limits;
		this.meters = meters;
	}

	@Override
	public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
		Authentication caller = SecurityContextHolder.getContext().getAuthentication();
		if (request.getDispatcherType() == DispatcherType.ASYNC || caller == null
				|| !(caller.getPrincipal() instanceof Agent agent)) {
			return true;
		}
		AgentLimits.Budget budget = this.limits.take(agent);
		response.setHeader("X-RateLimit-Limit", String.valueOf(budget.limit()));
		response.setHeader("X-RateLimit-Remaining", String.valueOf(budget.remaining()));
		// Milliseconds, as the original has it.
		response.setHeader("X-RateLimit-Reset", String.valueOf(budget.reset().toEpochMilli()));
		if (!budget.granted()) {
			this.meters.limited(agent.id(), Meters.Limit.RATE);
			throw new LimitExceededException(
					"This agent may send " + budget.limit()
							+ " requests a minute. Wait for as long as Retry-After says",
					Duration.ofSeconds(Math.max(1, budget.untilNext().plusMillis(999).toSeconds())));
		}
		return true;
	}

}
