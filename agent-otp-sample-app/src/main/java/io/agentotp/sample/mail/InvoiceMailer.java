package io.agentotp.sample.mail;

import io.agentotp.Permission;
import io.agentotp.spring.RequiresPermission;
import org.springframework.ai.tool.annotation.Tool;

import org.springframework.mail.SimpleMailMessage;
import org.springframework.mail.javamail.JavaMailSender;
import org.springframework.stereotype.Service;

/**
 * Sends mail to customers. The policy has an approver look at each one.
 */
@Service
public class InvoiceMailer {

	private final JavaMailSender mailSender;

	InvoiceMailer(JavaMailSender mailSender) {
		this.mailSender = mailSender;
	}

	/**
	 * Sends one mail.
	 * @param to the recipient
	 * @param subject the subject
	 * @param body the text
	 * @param permission the grant, which the guard passes
	 * @return a sentence about what was done
	 */
	@Tool(description = "Sends a mail to a customer")
	@RequiresPermission(action = "email.send", resource = "email:#{#to}",
			scope = "{max_emails: 1, allowed_recipients: {#to}}",
			check = "#granted['max_emails'] >= 1 and #granted['allowed_recipients'].contains(#to)",
			reason = "Sending “#{#subject}” to the customer")
	public String send(String to, String subject, String body, Permission permission) {
		SimpleMailMessage message = new SimpleMailMessage();
		message.setFrom("agent@sample.example");
		message.setTo(to);
		message.setSubject(subject);
		message.setText(body);
		this.mailSender.send(message);
		return "Mail sent to " + to + ", approved by " + permission.decidedBy().orElse("the service");
	}

}
