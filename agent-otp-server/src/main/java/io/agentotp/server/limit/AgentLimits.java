package io.agentotp.server.limit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.failure.TryLaterException;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Counts the requests of each agent. What cannot be counted is refused.
 */
@Component
public final class AgentLimits {

	private static final Logger logger = LoggerFactory.getLogger(AgentLimits.class);

	private final Buckets buckets;

	private final AgentOtpServerProperties.Limits defaults;

	private final InstantSource clock;

	AgentLimits(Buckets buckets, AgentOtpServerProperties.Limits defaults, InstantSource clock) {
		this.buckets = buckets;
		this.defaults = defaults;
		this.clock = clock;
	}

	/**
	 * Counts a request.
	 * @param agent who sends it
	 * @return whether it may go on, and what is left
	 */
	public Budget take(Agent agent) {
		int limit = requestsPerMinute(agent);
		try {
			ConsumptionProbe probe = bucket(agent, limit).tryConsumeAndReturnRemaining(1);
			return new Budget(probe.isConsumed(), limit, probe.getRemainingTokens(),
					Duration.ofNanos(probe.getNanosToWaitForRefill()),
					this.clock.instant().plusNanos(probe.getNanosToWaitForReset()));
		}
		catch (RuntimeException ex) {
			logger.warn("The requests of agents cannot be counted, so they are refused: {}", ex.toString());
			throw TryLaterException.unavailable();
		}
	}

	/**
	 * Does not count a request after all.
	 * @param agent who sent it
	 */
	public void giveBack(Agent agent) {
		try {
			bucket(agent, requestsPerMinute(agent)).addTokens(1);
		}
		catch (RuntimeException ex) {
			logger.warn("A request that waited was counted all the same: {}", ex.toString());
		}
	}

	/**
	 * How many questions of an agent may wait at once.
	 * @param agent the agent
	 * @return the number
	 */
	public int maxPending(Agent agent) {
		return Objects.requireNonNullElse(agent.maxPending(), this.defaults.maxPending());
	}

	/**
	 * Forgets what is full again.
	 */
	@Scheduled(initialDelay = 60, fixedDelay = 60, timeUnit = TimeUnit.SECONDS)
	public void clean() {
		this.buckets.clean();
	}

	/**
	 * How many requests an agent may send a minute.
	 * @param agent the agent
	 * @return the number
	 */
	public int requestsPerMinute(Agent agent) {
		return Objects.requireNonNullElse(agent.requestsPerMinute(), this.defaults.requestsPerMinute());
	}

	private Bucket bucket(Agent agent, int limit) {
		// Another limit is another bucket.
		return this.buckets.get(agent.id() + ":" + limit, limit);
	}

	/**
	 * What is left of an agent's requests.
	 *
	 * @param granted whether the request may go on
	 * @param limit how many a minute
	 * @param remaining how many are left now
	 * @param untilNext how long until there is one again
	 * @param reset when all are there again
	 */
	public record Budget(boolean granted, int limit, long remaining, Duration untilNext, Instant reset) {
	}

}
