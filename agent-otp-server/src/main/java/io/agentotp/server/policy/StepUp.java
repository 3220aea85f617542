package io.agentotp.server.policy;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What shows that it is the person who approves.
 */
public enum StepUp {

	/**
	 * Being signed in is enough.
	 */
	NONE,

	/**
	 * The person signed in a short time ago.
	 */
	FRESH,

	/**
	 * A passkey of the person signs the approval.
	 */
	PASSKEY;

	static Optional<StepUp> find(String text) {
		return Stream.of(values()).filter((value) -> value.text().equals(text)).findFirst();
	}

	public String text() {
		return name().toLowerCase(Locale.ROOT);
	}

}
