package io.agentotp.server.metric;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * Counts what happens. Nothing that an agent sends is part of a name or a tag: it could
 * make as many as it likes. Names that operators give are, up to a number.
 */
public interface Meters {

	/**
	 * Those of an application that measures nothing.
	 */
	Meters NONE = new Meters() {

		@Override
		public void requested(String agent, String outcome) {
		}

		@Override
		public void decided(Decider decider, String outcome, Duration time) {
		}

		@Override
		public void voted(boolean approved) {
		}

		@Override
		public void used(String agent, String result) {
		}

		@Override
		public void limited(String agent, Limit limit) {
		}

		@Override
		public void signedIn(SignIn by, SignInResult result) {
		}

		@Override
		public void policyFiles(boolean accepted) {
		}

		@Override
		public void shadowed(String policy, String outcome, String real) {
		}

		@Override
		public void notified(String channel, String result) {
		}

		@Override
		public void gauge(String name, String description, DoubleSupplier value) {
		}

	};

	/**
	 * An agent asked.
	 * @param agent its id
	 * @param outcome what the policies said: the status of the permission
	 */
	void requested(String agent, String outcome);

	/**
	 * A permission request was decided.
	 * @param decider who did
	 * @param outcome the status of the permission
	 * @param time from the request to the decision
	 */
	void decided(Decider decider, String outcome, Duration time);

	/**
	 * A person decided where the policy asks several.
	 * @param approved whether the person approved
	 */
	void voted(boolean approved);

	/**
	 * A token was presented.
	 * @param agent by which agent
	 * @param result {@code used}, or the code of the rejection
	 */
	void used(String agent, String result);

	/**
	 * A request was refused because there were too many.
	 * @param agent of which agent
	 * @param limit of what
	 */
	void limited(String agent, Limit limit);

	/**
	 * Somebody tried a password or the code of a link, or sent a key that was not
	 * accepted.
	 * @param by with what
	 * @param result what came of it
	 */
	void signedIn(SignIn by, SignInResult result);

	/**
	 * Changed policy files were read.
	 * @param accepted whether their policies are in force
	 */
	void policyFiles(boolean accepted);

	/**
	 * A shadow policy applied.
	 * @param policy its name
	 * @param outcome what it would have done
	 * @param real what was done
	 */
	void shadowed(String policy, String outcome, String real);

	/**
	 * A message was handed to a channel.
	 * @param channel the name of the channel
	 * @param result what came of it: {@code sent}, {@code edited}, {@code retried} or
	 * {@code failed}
	 */
	void notified(String channel, String result);

	/**
	 * Adds a value that is looked up whenever somebody measures.
	 * @param name its name
	 * @param description what it is
	 * @param value finds it; it is unknown when this fails
	 */
	void gauge(String name, String description, DoubleSupplier value);

	/**
	 * Who decides.
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
		 * Nobody: the request expired, was withdrawn or its agent stopped.
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
		 * Requests that wait for a decision.
		 */
		PENDING

	}

	/**
	 * With what somebody signs in.
	 */
	enum SignIn {

		/**
		 * A person's password, or the link to choose one.
		 */
		PASSWORD,

		/**
		 * A person's passkey.
		 */
		PASSKEY,

		/**
		 * What an identity provider says.
		 */
		PROVIDER,

		/**
		 * A key of an agent or a person.
		 */
		KEY

	}

	/**
	 * What came of it.
	 */
	enum SignInResult {

		/**
		 * Signed in. Keys are not counted then: each request has one.
		 */
		ACCEPTED,

		/**
		 * Wrong.
		 */
		REJECTED,

		/**
		 * Not looked at, after too many that were wrong.
		 */
		LIMITED

	}

}
