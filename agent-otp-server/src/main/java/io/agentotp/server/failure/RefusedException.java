package io.agentotp.server.failure;

import java.util.Map;

/**
 * Something is refused, for a reason that the caller may know.
 */
public abstract class RefusedException extends RuntimeException {

	private final String text;

	private final transient Map<String, ?> details;

	protected RefusedException(String text, Map<String, ?> details) {
		super(text, null, false, false);
		this.text = text;
		this.details = details;
	}

	/**
	 * The reason in words.
	 * @return the text
	 */
	public final String text() {
		return this.text;
	}

	/**
	 * What else the caller may know.
	 * @return the details by their names, empty if there are none
	 */
	public final Map<String, ?> details() {
		return this.details;
	}

}
