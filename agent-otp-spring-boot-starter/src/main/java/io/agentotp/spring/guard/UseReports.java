package io.agentotp.spring.guard;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import io.agentotp.AgentOtpClient;
import io.agentotp.AgentOtpException;
import io.agentotp.Permission;
import io.agentotp.TokenUse;
import io.agentotp.PermissionExchange;
import io.agentotp.UseListener;
import io.agentotp.spring.event.PermissionUseFailedEvent;
import io.agentotp.spring.event.PermissionUsedEvent;
import org.jspecify.annotations.Nullable;

/**
 * Marks permissions used. After the body nothing of it reaches the caller: the deed is
 * done, and an exception would invite the caller to do it again.
 */
final class UseReports {

	/** What is told about a body that was cancelled. */
	static final Map<String, Object> CANCELLED = Map.of("outcome", "cancelled");

	private final AgentOtpClient client;

	private final PermissionExchange exchange;

	private final GuardEvents events;

	UseReports(AgentOtpClient client, PermissionExchange exchange, GuardEvents events) {
		this.client = client;
		this.exchange = exchange;
		this.events = events;
	}

	/**
	 * Uses a permission up before the body.
	 * @return how often it can still be used
	 * @throws AgentOtpException if that fails, and then the body must not run
	 */
	TokenUse before(Permission grant, Map<String, String> headers) {
		TokenUse use = TraceHeaders.apply(this.client, headers).useToken(grant, Map.of("outcome", "started"));
		this.events.publish(new PermissionUsedEvent(grant.withoutToken(), "started"));
		return use;
	}

	/**
	 * Reports how the body ended. Never throws.
	 */
	void after(Permission grant, Map<String, Object> details, Map<String, String> headers) {
		this.exchange.reportBlocking(this.client, grant, details, TraceHeaders.options(headers));
	}

	/**
	 * Reports how the body ended, without blocking.
	 * @return completes after the first try, never with an exception
	 */
	CompletableFuture<Void> afterAsync(Permission grant, Map<String, Object> details, Map<String, String> headers) {
		return this.exchange.report(this.client.async(), grant, details, TraceHeaders.options(headers));
	}

	/**
	 * Return what is told about the end of a body. The message of a failure may hold what
	 * the body worked on.
	 */
	static Map<String, Object> outcome(@Nullable Throwable failure) {
		return (failure != null) ? Map.of("outcome", "failed", "error", failure.getClass().getName())
				: Map.of("outcome", "succeeded");
	}

	/**
	 * Return what is told about a call that has ended without its body: what stands
	 * between the guard and the body has answered itself, such as a cache or a circuit
	 * breaker.
	 */
	static Map<String, Object> notRun(Map<String, Object> outcome) {
		Map<String, Object> told = new LinkedHashMap<>(outcome);
		told.put("outcome", "not run");
		return told;
	}

	/**
	 * Return what publishes the end of reports as events.
	 */
	static UseListener publishing(GuardEvents events) {
		return new UseListener() {

			@Override
			public void used(Permission permission, String outcome) {
				events.publish(new PermissionUsedEvent(permission, outcome));
			}

			@Override
			public void notReported(Permission permission, String outcome, Throwable failure) {
				if (failure instanceof AgentOtpException ex) {
					events.publish(new PermissionUseFailedEvent(permission, outcome, ex));
				}
			}

		};
	}

}
