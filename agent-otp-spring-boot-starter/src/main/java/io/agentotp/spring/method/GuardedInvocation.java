package io.agentotp.spring.method;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import io.agentotp.spring.guard.EnteringCaller;
import io.agentotp.spring.method.BoundNames.BoundName;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.ReflectiveMethodInvocation;
import org.springframework.aop.interceptor.AsyncExecutionInterceptor;

/**
 * An invocation of a guarded method. Its body runs only as the guard lets it, whatever
 * stands around: no advice is nearer to the body than its own invocation.
 */
final class GuardedInvocation extends ReflectiveMethodInvocation {

	private static final String REFUSAL = GuardedInvocation.class.getName() + ".refusal";

	private final BoundName bean;

	private final boolean surrounded;

	private final EnteringCaller caller;

	private @Nullable MethodCall call;

	/**
	 * Creates an invocation.
	 * @param bean the name of the bean
	 * @param invocation the invocation of the bean's proxy, which does not go on
	 * @param chain what stands around the body
	 */
	GuardedInvocation(BoundName bean, ProxyMethodInvocation invocation, List<Object> chain) {
		super(invocation.getProxy(), invocation.getThis(), invocation.getMethod(), invocation.getArguments(),
				(invocation.getThis() != null) ? invocation.getThis().getClass() : null, chain);
		this.bean = bean;
		this.surrounded = !(chain.get(chain.size() - 1) instanceof PermissionMethodInterceptor);
		this.caller = EnteringCaller.current(leavesThread(chain));
	}

	private static boolean leavesThread(List<Object> chain) {
		for (Object advice : chain) {
			if (advice instanceof AsyncExecutionInterceptor) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Return who has called the bean.
	 */
	EnteringCaller caller() {
		return this.caller;
	}

	/**
	 * Return whether an advice stands between the guard and the body.
	 */
	boolean isSurrounded() {
		return this.surrounded;
	}

	BoundName bean() {
		return this.bean;
	}

	/**
	 * Return one that goes on from here to the body, for one call that has its grant. The
	 * call is that of its clones, too.
	 */
	GuardedInvocation granted(MethodCall call, @Nullable Object[] arguments) {
		GuardedInvocation granted = (GuardedInvocation) invocableClone(arguments);
		granted.call = call;
		return granted;
	}

	@Override
	protected @Nullable Object invokeJoinpoint() throws Throwable {
		return runBody(super::invokeJoinpoint);
	}

	/**
	 * Runs the body, if the guard lets it.
	 */
	@Nullable Object runBody(Body body) throws Throwable {
		MethodCall running = this.call;
		try {
			if (running == null) {
				throw withoutGrant();
			}
			running.begin(this);
		}
		catch (RuntimeException ex) {
			if (CompletionStage.class.isAssignableFrom(this.method.getReturnType())) {
				// An advice that tries again elsewhere may wait for the future only.
				return CompletableFuture.failedFuture(ex);
			}
			throw ex;
		}
		try {
			return running.subscribedOnce(body.run());
		}
		catch (Throwable ex) {
			running.failed(ex);
			throw ex;
		}
	}

	private RuntimeException withoutGrant() {
		RuntimeException refusal = refusal();
		return (refusal != null) ? refusal
				: MethodCall.spent(this.method,
						"an advice outside the guard has called proceed() again on one invocation: "
								+ "let it call invocableClone().proceed() for each try",
						null);
	}

	/**
	 * Return the refusal that an earlier try of the same call met.
	 */
	@Nullable RuntimeException refusal() {
		return (RuntimeException) getUserAttribute(REFUSAL);
	}

	void remember(RuntimeException refusal) {
		setUserAttribute(REFUSAL, refusal);
	}

	/**
	 * The method itself.
	 */
	@FunctionalInterface
	interface Body {

		@Nullable Object run() throws Throwable;

	}

}
