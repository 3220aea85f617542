package io.agentotp.server.config;

/**
 * A setting that cannot be used and must not be shown. Boot's own exception would have
 * its value printed.
 */
public final class InvalidSecretException extends RuntimeException {

	private final String property;

	private final String reason;

	InvalidSecretException(String property, String reason) {
		super("Property " + property + " is invalid: " + reason);
		this.property = property;
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

}
