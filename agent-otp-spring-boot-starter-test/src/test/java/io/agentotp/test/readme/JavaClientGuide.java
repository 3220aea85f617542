package io.agentotp.test.readme;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.agentotp.AgentOtpClient;
import io.agentotp.DecisionPage;
import io.agentotp.PermissionRequest;

/**
 * The code of the page {@code docs/java-client.md}.
 */
class JavaClientGuide {

	private final Mailer mailer = new Mailer();

	// on the page
	AgentOtpClient connect(String key) {
		return AgentOtpClient.builder().baseUrl("https://otp.example.com").apiKey(key).build();
	}
	// end

	// on the page
	void sendInvoice(AgentOtpClient client) {
		PermissionRequest request = PermissionRequest.builder("email.send")
			.resource("email:client@example.com")
			.scope("max_emails", 1)
			.reason("Sending the monthly invoice")
			.timeout(Duration.ofMinutes(10))
			.build();
		client.executeWithPermission(request, (permission) -> this.mailer.send(permission.scope()));
	}
	// end

	// on the page
	String follow(AgentOtpClient client, String cursor) {
		DecisionPage page = client.decisionsAfter(cursor, Duration.ofSeconds(25));
		page.permissions().forEach((permission) -> this.mailer.send(permission.scope()));
		return page.cursor();
	}
	// end

	List<Map<String, Object>> sent() {
		return this.mailer.sent;
	}

	private static final class Mailer {

		private final List<Map<String, Object>> sent = new ArrayList<>();

		String send(Map<String, Object> limits) {
			this.sent.add(limits);
			return "sent";
		}

	}

}
