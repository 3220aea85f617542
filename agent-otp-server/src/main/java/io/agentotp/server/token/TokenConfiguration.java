package io.agentotp.server.token;

import java.nio.file.Path;
import java.util.List;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSetting;
import io.agentotp.server.database.DatabaseConfiguration;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Finds the secret.
 */
@Configuration(proxyBeanMethods = false)
public class TokenConfiguration {

	private static final int MIN_LENGTH = 32;

	@Bean
	Tokens tokens(AgentOtpServerProperties properties) {
		return new Tokens(secrets(properties));
	}

	private static List<String> secrets(AgentOtpServerProperties properties) {
		if (properties.secret() != null) {
			if (properties.secret().length() < MIN_LENGTH) {
				throw InvalidSetting.secret("secret",
						"It must have at least 32 characters, for example the output of: openssl rand -base64 32");
			}
			return List.of(properties.secret());
		}
		if (properties.secretFile() != null) {
			List<String> secrets = new SecretFile(Path.of(properties.secretFile())).readOrCreate();
			if (secrets.isEmpty() || secrets.stream().anyMatch((secret) -> secret.length() < MIN_LENGTH)) {
				throw InvalidSetting.of("secret-file", properties.secretFile(),
						"Each line of the file must be a secret of at least 32 characters. "
								+ "Without the file, one is made at start");
			}
			return secrets;
		}
		if (DatabaseConfiguration.isInMemory(properties.datasource())) {
			return List.of(Secrets.random());
		}
		throw InvalidSetting.of("secret-file", null, "With a database that outlives the process the secret must, too. "
				+ "Name a file, which is made at the first start, or set agentotp.server.secret");
	}

}
