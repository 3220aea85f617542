package io.agentotp.server.limit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.failure.TryLaterException;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.util.ConcurrentLruCache;

/**
 * Counts the requests of each agent. What cannot be counted is refused. Where counting
 * costs a transaction, a node takes a block of requests ahead.
 */
@Component
public final class AgentLimits {

	private static final Logger logger = LoggerFactory.getLogger(AgentLimits.class);

	private static final int LATEST = 1000;

	private final Buckets buckets;

	private final AgentOtpServerProperties.Limits defaults;

	private final InstantSource clock;

	// What is forgotten here was counted, and is not used.
	private final ConcurrentLruCache<String, Block> blocks = new ConcurrentLruCache<>(LATEST, (id) -> new Block());

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
		Block block = this.blocks.get(id(agent));
		try {
			if (block.limit.get() != limit) {
				change(agent, limit, block);
			}
			Budget ahead = block.take();
			if (ahead != null) {
				return ahead;
			}
			Budget budget = take(agent, limit, block);
			// Another may have taken the last block.
			return budget.granted() ? budget : Objects.requireNonNullElse(block.take(), budget);
		}
		catch (RuntimeException ex) {
			logger.warn("The requests of agents cannot be counted, so they are refused: {}", ex.toString());
			throw TryLaterException.unavailable();
		}
	}

	// Also when this node counts for the agent for the first time: the bucket of another
	// node, or of the time before a start, may have another limit.
	private void change(Agent agent, int limit, Block block) {
		synchronized (block) {
			// Who comes second would drop what the first one has taken ahead.
			if (block.limit.get() != limit) {
				block.clear();
				Buckets.change(bucket(agent, limit), limit);
				block.limit.set(limit);
			}
		}
	}

	private Budget take(Agent agent, int limit, Block block) {
		Bucket bucket = bucket(agent, limit);
		int size = this.buckets.block(limit);
		// Whoever comes meanwhile takes one only, so that a node holds one block at most.
		if (size > 1 && block.mayHold(size) && block.taking.compareAndSet(false, true)) {
			try {
				Budget whole = block.last(take(bucket, limit, size));
				if (whole.granted()) {
					return whole.ahead(block.left.addAndGet(size - 1));
				}
			}
			finally {
				block.taking.set(false);
			}
		}
		return block.last(take(bucket, limit, 1));
	}

	private Budget take(Bucket bucket, int limit, int count) {
		ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(count);
		return new Budget(probe.isConsumed(), limit, probe.getRemainingTokens(),
				Duration.ofNanos(probe.getNanosToWaitForRefill()),
				this.clock.instant().plusNanos(probe.getNanosToWaitForReset()));
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
		Integer own = agent.requestsPerMinute();
		// Less was written into the database, so the agent is frozen, and told so.
		return (own != null && own > 0) ? own : this.defaults.requestsPerMinute();
	}

	private Bucket bucket(Agent agent, int limit) {
		return this.buckets.get(id(agent), limit);
	}

	private static String id(Agent agent) {
		return agent.id() + ":requests";
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

		// Of a request that was counted before.
		private Budget ahead(int left) {
			return new Budget(true, this.limit, this.remaining + left, Duration.ZERO, this.reset);
		}

	}

	/**
	 * Requests that were counted ahead.
	 */
	private static final class Block {

		private final AtomicInteger limit = new AtomicInteger();

		private final AtomicInteger left = new AtomicInteger();

		private final AtomicBoolean taking = new AtomicBoolean();

		// What the bucket said last.
		private volatile @Nullable Budget last;

		private @Nullable Budget take() {
			int before = this.left.getAndUpdate((count) -> Math.max(0, count - 1));
			Budget last = this.last;
			return (before > 0 && last != null) ? last.ahead(before - 1) : null;
		}

		// What was counted ahead of another limit would be more than the new one allows.
		private void clear() {
			this.left.set(0);
			this.last = null;
		}

		private boolean mayHold(int size) {
			Budget last = this.last;
			return last == null || last.remaining() >= size;
		}

		private Budget last(Budget budget) {
			this.last = budget;
			return budget;
		}

	}

}
