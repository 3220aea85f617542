package io.agentotp.spring.method;

import java.util.Map;

import io.agentotp.Permission;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;

/**
 * The invocation of a guarded method through its proxy.
 */
final class MethodCall implements Invocation {

	private static final String REFUSAL = MethodCall.class.getName() + ".refusal";

	private final GuardedMethod guarded;

	private final ProxyMethodInvocation invocation;

	MethodCall(GuardedMethod guarded, ProxyMethodInvocation invocation) {
		this.guarded = guarded;
		this.invocation = invocation;
	}

	@Override
	public GuardedMethod operation() {
		return this.guarded;
	}

	@Override
	public void validate(ArgumentValidation validation) {
		validation.validate(this.guarded, this.invocation.getThis(), this.invocation.getArguments());
	}

	@Override
	public GuardedCall evaluate(Map<String, ?> caller) {
		return this.guarded.evaluate(this.invocation.getThis(), this.invocation.getArguments(), caller);
	}

	@Override
	public void verify(GuardedCall asked, Permission grant) {
		this.guarded.verify(asked, grant, this.invocation.getThis(), this.invocation.getArguments());
	}

	@Override
	public void requireUnchanged(GuardedCall asked) {
		this.guarded.requireUnchanged(asked, this.invocation.getArguments());
	}

	@Override
	public @Nullable Object proceed(Permission grant) throws Throwable {
		this.invocation.setArguments(this.guarded.inject(this.invocation.getArguments(), grant));
		return this.invocation.proceed();
	}

	@Override
	public MethodCall later() {
		// The invocation itself moves on when this returns.
		return new MethodCall(this.guarded, (ProxyMethodInvocation) this.invocation.invocableClone());
	}

	@Override
	public @Nullable RuntimeException refusal() {
		return (RuntimeException) this.invocation.getUserAttribute(REFUSAL);
	}

	@Override
	public void remember(RuntimeException refusal) {
		this.invocation.setUserAttribute(REFUSAL, refusal);
	}

}
