package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;

import io.agentotp.AgentOtpClient;
import io.agentotp.AgentOtpException;
import io.agentotp.Permission;
import io.agentotp.PermissionNotGrantedException;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.PermissionContext;
import io.agentotp.spring.PermissionPendingEvent;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.support.AopUtils;
import org.springframework.context.ApplicationEventPublisher;

/**
 * Asks, waits, checks, runs the body, reports. There is one way to the body, and it leads
 * through {@link Permission#orThrow()}.
 */
final class PermissionMethodInterceptor implements MethodInterceptor {

	private static final Logger logger = LoggerFactory.getLogger(PermissionMethodInterceptor.class);

	private static final String REFUSAL = PermissionMethodInterceptor.class.getName() + ".refusal";

	private final GuardedMethods guardedMethods;

	private final Supplier<AgentOtpClient> client;

	private final Supplier<Duration> approvalTimeout;

	private final ApplicationEventPublisher events;

	PermissionMethodInterceptor(GuardedMethods guardedMethods, Supplier<AgentOtpClient> client,
			Supplier<Duration> approvalTimeout, ApplicationEventPublisher events) {
		this.guardedMethods = guardedMethods;
		this.client = client;
		this.approvalTimeout = approvalTimeout;
		this.events = events;
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		GuardedMethod guarded = guardedMethod(invocation);
		if (!(invocation instanceof ProxyMethodInvocation call)) {
			throw new IllegalStateException("The guard needs Spring's own proxies");
		}
		if (call.getUserAttribute(REFUSAL) instanceof PermissionNotGrantedException refusal) {
			// A retry around the guard must not ask the human again.
			throw refusal;
		}
		@Nullable Object[] arguments = call.getArguments();
		GuardedCall asked = guarded.evaluate(call.getThis(), arguments);
		Permission permission;
		try {
			permission = ask(guarded, asked).orThrow();
		}
		catch (PermissionNotGrantedException ex) {
			call.setUserAttribute(REFUSAL, ex);
			throw ex;
		}
		try {
			check(guarded, asked, permission, arguments);
		}
		catch (AgentOtpException ex) {
			giveBack(permission.id(), ex.code());
			throw ex;
		}
		call.setArguments(guarded.inject(arguments, permission));
		return run(call, permission);
	}

	private GuardedMethod guardedMethod(MethodInvocation invocation) {
		Method method = invocation.getMethod();
		Object target = invocation.getThis();
		GuardedMethod guarded = this.guardedMethods.find(method,
				(target != null) ? AopUtils.getTargetClass(target) : null);
		if (guarded == null) {
			throw new IllegalStateException("No @RequiresPermission found for " + method + ", which is guarded");
		}
		return guarded;
	}

	private Permission ask(GuardedMethod guarded, GuardedCall asked) {
		AgentOtpClient client = this.client.get();
		Permission permission = client.requestPermission(asked.request());
		if (permission.status() != PermissionStatus.PENDING) {
			return permission;
		}
		logger.info("Waiting for approval of {}{}", permission.action(),
				permission.approvalUrl().map((url) -> " at " + url).orElse(""));
		Permission decided = null;
		try {
			this.events.publishEvent(new PermissionPendingEvent(permission));
			Duration timeout = guarded.timeout();
			decided = client.awaitDecision(permission.id(), (timeout != null) ? timeout : this.approvalTimeout.get());
			return decided;
		}
		finally {
			if (decided == null || decided.status() == PermissionStatus.PENDING) {
				// Nobody shall approve a call that has ended.
				giveBack(permission.id(), "The call has stopped waiting");
			}
		}
	}

	private static void check(GuardedMethod guarded, GuardedCall asked, Permission permission,
			@Nullable Object[] arguments) {
		if (!permission.action().equals(guarded.action())
				|| !permission.callDigest().map(asked.digest()::equals).orElse(true)) {
			throw new CallRefusedException("GRANT_MISMATCH", "The service granted another call than the one asked for",
					null);
		}
		if (!guarded.takesPermission() && !CallDigest.same(asked.request().scope(), permission.scope())) {
			throw new CallRefusedException("SCOPE_NARROWED",
					"The granted scope differs from the requested one: take it into account by a parameter of type "
							+ "Permission",
					null);
		}
		if (!guarded.unchanged(asked, arguments)) {
			throw new CallRefusedException("CALL_CHANGED",
					"An argument has changed since the call was approved: pass values that nobody else changes", null);
		}
	}

	private @Nullable Object run(MethodInvocation call, Permission permission) throws Throwable {
		Map<String, Object> outcome = Map.of("outcome", "succeeded");
		try (PermissionContext.Scope scope = PermissionContext.open(permission)) {
			return call.proceed();
		}
		catch (Throwable ex) {
			// The message may hold what the body worked on.
			outcome = Map.of("outcome", "failed", "error", ex.getClass().getName());
			throw ex;
		}
		finally {
			report(permission, outcome);
		}
	}

	private void report(Permission permission, Map<String, Object> outcome) {
		try {
			this.client.get().useToken(permission, outcome);
		}
		catch (RuntimeException ex) {
			// The deed is done: an exception would invite the caller to do it again.
			logger.error("Permission {} was used for {}, but reporting it failed: {}", permission.id(),
					permission.action(), ex.getMessage());
		}
	}

	/** Without blocking, because the thread may be interrupted. */
	private void giveBack(String id, String reason) {
		this.client.get().async().revokeToken(id, reason).whenComplete((revocation, ex) -> {
			if (ex != null) {
				logger.debug("Permission {} could not be given back: {}", id, ex.getMessage());
			}
		});
	}

}
