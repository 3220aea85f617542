package io.agentotp.server.user;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Changes users as another node does that has another configuration.
 */
public final class UserRows {

	private UserRows() {
	}

	/**
	 * Changes a user.
	 * @param context the service
	 * @param name the user
	 * @param change what is set
	 */
	public static void change(BeanFactory context, String name, String change) {
		context.getBean(JdbcClient.class)
			.sql("UPDATE agentotp_user SET " + change + " WHERE name = ?")
			.param(name)
			.update();
		context.getBean(UserSeals.class).seal(name);
	}

	/**
	 * Removes sessions that are over, as the service does every minute.
	 * @param context the service
	 */
	public static void removeExpiredSessions(BeanFactory context) {
		context.getBean(UserSessions.class).removeExpired();
	}

}
