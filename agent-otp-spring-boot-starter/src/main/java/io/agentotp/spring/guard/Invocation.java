package io.agentotp.spring.guard;

import java.util.Map;

import io.agentotp.Permission;
import io.agentotp.spring.operation.GuardedCall;
import io.agentotp.spring.operation.GuardedOperation;
import io.agentotp.spring.operation.Masking;
import org.jspecify.annotations.Nullable;

import org.springframework.core.ReactiveAdapter;

/**
 * One invocation of what is guarded, however it is called.
 */
public interface Invocation {

	/**
	 * Return what is guarded.
	 */
	GuardedOperation operation();

	/**
	 * Return when its result is there.
	 */
	ReturnKind returnKind();

	/**
	 * Return what makes a publisher of its result.
	 * @return the adapter, or {@code null} if the result is no reactive type, or a
	 * publisher already
	 */
	default @Nullable ReactiveAdapter adapter() {
		return null;
	}

	/**
	 * Return whether what is called has the same name after a restart and on other nodes,
	 * and nothing else has it then.
	 */
	default boolean isTargetLasting() {
		return true;
	}

	/**
	 * Validates the arguments, as they would be validated without the guard, and
	 * evaluates the attributes.
	 * @param caller who asks, as far as it is known
	 * @param masking authenticates what must not be shown
	 * @throws io.agentotp.spring.CallRefusedException if one cannot be evaluated
	 */
	GuardedCall evaluate(Map<String, ?> caller, Masking masking);

	/**
	 * Makes sure that a grant is for this call as it is now.
	 * @throws io.agentotp.spring.CallRefusedException if not
	 */
	void verify(GuardedCall asked, Permission grant);

	/**
	 * Makes sure that this call is as it was asked for.
	 * @throws io.agentotp.spring.CallRefusedException if not
	 */
	void requireUnchanged(GuardedCall asked);

	/**
	 * Runs the body, which may happen once from now until the call has ended.
	 * @param asked the call as it was asked for
	 * @param alive refuses the call if the grant has ended: to be asked again where
	 * something takes time before the body
	 */
	@Nullable Object proceed(GuardedCall asked, Permission grant, Runnable alive) throws Throwable;

	/**
	 * Makes sure that the body has ended with a result, or with one of several.
	 * @throws IllegalStateException if work would be done later, without its permission
	 */
	default void requireEnded(Object result) {
	}

	/**
	 * The call has ended, and its body must not run any more.
	 * @return whether it has run
	 */
	default boolean end() {
		return true;
	}

	/**
	 * Return one that can proceed later, when this one has returned.
	 */
	Invocation later();

	/**
	 * Return who has called, on whatever thread.
	 */
	default EnteringCaller caller() {
		return EnteringCaller.HERE;
	}

	/**
	 * Return the refusal that an earlier try met.
	 */
	@Nullable RuntimeException refusal();

	/**
	 * Keeps a refusal for further tries.
	 */
	void remember(RuntimeException refusal);

}
