package io.agentotp.test.readme;

import java.time.Instant;
import java.util.Map;

import io.agentotp.AgentOtpClient;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionRequest;
import io.agentotp.test.FakeAgentOtp;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class JavaClientGuideTests {

	private final JavaClientGuide guide = new JavaClientGuide();

	@Test
	void connectWhenGivenAKeyThenTheClientDoesNotShowIt() {
		try (AgentOtpClient client = this.guide.connect("ak_live_key-of-the-guide-0123456789")) {
			assertThat(client.toString()).doesNotContain("key-of-the-guide");
		}
	}

	@Test
	void sendInvoiceWhenApprovedThenSendsWithTheGrantedScope() {
		this.guide.sendInvoice(FakeAgentOtp.approving().client());
		assertThat(this.guide.sent()).containsExactly(Map.of("max_emails", 1));
	}

	@Test
	void followWhenSomethingWasDecidedThenHandsItOver() {
		FakeAgentOtp agentOtp = FakeAgentOtp.approving().leavePending("email.send");
		AgentOtpClient client = agentOtp.client();
		client.requestPermission(
				PermissionRequest.builder("email.send").scope("max_emails", 2).waitForApproval(false).build());
		String cursor = client.decisionsSince(Instant.EPOCH).cursor();
		agentOtp.decidePending(false, null);
		assertThat(this.guide.follow(client, cursor)).isNotEqualTo(cursor);
		assertThat(this.guide.sent()).containsExactly(Map.of("max_emails", 2));
	}

	@Test
	void sendInvoiceWhenDeniedThenSendsNothing() {
		FakeAgentOtp agentOtp = FakeAgentOtp.approving();
		agentOtp.deny("email.send", "Not today");
		assertThatExceptionOfType(PermissionDeniedException.class)
			.isThrownBy(() -> this.guide.sendInvoice(agentOtp.client()));
		assertThat(this.guide.sent()).isEmpty();
	}

}
