package io.agentotp.spring.method;

import java.util.Map;

import io.agentotp.Permission;
import io.agentotp.spring.guard.Invocation;
import io.agentotp.spring.guard.ReturnKind;
import io.agentotp.spring.operation.GuardedCall;
import io.agentotp.spring.operation.Masking;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.core.ReactiveAdapter;

/**
 * The invocation of a guarded method through its proxy.
 */
public final class MethodCall implements Invocation {

	private static final String REFUSAL = MethodCall.class.getName() + ".refusal";

	private final GuardedMethod guarded;

	private final ProxyMethodInvocation invocation;

	private final @Nullable ArgumentValidation validation;

	MethodCall(GuardedMethod guarded, ProxyMethodInvocation invocation, @Nullable ArgumentValidation validation) {
		this.guarded = guarded;
		this.invocation = invocation;
		this.validation = validation;
	}

	@Override
	public GuardedMethod operation() {
		return this.guarded;
	}

	@Override
	public ReturnKind returnKind() {
		return this.guarded.returnKind();
	}

	@Override
	public @Nullable ReactiveAdapter adapter() {
		return this.guarded.adapter();
	}

	@Override
	public GuardedCall evaluate(Map<String, ?> caller, Masking masking) {
		if (this.validation != null) {
			this.validation.validate(this.guarded, this.invocation.getThis(), this.invocation.getArguments());
		}
		return this.guarded.evaluate(BeanNames.of(this.invocation), this.invocation.getThis(),
				this.invocation.getArguments(), caller, masking);
	}

	@Override
	public void verify(GuardedCall asked, Permission grant) {
		this.guarded.verify(asked, grant, this.invocation.getThis(), this.invocation.getArguments());
	}

	@Override
	public void requireUnchanged(GuardedCall asked) {
		this.guarded.requireUnchanged(asked, this.invocation.getThis(), this.invocation.getArguments());
	}

	@Override
	public @Nullable Object proceed(Permission grant) throws Throwable {
		this.invocation.setArguments(this.guarded.inject(this.invocation.getArguments(), grant));
		return this.invocation.proceed();
	}

	@Override
	public MethodCall later() {
		// The invocation itself moves on when this returns.
		return new MethodCall(this.guarded, (ProxyMethodInvocation) this.invocation.invocableClone(), this.validation);
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
