package io.agentotp.test;

import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.Permission;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionPendingException;
import io.agentotp.spring.RequiresPermission;
import org.jspecify.annotations.Nullable;
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

@SpringBootTest
@AutoConfigureAgentOtp
@WithDeniedPermission("file.delete")
class AgentOtpAnnotationsTests {

	@Autowired
	private FakeAgentOtp agentOtp;

	@Autowired
	private Desk desk;

	@BeforeEach
	void countFromZero() {
		this.desk.ran().set(0);
	}

	@Test
	void sendWhenApprovedThenSent() {
		this.desk.send("a@b.c", "Hello", null);
		assertThat(this.agentOtp).asked("email.send")
			.forResource("email:a@b.c")
			.withScope("max_emails", 1)
			.withArgument("subject", "Hello")
			.because("Saying Hello")
			.succeeded();
	}

	@Test
	@WithDeniedPermission(value = "email.send", reason = "Not today")
	void sendWhenDeniedThenNotSent() {
		assertThatExceptionOfType(PermissionDeniedException.class)
			.isThrownBy(() -> this.desk.send("a@b.c", "Hello", null))
			.withMessageContaining("Not today");
		assertThat(this.desk.ran()).hasValue(0);
		assertThat(this.agentOtp).asked("email.send").wasDenied();
	}

	@Test
	@WithApprovedPermission(value = "email.send", scope = "{max_emails: 0}")
	void sendWhenNarrowedThenSeesTheGrant() {
		assertThat(this.desk.send("a@b.c", "Hello", null)).isEqualTo("{max_emails=0}");
	}

	@Test
	void deleteWhenDeniedForTheClassThenNotDeleted() {
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(this.desk::delete);
		assertThat(this.desk.ran()).hasValue(0);
	}

	@Test
	@WithApprovedPermission("file.delete")
	void deleteWhenApprovedForTheMethodThenDeleted() {
		this.desk.delete();
		assertThat(this.desk.ran()).hasValue(1);
	}

	@Test
	void sendWhenLeftPendingThenWithdrawn() {
		this.agentOtp.leavePending("email.send");
		assertThatExceptionOfType(PermissionPendingException.class)
			.isThrownBy(() -> this.desk.send("a@b.c", "Hello", null));
		assertThat(this.desk.ran()).hasValue(0);
	}

	@Test
	void assertThatWhenTheRequestWasAnotherThenFails() {
		assertThat(this.agentOtp).askedNothing();
		this.desk.send("a@b.c", "Hello", null);
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> assertThat(this.agentOtp).asked("email.send").forResource("email:x@y.z"))
			.withMessageContaining("resource");
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> assertThat(this.agentOtp).asked("email.send").wasDenied())
			.withMessageContaining("status");
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> assertThat(this.agentOtp).asked("file.delete"))
			.withMessageContaining("0 times");
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> assertThat(this.agentOtp).askedNothing());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Desk.class)
	static class Application {

	}

	static class Desk {

		private final AtomicInteger ran = new AtomicInteger();

		AtomicInteger ran() {
			return this.ran;
		}

		@RequiresPermission(action = "email.send", resource = "email:#{#to}", scope = "{max_emails: 1}",
				reason = "Saying #{#subject}", timeout = "1s", acceptsNarrowed = true)
		public String send(String to, String subject, @Nullable Permission permission) {
			this.ran.incrementAndGet();
			return permission.scope().toString();
		}

		@RequiresPermission(action = "file.delete")
		public void delete() {
			this.ran.incrementAndGet();
		}

	}

}
