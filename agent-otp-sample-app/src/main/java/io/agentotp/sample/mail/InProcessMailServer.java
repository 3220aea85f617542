package io.agentotp.sample.mail;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * A real SMTP server inside the application, so that the sample needs no account.
 */
@Component
public class InProcessMailServer implements SmartLifecycle {

	private final GreenMail server;

	InProcessMailServer(@Value("${spring.mail.host}") String host, @Value("${spring.mail.port}") int port) {
		this.server = new GreenMail(new ServerSetup(port, host, ServerSetup.PROTOCOL_SMTP));
	}

	/**
	 * Return what has arrived, the oldest first.
	 * @return the mails
	 */
	public List<ReceivedMail> received() {
		return Arrays.stream(this.server.getReceivedMessages()).map(InProcessMailServer::read).toList();
	}

	private static ReceivedMail read(MimeMessage message) {
		try {
			return new ReceivedMail(message.getAllRecipients()[0].toString(), message.getSubject(),
					String.valueOf(message.getContent()).strip());
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
	 * @param text the body
	 */
	public record ReceivedMail(String to, String subject, String text) {
	}

}
