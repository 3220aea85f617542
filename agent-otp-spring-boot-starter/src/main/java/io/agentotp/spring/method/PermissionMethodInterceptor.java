package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.util.Optional;
import java.util.function.Supplier;

import io.agentotp.spring.guard.PermissionGuard;
import io.agentotp.spring.guard.ToolCallContext;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.util.function.SingletonSupplier;

/**
 * Hands every call of a guarded method to the guard. A call that it cannot place is
 * refused.
 */
final class PermissionMethodInterceptor implements MethodInterceptor {

	private final GuardedMethods guardedMethods;

	private final Supplier<PermissionGuard> guard;

	private final Supplier<Optional<ArgumentValidation>> validation;

	PermissionMethodInterceptor(GuardedMethods guardedMethods, Supplier<PermissionGuard> guard,
			Supplier<@Nullable ArgumentValidation> validation) {
		this.guardedMethods = guardedMethods;
		this.guard = guard;
		// An empty one is remembered, null would not be.
		this.validation = SingletonSupplier.of(() -> Optional.ofNullable(validation.get()));
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		Method method = invocation.getMethod();
		Object target = invocation.getThis();
		// The class that the pointcut was asked about, also where it is a proxy's own.
		GuardedMethod guarded = this.guardedMethods.find(method, (target != null) ? target.getClass() : null);
		if (guarded == null) {
			throw new IllegalStateException("No @RequiresPermission found for " + method + ", which is guarded");
		}
		if (!(invocation instanceof GuardedInvocation call)) {
			throw new IllegalStateException("The proxy of " + method
					+ " was made without AgentOtpMethodAutoConfiguration "
					+ "in its application context, so that nothing keeps its body from running twice: import it there");
		}
		try (ToolCallContext.Scope caller = call.caller().open()) {
			return this.guard.get().invoke(new MethodCall(guarded, call, this.validation.get().orElse(null)));
		}
	}

}
