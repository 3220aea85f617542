package io.agentotp.spring.guard;

import java.util.Map;

import io.agentotp.spring.operation.GuardedOperation;
import org.jspecify.annotations.Nullable;

/**
 * Follows one guarded call for metrics and traces.
 */
interface CallObservation {

	CallObservation NONE = new CallObservation() {
	};

	/**
	 * Return the headers that let the service take part in the trace.
	 */
	default Map<String, String> headers() {
		return Map.of();
	}

	/**
	 * The call has begun to wait for a human.
	 * @return to be run when the wait has ended
	 */
	default Runnable waiting() {
		return () -> {
		};
	}

	/**
	 * Makes this the current observation of the thread, around the body.
	 * @return to be closed after it
	 */
	default Scope open() {
		return () -> {
		};
	}

	/**
	 * Return what lets a reactive body see this as the current observation.
	 */
	default Map<Object, Object> reactorContext() {
		return Map.of();
	}

	/**
	 * The call has ended. Only the first end counts.
	 * @param outcome how, in one word
	 * @param failure what it ended with, if it failed
	 */
	default void stop(String outcome, @Nullable Throwable failure) {
	}

	/**
	 * How long something is current.
	 */
	@FunctionalInterface
	interface Scope extends AutoCloseable {

		@Override
		void close();

	}

	/**
	 * Begins to follow calls.
	 */
	@FunctionalInterface
	interface Factory {

		/**
		 * Begins to follow one call.
		 */
		CallObservation start(GuardedOperation guarded);

	}

}
