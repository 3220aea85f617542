package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.Permission;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.guard.EnteringCaller;
import io.agentotp.spring.guard.Invocation;
import io.agentotp.spring.guard.ReactiveBody;
import io.agentotp.spring.guard.ReturnKind;
import io.agentotp.spring.operation.GuardedCall;
import io.agentotp.spring.operation.Masking;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.interceptor.ExposeInvocationInterceptor;
import org.springframework.core.ReactiveAdapter;
import org.springframework.util.ClassUtils;

/**
 * The invocation of a guarded method through its proxy.
 */
public final class MethodCall implements Invocation {

	private static final int CLOSED = 0;

	private static final int OPEN = 1;

	private static final int RUN = 2;

	private static final int SUBSCRIBED = 3;

	private static final String TRIED_AGAIN = "an advice between the guard and the method, such as a retry, has called "
			+ "the method again: give it an order below agentotp.method.order, so that each try asks anew";

	private final GuardedMethod guarded;

	private final GuardedInvocation invocation;

	private final @Nullable ArgumentValidation validation;

	private final AtomicInteger state = new AtomicInteger(CLOSED);

	private @Nullable GuardedCall asked;

	private @Nullable Permission grant;

	private @Nullable Runnable alive;

	private volatile @Nullable Throwable failure;

	MethodCall(GuardedMethod guarded, GuardedInvocation invocation, @Nullable ArgumentValidation validation) {
		this.guarded = guarded;
		this.invocation = invocation;
		this.validation = validation;
	}

	/**
	 * Return the refusal of a body that would run without a grant of its own.
	 */
	static CallRefusedException spent(Method method, String reason, @Nullable Throwable cause) {
		return new CallRefusedException("GRANT_SPENT", "The body of " + ClassUtils.getQualifiedMethodName(method)
				+ "() would run without a permission of its own, which is for one run: " + reason, cause);
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
		return this.guarded.evaluate(this.invocation.bean().name(), this.invocation.getThis(),
				this.invocation.getArguments(), caller, masking);
	}

	@Override
	public boolean isTargetLasting() {
		return this.invocation.bean().isLasting();
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
	public @Nullable Object proceed(GuardedCall asked, Permission grant, Runnable alive) throws Throwable {
		this.asked = asked;
		this.grant = grant;
		this.alive = alive;
		this.state.set(OPEN);
		// Advice of AspectJ's looks for its invocation on the thread.
		return ExposeInvocationInterceptor.INSTANCE
			.invoke(this.invocation.granted(this, this.guarded.inject(this.invocation.getArguments().clone(), grant)));
	}

	/**
	 * The body is about to run.
	 * @param running the invocation that runs it
	 * @throws CallRefusedException if it has run before, or the call or its grant has
	 * ended, or an advice has changed its arguments
	 */
	void begin(GuardedInvocation running) {
		requireApproved(running);
		if (!this.state.compareAndSet(OPEN, RUN)) {
			throw spent();
		}
	}

	private void requireApproved(GuardedInvocation running) {
		@Nullable Object[] approved = this.invocation.getArguments();
		@Nullable Object[] arguments = running.getArguments();
		// What stands in between takes time, and may change what an argument holds.
		boolean same = approved.length == arguments.length && !running.isSurrounded();
		for (int index = 0; same && index < approved.length; index++) {
			same = arguments[index] == (this.guarded.takesPermissionAt(index) ? this.grant : approved[index]);
		}
		if (!same) {
			GuardedCall call = Objects.requireNonNull(this.asked);
			Permission granted = Objects.requireNonNull(this.grant);
			requireAlive();
			this.guarded.requireUnchanged(call, running.getThis(), arguments);
			// A check may read what is not bound.
			this.guarded.verify(call, granted, running.getThis(), arguments);
			running.setArguments(this.guarded.inject(arguments, granted));
		}
	}

	/**
	 * Return a publisher whose work is done at its first subscription only: what
	 * subscribes again inside the guard would run the body again.
	 * @throws IllegalStateException if the work would be done later, and the return type
	 * did not tell
	 */
	@Nullable Object subscribedOnce(@Nullable Object returned) {
		if (returned == null || returnKind() == ReturnKind.STAGE) {
			return returned;
		}
		if (returnKind() == ReturnKind.VALUE) {
			requireEnded(returned);
			return returned;
		}
		return ReactiveBody.guard(returned, returnKind(), adapter(), () -> {
			if (!this.state.compareAndSet(RUN, SUBSCRIBED)) {
				throw spent();
			}
			requireAlive();
		}, this::requireEnded);
	}

	@Override
	public void requireEnded(Object result) {
		this.guarded.requireEnded(result);
	}

	private void requireAlive() {
		Objects.requireNonNull(this.alive).run();
	}

	/**
	 * Keeps what the body threw, as the cause of the refusal of a further try.
	 */
	void failed(Throwable failure) {
		this.failure = failure;
	}

	private CallRefusedException spent() {
		return spent(this.guarded.method(), TRIED_AGAIN, this.failure);
	}

	@Override
	public boolean end() {
		return this.state.getAndSet(CLOSED) >= RUN;
	}

	@Override
	public EnteringCaller caller() {
		return this.invocation.caller();
	}

	@Override
	public MethodCall later() {
		// The invocation itself moves on when this returns.
		return new MethodCall(this.guarded, (GuardedInvocation) this.invocation.invocableClone(), this.validation);
	}

	@Override
	public @Nullable RuntimeException refusal() {
		return this.invocation.refusal();
	}

	@Override
	public void remember(RuntimeException refusal) {
		this.invocation.remember(refusal);
	}

}
