package io.agentotp.test.readme;

import io.agentotp.spring.RequiresPermission;

/**
 * The method of the page {@code docs/architecture.md}.
 */
class MailService {

	private final Mailer mailer;

	MailService(Mailer mailer) {
		this.mailer = mailer;
	}

	// on the page
	@RequiresPermission(action = "mail.send")
	public void send(String to, int maxEmails) {
		this.mailer.send(to, maxEmails);
	}
	// end

	interface Mailer {

		void send(String to, int maxEmails);

	}

}
