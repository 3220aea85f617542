package io.agentotp.server.config;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Makes the exceptions for settings that cannot be used. Boot's failure analysis prints
 * them with the property, its value and the reason.
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
	public static RuntimeException of(String name, @Nullable Object value, String reason) {
		return new InvalidConfigurationPropertyValueException(AgentOtpServerProperties.PREFIX + "." + name, value,
				reason);
	}

	/**
	 * A setting whose value is a secret.
	 * @param name the part after the prefix
	 * @param reason what is wrong and what to do
	 * @return the exception to throw
	 */
	public static RuntimeException secret(String name, String reason) {
		return new InvalidSecretException(AgentOtpServerProperties.PREFIX + "." + name, reason);
	}

}
