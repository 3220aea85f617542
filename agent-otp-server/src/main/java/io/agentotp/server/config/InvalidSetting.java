package io.agentotp.server.config;

import org.jspecify.annotations.Nullable;

/**
 * Makes the exceptions for settings that cannot be used.
 */
public final class InvalidSetting {

	private InvalidSetting() {
	}

	/**
	 * A setting whose value may be shown.
	 * @param name the part after the prefix
	 * @param value the value
	 * @param reason what is wrong and what to do
	 * @return the exception to throw
	 */
	public static InvalidSettingException of(String name, @Nullable Object value, String reason) {
		return exception(name, (value != null) ? "'" + value + "'" : "(none)", reason);
	}

	/**
	 * A setting whose value is a secret.
	 * @param name the part after the prefix
	 * @param reason what is wrong and what to do
	 * @return the exception to throw
	 */
	public static InvalidSettingException secret(String name, String reason) {
		return exception(name, "(not shown)", reason);
	}

	private static InvalidSettingException exception(String name, String value, String reason) {
		return new InvalidSettingException(AgentOtpServerProperties.PREFIX + "." + name, value, reason);
	}

}
