package io.agentotp.server.user;

import java.time.InstantSource;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.Instance;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.crypto.factory.PasswordEncoderFactories;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The users of the configuration.
 */
@Configuration(proxyBeanMethods = false)
public class UserConfiguration {

	@Bean
	PasswordEncoder passwordEncoder() {
		return PasswordEncoderFactories.createDelegatingPasswordEncoder();
	}

	@Bean
	Users users(JdbcClient jdbc, TransactionTemplate transactions, PasswordEncoder passwordEncoder, Instance instance,
			InstantSource clock, AgentOtpServerProperties properties) {
		Users users = new Users(jdbc, transactions, passwordEncoder, instance, clock);
		users.synchronize(properties.users());
		return users;
	}

}
