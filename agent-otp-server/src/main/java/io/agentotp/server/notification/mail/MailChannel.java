package io.agentotp.server.notification.mail;

import java.io.UnsupportedEncodingException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Date;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import io.agentotp.server.config.MailSettings;
import io.agentotp.server.language.Messages;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.NotificationChannel;
import io.agentotp.server.token.Secrets;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import org.thymeleaf.ITemplateEngine;
import org.thymeleaf.context.Context;

import org.springframework.mail.MailException;
import org.springframework.mail.javamail.JavaMailSender;

/**
 * Tells people by mail. A mail has a link to the page and decides nothing: programs that
 * look for malware open links, too.
 */
final class MailChannel implements NotificationChannel {

	private static final String SENDER = "Agent OTP";

	private static final int LONGEST_ADDRESS = 254;

	private final MailSettings settings;

	private final JavaMailSender sender;

	private final ITemplateEngine templates;

	private final InstantSource clock;

	private final String domain;

	MailChannel(MailSettings settings, JavaMailSender sender, ITemplateEngine templates, InstantSource clock) {
		this.settings = settings;
		this.sender = sender;
		this.templates = templates;
		this.clock = clock;
		this.domain = settings.sender().substring(settings.sender().lastIndexOf('@') + 1);
	}

	@Override
	public String name() {
		return "mail";
	}

	@Override
	public Optional<String> problemOfAddress(String address) {
		try {
			InternetAddress[] parsed = InternetAddress.parse(address, true);
			boolean usable = parsed.length == 1 && address.equals(parsed[0].getAddress())
					&& address.length() <= LONGEST_ADDRESS && address.matches("[!-~]+@[^@\\[\\]]+");
			return usable ? Optional.empty() : noAddress();
		}
		catch (AddressException ex) {
			return noAddress();
		}
	}

	private static Optional<String> noAddress() {
		return Optional.of("It must be one mail address, such as alice@example.com");
	}

	@Override
	public Details details() {
		return Details.valueOf(this.settings.details().name());
	}

	@Override
	public boolean tells(Kind kind) {
		return kind != Kind.DECIDED || this.settings.decided();
	}

	@Override
	public Optional<String> send(Notification notification) throws DeliveryException {
		if (problemOfAddress(notification.to().address()).isPresent()) {
			throw DeliveryException.forgetAddress("It is no mail address");
		}
		try {
			MimeMessage message = this.sender.createMimeMessage();
			fill(message, notification);
			this.sender.send(message);
		}
		catch (MailException ex) {
			throw MailFailure.of(ex, (this.settings.host() != null) ? this.settings.host() : "of the application");
		}
		catch (MessagingException | UnsupportedEncodingException ex) {
			throw new IllegalStateException("A mail could not be written", ex);
		}
		return Optional.empty();
	}

	private void fill(MimeMessage message, Notification notification)
			throws MessagingException, UnsupportedEncodingException {
		String utf8 = StandardCharsets.UTF_8.name();
		MailText text = MailText.of(notification);
		message.setFrom(new InternetAddress(this.settings.sender(), SENDER, utf8));
		message.setRecipient(Message.RecipientType.TO, new InternetAddress(notification.to().address()));
		message.setSentDate(Date.from(this.clock.instant()));
		message.setSubject(text.subject(), utf8);
		identify(message, notification);
		// Nobody answers a program, and absence is no answer.
		message.setHeader("Auto-Submitted", "auto-generated");
		message.setHeader("X-Auto-Response-Suppress", "All");
		message.setHeader("List-Id", SENDER + " <agent-otp." + this.domain + ">");
		MimeBodyPart plain = new MimeBodyPart();
		plain.setText(text.plain(), utf8);
		MimeBodyPart html = new MimeBodyPart();
		html.setText(html(text, notification.to().language()), utf8, "html");
		message.setContent(new MimeMultipart("alternative", plain, html));
	}

	private String html(MailText text, Locale language) {
		return Messages.in(language,
				() -> this.templates.process("mail", new Context(Messages.language(), Map.of("mail", text))));
	}

	// All mails about a request to one person name the first one, whether or not it was
	// sent.
	private void identify(MimeMessage message, Notification notification) throws MessagingException {
		Notification.Request request = notification.request();
		if (request == null) {
			message.setHeader("Message-ID", id(notification.id()));
			return;
		}
		String first = id(request.permissionId() + "." + Secrets.sha256(notification.to().address()).substring(0, 16));
		if (notification.kind() == Kind.PENDING) {
			message.setHeader("Message-ID", first);
			return;
		}
		message.setHeader("Message-ID", id(notification.id()));
		if (notification.kind() == Kind.ESCALATED) {
			return;
		}
		message.setHeader("In-Reply-To", first);
		message.setHeader("References", first);
	}

	private String id(String name) {
		return "<agent-otp." + name.replaceAll("[^A-Za-z0-9._-]", "_") + "@" + this.domain + ">";
	}

}
