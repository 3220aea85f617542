package io.agentotp.server.page;

import java.util.List;

import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.user.UserAccount;
import org.jspecify.annotations.Nullable;

/**
 * A user, as pages show it.
 *
 * @param name its name
 * @param roles its roles
 * @param active whether it may sign in
 * @param intact whether it is as the service stored it
 * @param configured whether only the configuration can change it
 * @param password whether it has a password
 * @param temporary whether it has to choose another password
 * @param key whether it has a key for the API
 * @param provider the identity provider that says what it may do, {@code null} for none
 * @param linkUntil until when it can set a password by a link
 * @param createdAt since when it is known
 */
public record UserCard(String name, List<String> roles, boolean active, boolean intact, boolean configured,
		boolean password, boolean temporary, boolean key, @Nullable String provider, @Nullable Moment linkUntil,
		Moment createdAt) {

	static UserCard of(UserAccount user) {
		return new UserCard(user.name(), user.roles().stream().map(Role::text).toList(), user.active(), user.intact(),
				user.configured(), user.password(), user.temporary(), user.key(), user.provider(),
				Moment.ofNullable(user.linkUntil()), Moment.of(user.createdAt()));
	}

}
