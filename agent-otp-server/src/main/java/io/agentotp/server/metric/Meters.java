package io.agentotp.server.metric;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * Counts what happens. Whatever an agent sends is never part of a name or a tag: it could
 * make as many as it likes.
 */
public interface Meters {

	/**
	 * Those of an application that measures nothing.
	 */
	Meters NONE = new Meters() {

		@Override
		public void requested(String outcome) {
		}

		@Override
		public void decided(Decider decider, String outcome, Duration time) {
		}

		@Override
		public void used(String result) {
		}

		@Override
		public void limited(Limit limit) {
		}

		@Override
		public void shadowed(String policy, String outcome, String real) {
		}

		@Override
		public void gauge(String name, String description, DoubleSupplier value) {
		}

	};

	/**
	 * An agent asked.
	 * @param outcome what the policies said: the status of the permission
	 */
	void requested(String outcome);

	/**
	 * A question was answered.
	 * @param decider who did
	 * @param outcome the status of the permission
	 * @param time from the request to the decision
	 */
	void decided(Decider decider, String outcome, Duration time);

	/**
	 * A token was presented.
	 * @param result {@code used}, or the code of the rejection
	 */
	void used(String result);

	/**
	 * A request was refused because there were too many.
	 * @param limit of what
	 */
	void limited(Limit limit);

	/**
	 * A shadow policy applied.
	 * @param policy its name
	 * @param outcome what it would have done
	 * @param real what was done
	 */
	void shadowed(String policy, String outcome, String real);

	/**
	 * Adds a value that is looked up whenever somebody measures.
	 * @param name its name
	 * @param description what it is
	 * @param value finds it; it is unknown when this fails
	 */
	void gauge(String name, String description, DoubleSupplier value);

	/**
	 * Who answers questions.
	 */
	enum Decider {

		/**
		 * A policy, or the lack of one.
		 */
		POLICY,

		/**
		 * A person.
		 */
		PERSON,

		/**
		 * Nobody: the question expired, was withdrawn or its agent stopped.
		 */
		NOBODY

	}

	/**
	 * What there can be too many of.
	 */
	enum Limit {

		/**
		 * Requests in a minute.
		 */
		RATE,

		/**
		 * Questions that wait.
		 */
		PENDING

	}

}
