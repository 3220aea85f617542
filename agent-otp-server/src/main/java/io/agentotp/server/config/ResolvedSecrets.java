package io.agentotp.server.config;

import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Refuses secrets that are placeholders without a value. Such a placeholder stays as it
 * is, so it would be a secret that everybody can guess.
 */
public final class ResolvedSecrets {

	private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{[^}]*}");

	private ResolvedSecrets() {
	}

	/**
	 * Checks all secrets of the settings.
	 * @param properties the settings
	 * @throws InvalidSettingException if one is a placeholder
	 */
	public static void require(AgentOtpServerProperties properties) {
		require("secret", properties.secret());
		require("datasource.password", properties.datasource().password());
		properties.agents().forEach((name, agent) -> require("agents." + name + ".api-key", agent.apiKey()));
		properties.users().forEach((name, user) -> {
			require("users." + name + ".password", user.password());
			require("users." + name + ".api-key", user.apiKey());
		});
	}

	private static void require(String name, @Nullable String secret) {
		if (secret != null && PLACEHOLDER.matcher(secret).find()) {
			throw InvalidSetting.secret(name,
					"It is a placeholder ${…} without a value. Set the environment variable or property that it names");
		}
	}

}
