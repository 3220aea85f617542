package io.agentotp.sample.mail;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import jakarta.mail.MessagingException;
import jakarta.mail.Multipart;
import jakarta.mail.internet.MimeMessage;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * A real SMTP server inside the application, so that the sample needs no account.
 */
@Component
public class InProcessMailServer implements SmartLifecycle {

	// GreenMail gives up after two seconds, which a busy machine may need.
	private static final Duration STARTUP_TIMEOUT = Duration.ofSeconds(30);

	private final GreenMail server;

	InProcessMailServer(@Value("${spring.mail.host}") String host, @Value("${spring.mail.port}") int port) {
		ServerSetup setup = new ServerSetup(port, host, ServerSetup.PROTOCOL_SMTP);
		setup.setServerStartupTimeout(STARTUP_TIMEOUT.toMillis());
		this.server = new GreenMail(setup);
	}

	/**
	 * Return what the agent has sent, the oldest first.
	 * @return the mails
	 */
	public List<ReceivedMail> received() {
		return mails().filter((mail) -> !mail.ofService()).toList();
	}

	/**
	 * Return what the permission service has sent to approvers, the oldest first.
	 * @return the mails
	 */
	public List<ReceivedMail> toApprovers() {
		return mails().filter(ReceivedMail::ofService).toList();
	}

	private Stream<ReceivedMail> mails() {
		return Arrays.stream(this.server.getReceivedMessages()).map(InProcessMailServer::read);
	}

	private static ReceivedMail read(MimeMessage message) {
		try {
			// The first part is the one without markup.
			Object text = (message.getContent() instanceof Multipart parts) ? parts.getBodyPart(0).getContent()
					: message.getContent();
			return new ReceivedMail(message.getAllRecipients()[0].toString(), message.getSubject(),
					String.valueOf(text).strip(), message.getHeader("Auto-Submitted") != null);
		}
		catch (MessagingException | IOException ex) {
			throw new IllegalStateException("A received mail cannot be read", ex);
		}
	}

	@Override
	public void start() {
		this.server.start();
	}

	@Override
	public void stop() {
		this.server.stop();
	}

	@Override
	public boolean isRunning() {
		return this.server.isRunning();
	}

	/**
	 * A mail that has arrived.
	 *
	 * @param to the recipient
	 * @param subject the subject
	 * @param text the body, without markup
	 * @param ofService whether the permission service sent it
	 */
	public record ReceivedMail(String to, String subject, String text, boolean ofService) {
	}

}
