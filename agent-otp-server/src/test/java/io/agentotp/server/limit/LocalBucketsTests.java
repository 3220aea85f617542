package io.agentotp.server.limit;

import java.time.Duration;
import java.time.Instant;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.failure.TryLaterException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * However many come, what is counted in memory has an end, and nothing that counts is
 * forgotten for it.
 */
class LocalBucketsTests {

	private static final String ADDRESS = "sign-in:address:";

	private Instant now = Instant.parse("2026-01-01T00:00:00Z");

	private final Buckets.Local buckets = new Buckets.Local(() -> this.now);

	@Test
	void getWhenNoRoomThenRefusedAndNothingForgotten() {
		for (int i = 0; i < Buckets.Local.MAX; i++) {
			assertThat(this.buckets.get(ADDRESS + i, 1).tryConsume(1)).isTrue();
		}
		for (int i = 0; i < 3; i++) {
			this.now = this.now.plusSeconds(2);
			assertThatIllegalStateException().isThrownBy(() -> this.buckets.get(ADDRESS + "new", 1));
		}
		assertThat(this.buckets.size()).isEqualTo(Buckets.Local.MAX);
		for (int i = 0; i < Buckets.Local.MAX; i++) {
			assertThat(this.buckets.get(ADDRESS + i, 1).tryConsume(1)).isFalse();
		}
	}

	@Test
	void getWhenNoRoomButSomeAreFullAgainThenThoseGo() {
		for (int i = 0; i < Buckets.Local.MAX; i++) {
			this.buckets.get(ADDRESS + i, (i == 7) ? 60 : 1).tryConsume(1);
		}
		// The clock has not moved since there was no room, so nobody looks again.
		assertThatIllegalStateException().isThrownBy(() -> this.buckets.get(ADDRESS + "new", 1));
		this.now = this.now.plusSeconds(1);
		assertThat(this.buckets.get(ADDRESS + "new", 1).tryConsume(1)).isTrue();
		assertThat(this.buckets.size()).isEqualTo(Buckets.Local.MAX);
		this.now = this.now.plus(Duration.ofMinutes(1));
		this.buckets.clean();
		assertThat(this.buckets.size()).isZero();
	}

	@Test
	void passwordWhenNoRoomForStrangersThenRefusedAndWhoIsKnownGoesOn() {
		SignInLimits limits = new SignInLimits(this.buckets, new AgentOtpServerProperties.Limits(600, 100, 0, 1, 60));
		for (int i = 0; i < Buckets.Local.MAX; i++) {
			this.buckets.get("sign-in:account:" + i, 3).tryConsume(1);
		}
		for (int i = 0; i < 3; i++) {
			assertThatExceptionOfType(TryLaterException.class)
				.isThrownBy(() -> limits.password("alice", "203.0.113.1", null))
				.satisfies((refusal) -> assertThat(refusal).isExactlyInstanceOf(TryLaterException.class));
		}
		limits.password("alice", "203.0.113.1", "her device");
		limits.key("203.0.113.1");
		assertThat(this.buckets.get("mailer:600", 600).tryConsume(1)).isTrue();
		this.now = this.now.plus(Duration.ofMinutes(1));
		limits.password("alice", "203.0.113.1", null);
	}

}
