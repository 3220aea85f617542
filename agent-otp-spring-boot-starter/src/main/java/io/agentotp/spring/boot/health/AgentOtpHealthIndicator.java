package io.agentotp.spring.boot.health;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;

import io.agentotp.AgentOtpClient;
import io.agentotp.AgentOtpException;
import io.agentotp.GrantVerifier;
import io.agentotp.trust.SignedGrants;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether the permission service can be reached and accepts the key. Asks for no
 * permission, and at most once in a while.
 */
public final class AgentOtpHealthIndicator implements HealthIndicator {

	private final AgentOtpClient client;

	private final String mode;

	private final GrantVerifier verifier;

	private final Duration timeToLive;

	private final InstantSource clock;

	private final ReentrantLock lock = new ReentrantLock();

	private @Nullable Health last;

	private Instant checkedAt = Instant.MIN;

	/**
	 * Creates an indicator.
	 * @param client the client to check
	 * @param mode who decides, such as {@code remote}; shown as a detail
	 * @param verifier whose trust file to look at
	 * @param timeToLive how long a result is kept
	 * @param clock tells the age of a result
	 */
	public AgentOtpHealthIndicator(AgentOtpClient client, String mode, GrantVerifier verifier, Duration timeToLive,
			InstantSource clock) {
		this.client = client;
		this.mode = mode;
		this.verifier = verifier;
		this.timeToLive = timeToLive;
		this.clock = clock;
	}

	@Override
	public Health health() {
		this.lock.lock();
		try {
			Health health = this.last;
			if (health == null || this.checkedAt.plus(this.timeToLive).isBefore(this.clock.instant())) {
				health = check();
				this.last = health;
				this.checkedAt = this.clock.instant();
			}
			return health;
		}
		finally {
			this.lock.unlock();
		}
	}

	private Health check() {
		try {
			this.client.checkAccess();
			return withTrustFile(Health.up().withDetail("mode", this.mode)).build();
		}
		catch (AgentOtpException ex) {
			return withTrustFile(Health.down()
				.withDetail("mode", this.mode)
				.withDetail("code", ex.code())
				.withDetail("message", String.valueOf(ex.getMessage()))).build();
		}
	}

	/** One that is broken leaves the one before in force: calls go on. */
	private Health.Builder withTrustFile(Health.Builder health) {
		return (this.verifier instanceof SignedGrants signed)
				? health.withDetail("trustFile", signed.problem().orElse("exported at " + signed.exportedAt()))
				: health;
	}

}
