package io.agentotp.spring.tool.mcp;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

import io.agentotp.Permission;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.guard.CallerDeadline;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import io.modelcontextprotocol.spec.McpSchema.ElicitUrlRequest;
import org.jspecify.annotations.Nullable;

/**
 * How long the client of one call stays. It has a timeout that the server is not told,
 * and nothing stops the server when it has passed.
 */
final class McpCallerDeadline implements CallerDeadline, AutoCloseable {

	private static final Duration LONGEST_ANSWER = Duration.ofSeconds(2);

	private final McpClient client;

	private final McpToolSettings settings;

	private final InstantSource clock;

	private final Instant end;

	private volatile @Nullable Runnable shown;

	private volatile boolean gone;

	private volatile boolean told;

	McpCallerDeadline(McpClient client, McpToolSettings settings, InstantSource clock) {
		this.client = client;
		this.settings = settings;
		this.clock = clock;
		this.end = clock.instant().plus(settings.maxWait());
	}

	@Override
	public Duration left() {
		// Where to approve is told at once, and nobody waits here meanwhile.
		return this.told ? Duration.ZERO : untilEnd();
	}

	private Duration untilEnd() {
		return this.gone ? Duration.ZERO : Duration.between(this.clock.instant(), this.end);
	}

	@Override
	public void pending(Permission permission, Runnable withdraw) {
		if (this.settings.elicitationRequired()) {
			this.told = request(permission).isPresent();
			return;
		}
		if (!this.settings.elicitation()) {
			return;
		}
		request(permission).ifPresent((request) -> {
			close();
			this.shown = this.client.show(request, (answer) -> {
				// The client runs the agent: it can say no for its user, never yes.
				if (answer == ElicitResult.Action.DECLINE) {
					withdraw.run();
				}
			});
		});
	}

	/**
	 * Return what lets the client show where to approve, if it can.
	 */
	Optional<ElicitUrlRequest> request(Permission permission) {
		return permission.approvalUrl()
			.filter((url) -> this.client.showsPages())
			.map((url) -> ElicitUrlRequest
				.builder("Approval needed: " + permission.action(), url.toString(), permission.id())
				.build());
	}

	@Override
	public void requireCaller(boolean waited) {
		Duration left = untilEnd();
		if (left.isNegative() || left.isZero()) {
			throw new CallRefusedException("CALLER_GONE",
					"the time of this call was over before it could begin: call again with the same arguments", null);
		}
		if (waited && !runs(left)) {
			throw new CallRefusedException("CALL_AGAIN", "The permission was granted while the call waited", null);
		}
	}

	private boolean runs(Duration left) {
		return this.settings.afterWait() == AfterWait.RUN
				&& this.client.answers((left.compareTo(LONGEST_ANSWER) < 0) ? left : LONGEST_ANSWER);
	}

	/**
	 * The client has gone.
	 */
	void gone() {
		this.gone = true;
	}

	/**
	 * What the client may still say does not matter any more.
	 */
	@Override
	public void close() {
		Runnable shown = this.shown;
		if (shown != null) {
			shown.run();
		}
	}

}
