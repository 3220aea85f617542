package io.agentotp.test.readme;

import io.agentotp.PermissionDeniedException;
import io.agentotp.test.AutoConfigureAgentOtp;
import io.agentotp.test.FakeAgentOtp;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

import static io.agentotp.test.AgentOtpAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.verifyNoInteractions;

@SpringBootTest(classes = MailServiceTests.TestApplication.class)
@AutoConfigureAgentOtp
class MailServiceTests {

	@Autowired
	private FakeAgentOtp agentOtp;

	@Autowired
	private MailService service;

	@MockitoBean
	private MailService.Mailer mailer;

	@Test
	void sendWhenApprovedThenEachArgumentIsBoundAndTheBodyRuns() {
		this.service.send("a@b.c", 2);
		assertThat(this.agentOtp).asked("mail.send").withArgument("to", "a@b.c").withArgument("maxEmails", 2);
		then(this.mailer).should().send("a@b.c", 2);
	}

	@Test
	void sendWhenDeniedThenTheBodyDoesNotRun() {
		this.agentOtp.deny("mail.send", "No");
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> this.service.send("a@b.c", 2));
		verifyNoInteractions(this.mailer);
	}

	@EnableAutoConfiguration
	@Import(MailService.class)
	static class TestApplication {

	}

}
