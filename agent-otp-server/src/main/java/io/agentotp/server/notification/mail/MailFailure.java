package io.agentotp.server.notification.mail;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

import io.agentotp.server.notification.DeliveryException;
import jakarta.mail.MessagingException;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.eclipse.angus.mail.smtp.SMTPSenderFailedException;
import org.jspecify.annotations.Nullable;

import org.springframework.mail.MailAuthenticationException;
import org.springframework.mail.MailException;
import org.springframework.mail.MailSendException;

/**
 * What a failure of a mail server means. Its codes are told, its words are not: they may
 * repeat what was sent.
 */
final class MailFailure {

	// No such mailbox, no mailbox of that form, moved, no mail there, switched off. An
	// address that was refused for another reason, such as by a filter, may be good.
	private static final Set<String> NO_ADDRESS = Set.of("5.1.1", "5.1.3", "5.1.6", "5.1.10", "5.2.1");

	private static final Pattern ENHANCED = Pattern.compile("\\b[245]\\.\\d{1,3}\\.\\d{1,3}\\b");

	// What the library says.
	private static final String NO_STARTTLS = "STARTTLS is required";

	private static final int PERMANENT = 500;

	private static final int MAX_CAUSES = 100;

	private MailFailure() {
	}

	static DeliveryException of(MailException failure, String server) {
		if (failure instanceof MailAuthenticationException) {
			return DeliveryException.retry("The mail server refuses the user name or the password", null);
		}
		Optional<Answer> answer = answers(failure);
		if (answer.isEmpty()) {
			return DeliveryException.retry(unreached(failure, server), null);
		}
		return answer.get().toException();
	}

	// What was the matter, in words of the service: those of others may repeat what was
	// sent.
	private static String unreached(MailException failure, String server) {
		List<Throwable> causes = causes(failure);
		if (has(causes, UnknownHostException.class)) {
			return "The name of the mail server " + server + " is not known";
		}
		if (has(causes, CertificateException.class) || has(causes, CertPathValidatorException.class)
				|| has(causes, CertPathBuilderException.class) || has(causes, SSLPeerUnverifiedException.class)) {
			return "The certificate of the mail server " + server + " is not trusted, or for another host";
		}
		if (has(causes, SSLException.class)) {
			return "The mail server " + server + " does not speak TLS at the beginning of the connection";
		}
		if (causes.stream().anyMatch((cause) -> String.valueOf(cause.getMessage()).startsWith(NO_STARTTLS))) {
			return "The mail server " + server + " does not offer STARTTLS";
		}
		if (has(causes, SocketTimeoutException.class)) {
			return "The mail server " + server + " did not answer in time";
		}
		if (has(causes, ConnectException.class) || has(causes, NoRouteToHostException.class)) {
			return "The mail server " + server + " refuses connections";
		}
		return "The mail server " + server + " ended the connection, or did not answer in time";
	}

	private static boolean has(List<Throwable> causes, Class<? extends Exception> type) {
		return causes.stream().anyMatch(type::isInstance);
	}

	// An answer about the recipient says more than the one about the whole.
	private static Optional<Answer> answers(MailException failure) {
		Answer found = null;
		for (Throwable each : causes(failure)) {
			Answer answer = answer(each);
			if (answer != null && (found == null || answer.recipient())) {
				found = answer;
			}
		}
		return Optional.ofNullable(found);
	}

	private static List<Throwable> causes(MailException failure) {
		List<Throwable> causes = new ArrayList<>();
		Deque<Throwable> left = new ArrayDeque<>();
		left.add(failure);
		if (failure instanceof MailSendException several) {
			left.addAll(several.getFailedMessages().values());
		}
		while (!left.isEmpty() && causes.size() < MAX_CAUSES) {
			Throwable each = left.remove();
			causes.add(each);
			if (each.getCause() != null) {
				left.add(each.getCause());
			}
			if (each instanceof MessagingException chained && chained.getNextException() != null) {
				left.add(chained.getNextException());
			}
		}
		return causes;
	}

	private static @Nullable Answer answer(Throwable failure) {
		if (failure instanceof SMTPAddressFailedException recipient) {
			return new Answer(true, recipient.getReturnCode(), code(recipient));
		}
		if (failure instanceof SMTPSenderFailedException sender) {
			return new Answer(false, sender.getReturnCode(), code(sender));
		}
		if (failure instanceof SMTPSendFailedException send) {
			return new Answer(false, send.getReturnCode(), code(send));
		}
		return null;
	}

	private static String code(MessagingException failure) {
		Matcher code = ENHANCED.matcher(String.valueOf(failure.getMessage()));
		return code.find() ? code.group() : "";
	}

	private record Answer(boolean recipient, int status, String code) {

		DeliveryException toException() {
			String text = (this.recipient ? "The mail server refused the address with "
					: "The mail server refused the mail with ") + (this.status + " " + this.code).strip();
			if (this.status < PERMANENT) {
				return DeliveryException.retry(text, null);
			}
			return (this.recipient && NO_ADDRESS.contains(this.code)) ? DeliveryException.forgetAddress(text)
					: DeliveryException.giveUp(text);
		}

	}

}
