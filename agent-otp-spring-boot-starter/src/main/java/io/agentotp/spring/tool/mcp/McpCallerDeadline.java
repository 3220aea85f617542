package io.agentotp.spring.tool.mcp;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
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

	private final boolean known;

	private volatile @Nullable Runnable shown;

	private volatile boolean gone;

	private volatile boolean told;

	private final @Nullable McpSessions sessions;

	private final Object call;

	private volatile @Nullable Runnable withdraw;

	private volatile boolean done = true;

	McpCallerDeadline(McpClient client, McpToolSettings settings, InstantSource clock) {
		this(client, settings, clock, null, "", true);
	}

	/**
	 * Creates one.
	 * @param call the tool and its arguments
	 * @param known whether one client can be told from another
	 */
	McpCallerDeadline(McpClient client, McpToolSettings settings, InstantSource clock, @Nullable McpSessions sessions,
			Object call, boolean known) {
		this.sessions = (client.session() != null) ? sessions : null;
		this.call = call;
		this.client = client;
		this.known = known;
		this.settings = settings;
		this.clock = clock;
		this.end = clock.instant().plus(settings.maxWait());
		if (this.sessions != null) {
			this.sessions.begin(session(), this);
		}
	}

	@Override
	public boolean isCallerKnown() {
		return this.known;
	}

	private String session() {
		return Objects.requireNonNull(this.client.session());
	}

	/**
	 * Return whether this is the call of a request.
	 */
	boolean isOf(Object request) {
		return request.toString().equals(Objects.toString(this.client.request(), null));
	}

	/**
	 * Nobody waits for the end of the call any more: it does not begin, and its
	 * permission request is withdrawn.
	 */
	void cancel() {
		this.gone = true;
		Runnable withdraw = this.withdraw;
		if (withdraw != null) {
			withdraw.run();
		}
	}

	@Override
	public boolean isGone() {
		return this.gone;
	}

	/**
	 * The call has ended, and its permission request stays open.
	 */
	void leaveOpen() {
		this.done = false;
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
		this.withdraw = withdraw;
		if (this.gone) {
			withdraw.run();
			return;
		}
		if (this.sessions != null) {
			// The end of the session is no answer of its user.
			this.sessions.leave(session(), this.call, permission.id(), () -> {
				this.gone = true;
				withdraw.run();
			});
		}
		if (this.settings.elicitationRequired()) {
			this.told = request(permission).isPresent();
			return;
		}
		if (!this.settings.elicitation()) {
			return;
		}
		request(permission).ifPresent((request) -> {
			hide();
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
		leaveOpen();
	}

	/**
	 * What the client may still say does not matter any more.
	 */
	@Override
	public void close() {
		hide();
		if (this.sessions != null) {
			this.sessions.end(session(), this, this.call, this.done);
		}
	}

	private void hide() {
		Runnable shown = this.shown;
		if (shown != null) {
			shown.run();
		}
	}

}
