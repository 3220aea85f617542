package io.agentotp;

/**
 * A setting of the client is missing or wrong. The message names the setting and never
 * repeats a secret.
 */
public final class ConfigurationException extends AgentOtpException {

	ConfigurationException(String message) {
		super("CONFIGURATION_ERROR", message, CallInfo.local("configure"), null);
	}

}
