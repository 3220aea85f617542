package io.agentotp.spring.method;

import io.agentotp.Permission;
import io.agentotp.PermissionNotGrantedException;
import io.agentotp.spring.CallRefusedException;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;

/**
 * One call of a guarded method on its way from the question to its end.
 */
final class PermissionCall {

	private static final String REFUSAL = PermissionCall.class.getName() + ".refusal";

	private final GuardedMethod guarded;

	private final ProxyMethodInvocation invocation;

	private final GuardedCall asked;

	private final CallObservation observation;

	PermissionCall(GuardedMethod guarded, ProxyMethodInvocation invocation, GuardedCall asked,
			CallObservation observation) {
		this.guarded = guarded;
		this.invocation = invocation;
		this.asked = asked;
		this.observation = observation;
	}

	GuardedMethod guarded() {
		return this.guarded;
	}

	GuardedCall asked() {
		return this.asked;
	}

	CallObservation observation() {
		return this.observation;
	}

	/**
	 * Makes sure that the grant is for this call as it is now.
	 * @throws CallRefusedException if not
	 */
	void verify(Permission grant) {
		this.guarded.verify(this.asked, grant, this.invocation.getThis(), this.invocation.getArguments());
	}

	/**
	 * Makes sure once more that the call is as it was asked for, where time has passed
	 * between its check and its body.
	 * @throws CallRefusedException if not, remembered for further tries of the same
	 * invocation
	 */
	void requireUnchanged() {
		try {
			this.guarded.requireUnchanged(this.asked, this.invocation.getArguments());
		}
		catch (CallRefusedException ex) {
			remember(ex);
			throw ex;
		}
	}

	/**
	 * Runs the body. The only way to it: it takes a grant.
	 */
	@Nullable Object proceed(Permission grant) throws Throwable {
		this.invocation.setArguments(this.guarded.inject(this.invocation.getArguments(), grant.orThrow()));
		return this.invocation.proceed();
	}

	/**
	 * Return why the call is refused with a permission that is no grant, and keep it for
	 * further tries.
	 */
	RuntimeException refused(Permission permission) {
		try {
			permission.orThrow();
			return new IllegalStateException("Permission " + permission.id() + " is a grant");
		}
		catch (PermissionNotGrantedException ex) {
			remember(ex);
			return ex;
		}
	}

	/**
	 * Keeps a refusal for those who try this invocation again, such as
	 * {@code @Retryable}: the human must not be asked again.
	 */
	void remember(RuntimeException refusal) {
		this.invocation.setUserAttribute(REFUSAL, refusal);
	}

	/**
	 * Return the refusal that an earlier try of this invocation met.
	 */
	static @Nullable RuntimeException refusal(ProxyMethodInvocation invocation) {
		return (RuntimeException) invocation.getUserAttribute(REFUSAL);
	}

}
