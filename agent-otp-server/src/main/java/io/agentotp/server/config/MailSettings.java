package io.agentotp.server.config;

import java.time.Duration;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Messages by mail.
 *
 * @param from Address that mails come from; setting it turns the channel on.
 * @param applicationSender Whether the JavaMailSender of the application around the
 * service sends the mails. Then host, port, username, password, encryption and timeout
 * are those of the application.
 * @param host Host of the mail server.
 * @param port Port of the mail server; by default 587, or 465 with encryption tls.
 * @param username User name at the mail server, if it asks for one.
 * @param password Password at the mail server.
 * @param encryption How the connection is encrypted: starttls, tls, or none.
 * @param timeout How long the mail server may take for each answer, at most a minute. All
 * of a mail may take three times as long.
 * @param details How much of a request a mail says: nothing, facts or arguments. Mail is
 * stored in clear.
 * @param decided Whether people get a mail about each decision, too.
 */
public record MailSettings(@Nullable String from, @DefaultValue("false") boolean applicationSender,
		@Nullable String host, @Nullable Integer port, @Nullable String username, @Nullable String password,
		@DefaultValue("starttls") Encryption encryption, @DefaultValue("10s") Duration timeout,
		@DefaultValue("facts") MessageDetails details, @DefaultValue("false") boolean decided) {

	private static final String NAME = "notifications.mail.";

	private static final Pattern ADDRESS = Pattern
		.compile("[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?");

	private static final int LAST_PORT = 65535;

	public MailSettings {
		if (from == null || !ADDRESS.matcher(from).matches()) {
			throw InvalidSettingException.of(NAME + "from", from,
					"It must be the address that mails come from, such as agent-otp@example.com");
		}
		if (applicationSender != (host == null)) {
			throw InvalidSettingException.of(NAME + "host", host,
					"Name the mail server, or set agentotp.server.notifications.mail.application-sender to have the application send mails, but not both");
		}
		if (port != null && (port < 1 || port > LAST_PORT)) {
			throw InvalidSettingException.of(NAME + "port", port, "It must be at least 1 and at most 65535");
		}
		AgentOtpServerProperties.resolved(NAME + "password", password);
		if ((username == null) != (password == null)) {
			throw InvalidSettingException.secret(NAME + ((username == null) ? "username" : "password"),
					"Set user name and password, or none of them");
		}
		if (password != null && encryption == Encryption.NONE) {
			throw InvalidSettingException.of(NAME + "encryption", "none",
					"A password is sent over encrypted connections only");
		}
		if (timeout.compareTo(Duration.ofSeconds(1)) < 0 || timeout.compareTo(Duration.ofMinutes(1)) > 0) {
			throw InvalidSettingException.of(NAME + "timeout", timeout, "It must be at least 1s and at most 1m");
		}
	}

	/**
	 * The address that mails come from.
	 * @return the address
	 */
	public String sender() {
		if (this.from == null) {
			throw new IllegalStateException("The settings were not checked");
		}
		return this.from;
	}

	// The generated form would print the password.
	@Override
	public String toString() {
		return "MailSettings[host=" + this.host + "]";
	}

	/**
	 * How a connection to a mail server is encrypted.
	 */
	public enum Encryption {

		/**
		 * It begins in clear and goes on only encrypted.
		 */
		STARTTLS,

		/**
		 * From its beginning.
		 */
		TLS,

		/**
		 * Not at all.
		 */
		NONE

	}

}
