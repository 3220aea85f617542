package io.agentotp.server.config;

import org.jspecify.annotations.Nullable;

/**
 * A setting that cannot be used. Unlike Boot's own exception it does not have the value
 * of a secret printed.
 */
public final class InvalidSettingException extends RuntimeException {

	private final String property;

	private final String shownValue;

	private final String reason;

	private InvalidSettingException(String property, String shownValue, String reason) {
		super("Property " + property + " with value " + shownValue + " is invalid: " + reason);
		this.property = property;
		this.shownValue = shownValue;
		this.reason = reason;
	}

	/**
	 * A setting whose value may be shown.
	 * @param name the part after the prefix
	 * @param value the value
	 * @param reason what is wrong and what to do
	 * @return the exception to throw
	 */
	public static InvalidSettingException of(String name, @Nullable Object value, String reason) {
		return new InvalidSettingException(AgentOtpServerProperties.PREFIX + "." + name,
				(value != null) ? "'" + value + "'" : "(none)", reason);
	}

	/**
	 * A setting whose value is a secret.
	 * @param name the part after the prefix
	 * @param reason what is wrong and what to do
	 * @return the exception to throw
	 */
	public static InvalidSettingException secret(String name, String reason) {
		return new InvalidSettingException(AgentOtpServerProperties.PREFIX + "." + name, "(not shown)", reason);
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
