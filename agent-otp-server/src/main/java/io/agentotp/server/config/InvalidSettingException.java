package io.agentotp.server.config;

/**
 * A setting that cannot be used. Unlike Boot's own exception it does not have the value
 * of a secret printed.
 */
public final class InvalidSettingException extends RuntimeException {

	private final String property;

	private final String shownValue;

	private final String reason;

	InvalidSettingException(String property, String shownValue, String reason) {
		super("Property " + property + " with value " + shownValue + " is invalid: " + reason);
		this.property = property;
		this.shownValue = shownValue;
		this.reason = reason;
	}

	/**
	 * The name of the property.
	 * @return the name
	 */
	public String property() {
		return this.property;
	}

	/**
	 * What is wrong and what to do.
	 * @return the reason
	 */
	public String reason() {
		return this.reason;
	}

	String shownValue() {
		return this.shownValue;
	}

}
