package io.agentotp.test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import io.agentotp.AgentOtpClient;
import io.agentotp.PermissionPendingException;
import io.agentotp.PermissionRequest;
import io.agentotp.spring.CallRefusedException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static io.agentotp.test.AgentOtpAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;

/**
 * Runs the Java code of the page {@code docs/guard.md} and sees to it that the page shows
 * that code.
 */
@SpringBootTest
@AutoConfigureAgentOtp
class GuardGuideTests {

	@Autowired
	private FakeAgentOtp agentOtp;

	@Autowired
	private GuardGuide guide;

	@BeforeEach
	void forget() {
		this.guide.done().clear();
	}

	@Test
	void pageWhenReadThenShowsTheCodeThatIsRunHere() throws IOException {
		GuidePage.assertShows(Path.of("../docs/guard.md"), Path.of("src/test/java/io/agentotp/test/GuardGuide.java"));
	}

	@Test
	void attributesWhenEvaluatedThenTheServiceIsAskedForThem() {
		assertThat(this.guide.send("a@b.c", "Hello", "Body", null)).isEqualTo("delivered Hello to a@b.c 4");
		assertThat(this.agentOtp).asked("email.send")
			.forResource("email:a@b.c")
			.withScope("max_emails", 1)
			.withArgument("body", "Body")
			.because("Sending “Hello”")
			.succeeded();
		assertThat(this.agentOtp.asked().get(0).context()).containsEntry("length", 4);
	}

	@Test
	void checkWhenTheCallKeepsToTheNarrowedScopeThenRuns() {
		this.agentOtp.approve("payment.refund", Map.of("max_amount", 10));
		assertThat(this.guide.refund(42, 10)).isEqualTo("paid 10 for 42");
	}

	@Test
	void checkWhenTheCallGoesBeyondTheNarrowedScopeThenRefused() {
		this.agentOtp.approve("payment.refund", Map.of("max_amount", 9));
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> this.guide.refund(42, 10))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("SCOPE_EXCEEDED"));
		assertThat(this.guide.done()).isEmpty();
	}

	@Test
	void checkWhenTheLimitWasNotGrantedThenRefused() {
		this.agentOtp.approve("payment.refund", Map.of("other", 9));
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> this.guide.refund(42, 10))
			.withMessageContaining("the grant has no 'max_amount'");
		assertThat(this.guide.done()).isEmpty();
	}

	@Test
	void acceptsNarrowedWhenLessWasGrantedThenTheBodyKeepsToIt() {
		this.agentOtp.approve("payment.collect", Map.of("max_amount", 9));
		assertThat(this.guide.collect(10)).isEqualTo("paid 9 for the account");
	}

	@Test
	void sensitiveWhenAskedThenMaskedButBound() {
		this.guide.charge("4111111111111111", 5);
		assertThat(this.agentOtp).asked("card.charge").withArgument("cardNumber", "••••••").withArgument("amount", 5);
		assertThat(this.agentOtp.asked().toString()).doesNotContain("4111111111111111");
		assertThat(this.guide.done()).containsExactly("paid 5 for 4111111111111111");
	}

	@Test
	void notBoundWhenAskedThenNamed() {
		this.guide.write("report.txt", InputStream.nullInputStream());
		assertThat(this.agentOtp.asked().get(0).call().get("notBound")).hasToString("[content]");
	}

	@Test
	void consumeWhenBeforeThenUsedBeforeTheBody() {
		this.guide.transfer("DE00", 5);
		assertThat(this.agentOtp).asked("payment.transfer").hasOutcome("started");
	}

	@Test
	void onPendingWhenThrowThenTheCallIsMadeAgain() {
		this.agentOtp.leavePending("table.drop");
		GuardGuide.DropTool tool = new GuardGuide.DropTool(this.guide);
		assertThat(tool.drop("customers")).startsWith("Pending: approve at http://localhost/");
		this.agentOtp.decidePending(true, null);
		assertThat(tool.drop("customers")).isEqualTo("Dropped");
		assertThat(this.guide.done()).contains("drop table customers");
		this.agentOtp.deny("table.drop", "Never");
		assertThat(tool.drop("orders")).isEqualTo("Permission denied: Never");
	}

	@Test
	void toolWhenNobodyDecidedInTimeThenTheModelIsNotToldToCallAgain() {
		this.agentOtp.leavePending("table.drop");
		PermissionRequest request = PermissionRequest.builder("table.drop").timeout(Duration.ofMillis(50)).build();
		try (AgentOtpClient client = this.agentOtp.client()) {
			PermissionPendingException withdrawn = catchThrowableOfType(PermissionPendingException.class,
					() -> client.executeWithPermission(request, (permission) -> "dropped"));
			GuardGuide tables = mock(GuardGuide.class);
			willThrow(withdrawn).given(tables).drop("customers");
			assertThat(new GuardGuide.DropTool(tables).drop("customers"))
				.isEqualTo("Permission denied: nobody decided in time");
		}
	}

	@Test
	void returnTypesWhenAsynchronousThenGuarded() {
		assertThat(this.guide.build(2026).join()).isEqualTo("computed 2026 {}");
		assertThat(this.guide.publish(2026).block()).isEqualTo("computed 2026 {}");
		assertThat(this.agentOtp).asked("report.build").succeeded();
		assertThat(this.agentOtp).asked("report.publish").succeeded();
	}

	@Test
	void contextWhenInTheBodyThenHasTheGrant() {
		assertThat(this.guide.read("report.txt")).isEqualTo("loaded report.txt {}");
	}

	@Test
	void pendingEventWhenAskedThenShowsWhereToDecide() {
		this.agentOtp.leavePending("table.drop");
		assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> this.guide.drop("orders"));
		assertThat(this.guide.done()).singleElement().asString().startsWith("Please decide at http://localhost/");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(GuardGuide.class)
	static class Application {

	}

}
