package io.agentotp.server.limit;

import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.github.bucket4j.Bucket;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How a node counts ahead where a bucket costs a transaction.
 */
class AgentLimitsTests {

	private static final int LIMIT = 600;

	private static final int BLOCK = 10;

	private Instant now = Instant.parse("2026-01-01T00:00:00Z");

	private final Costly buckets = new Costly();

	private final AgentLimits node = node();

	@Test
	void takeWhenAgentSendsManyThenOneBucketForEachBlock() {
		for (int i = 1; i <= 3 * BLOCK; i++) {
			AgentLimits.Budget budget = this.node.take(agent());
			assertThat(budget.granted()).isTrue();
			assertThat(budget.limit()).isEqualTo(LIMIT);
			assertThat(budget.remaining()).isEqualTo(LIMIT - i);
		}
		// And once for the limit.
		assertThat(this.buckets.taken).isEqualTo(4);
	}

	@Test
	void takeWhenTwoNodesThenTheLimitInAll() {
		AgentLimits other = node();
		other.take(agent());
		assertThat(granted(this.node, LIMIT)).isEqualTo(LIMIT - BLOCK);
		assertThat(this.node.take(agent()).untilNext()).isEqualTo(Duration.ofMillis(100));
		assertThat(granted(other, LIMIT)).isEqualTo(BLOCK - 1);
		this.now = this.now.plusMillis(300);
		assertThat(granted(this.node, LIMIT)).isEqualTo(3);
	}

	@Test
	void takeWhenAgentPausedThenAtMostOneBlockMore() {
		this.node.take(agent());
		this.now = this.now.plus(Duration.ofMinutes(1));
		assertThat(granted(this.node, 2 * LIMIT)).isEqualTo(LIMIT + BLOCK - 1);
		assertThat(granted(node(), LIMIT)).isZero();
	}

	@Test
	void takeWhenNodeEndsThenWhatItHeldIsLostToTheAgent() {
		this.node.take(agent());
		assertThat(granted(node(), LIMIT)).isEqualTo(LIMIT - BLOCK);
	}

	@Test
	void takeWhenTheLimitChangesThenNoMoreThanThatAlsoOfWhatWasCountedAhead() {
		AgentLimits other = node();
		assertThat(this.node.take(agent()).granted()).isTrue();
		assertThat(other.take(agent()).granted()).isTrue();
		Agent lowered = agent(5);
		assertThat(IntStream.range(0, 20)
			.filter((i) -> ((i % 2 == 0) ? this.node : other).take(lowered).granted())
			.count()).isLessThanOrEqualTo(5);
		assertThat(this.node.take(lowered).limit()).isEqualTo(5);
		assertThat(granted(this.node, LIMIT)).isLessThan(LIMIT / 5);
	}

	@Test
	void takeWhenANodeStartsWithAnotherLimitThenWhatWasUsedStaysUsed() {
		granted(this.node, LIMIT);
		assertThat(node().take(agent(7)).granted()).isFalse();
		assertThat(node().take(agent(70)).granted()).isFalse();
	}

	private AgentLimits node() {
		return new AgentLimits(this.buckets, new AgentOtpServerProperties.Limits(LIMIT, 100, 0, 5, 60), () -> this.now);
	}

	private static int granted(AgentLimits node, int times) {
		return (int) IntStream.range(0, times).filter((i) -> node.take(agent()).granted()).count();
	}

	private static Agent agent() {
		return agent(null);
	}

	private static Agent agent(Integer limit) {
		return new Agent("mailer", true, null, null, "", null, true, true, false, limit, null, null, false, "1", 0,
				Instant.EPOCH);
	}

	/**
	 * Buckets that all nodes share.
	 */
	private final class Costly implements Buckets {

		private final Buckets.Local local = new Buckets.Local(() -> AgentLimitsTests.this.now);

		private int taken;

		@Override
		public Bucket get(String id, int perMinute) {
			this.taken++;
			return this.local.get(id, perMinute);
		}

		@Override
		public int block(int perMinute) {
			return BLOCK;
		}

		@Override
		public void clean() {
			this.local.clean();
		}

	}

}
