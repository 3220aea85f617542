package io.agentotp.server.config;

import org.jspecify.annotations.Nullable;

/**
 * A setting that cannot be used. Unlike Boot's own exception it does not have the value
 * of a secret printed.
 */
public final class InvalidSettingException extends RuntimeException {

	private final String problem;

	private final String reason;

	private InvalidSettingException(String problem, String reason) {
		super(problem + ": " + reason);
		this.problem = problem;
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
		return unusable(name, (value != null) ? "'" + value + "'" : "(none)", reason);
	}

	/**
	 * A setting whose value is a secret.
	 * @param name the part after the prefix
	 * @param reason what is wrong and what to do
	 * @return the exception to throw
	 */
	public static InvalidSettingException secret(String name, String reason) {
		return unusable(name, "(not shown)", reason);
	}

	private static InvalidSettingException unusable(String name, String value, String reason) {
		return new InvalidSettingException("The property '" + AgentOtpServerProperties.PREFIX + "." + name
				+ "' with the value " + value + " cannot be used", reason);
	}

	static InvalidSettingException removed(String property, String place, String remedy) {
		return new InvalidSettingException("The property '" + property + "' no longer exists. It is set in " + place,
				remedy);
	}

	String problem() {
		return this.problem;
	}

	String reason() {
		return this.reason;
	}

}
