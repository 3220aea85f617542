package io.agentotp.server.user;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.json.Json;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * The sessions of signed-in people. All nodes have them in the database, so what ends
 * here ends everywhere at the next request.
 */
@Component
public final class UserSessions {

	/**
	 * The attribute of a session of who signed in at an identity provider: which session
	 * of the provider it is.
	 */
	public static final String PROVIDER_SESSION = "agentotp.PROVIDER_SESSION";

	private final JdbcClient jdbc;

	private final Duration idleTimeout;

	UserSessions(JdbcClient jdbc, AgentOtpServerProperties.Sessions settings) {
		this.jdbc = jdbc;
		this.idleTimeout = settings.idleTimeout();
	}

	/**
	 * Ends all sessions of a person.
	 * @param user the person
	 * @return how many there were
	 */
	int end(String user) {
		return this.jdbc.sql("DELETE FROM agentotp_session WHERE principal_name = ?").param(user).update();
	}

	/**
	 * Ends the sessions that came of a session of an identity provider.
	 * @param providerSession what {@link #PROVIDER_SESSION} says of it
	 * @return how many there were
	 */
	int endOfProvider(String providerSession) {
		return this.jdbc.sql("""
				DELETE FROM agentotp_session WHERE primary_id IN (SELECT session_primary_id
					FROM agentotp_session_attributes WHERE attribute_name = ? AND attribute_bytes = ?)""")
			.params(PROVIDER_SESSION, Json.mapper().writeValueAsBytes(providerSession))
			.update();
	}

	/**
	 * Ends the sessions of people who signed in here.
	 */
	void endLocal() {
		this.jdbc.sql("""
				DELETE FROM agentotp_session WHERE primary_id NOT IN (SELECT session_primary_id
					FROM agentotp_session_attributes WHERE attribute_name = ?)""").param(PROVIDER_SESSION).update();
	}

	/**
	 * Ends the sessions of people who may not sign in any more.
	 */
	void endOfInactive() {
		this.jdbc.sql("""
				DELETE FROM agentotp_session WHERE principal_name IS NULL OR principal_name NOT IN
					(SELECT name FROM agentotp_user WHERE active = TRUE)""").update();
	}

	/**
	 * How many sessions a person has.
	 * @param user the person
	 * @return the number
	 */
	public long count(String user) {
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_session WHERE principal_name = ? AND expiry_time > ?")
			.params(user, System.currentTimeMillis())
			.query(Long.class)
			.single();
	}

	/**
	 * Whether a session has not ended.
	 * @param id its id
	 * @return whether it has not
	 */
	public boolean isOpen(String id) {
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_session WHERE session_id = ? AND expiry_time > ?")
			.params(id, System.currentTimeMillis())
			.query(Long.class)
			.single() > 0;
	}

	@Scheduled(initialDelay = 1, fixedDelay = 1, timeUnit = TimeUnit.MINUTES)
	void removeExpired() {
		long now = System.currentTimeMillis();
		// Who writes the database could make a row that says that it never ends.
		this.jdbc.sql("DELETE FROM agentotp_session WHERE expiry_time < ? OR last_access_time < ?")
			.params(now, now - this.idleTimeout.toMillis())
			.update();
	}

}
