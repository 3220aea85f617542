package io.agentotp.sample;

import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.agentotp.Permission;
import io.agentotp.PermissionPendingException;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.event.PermissionDecidedLateEvent;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * An application that hears of decisions which no call waits for, from the real service.
 */
@SpringBootTest(webEnvironment = WebEnvironment.DEFINED_PORT)
@DirtiesContext
class LateDecisionsAgainstServerTests {

	@LocalServerPort
	private int port;

	@DynamicPropertySource
	static void settings(DynamicPropertyRegistry registry) {
		RunningSample.settings().forEach((name, value) -> registry.add(name, () -> value));
		registry.add("spring.datasource.url", () -> "jdbc:h2:mem:late-decisions-against-server");
	}

	@Test
	void decisionsWhenNoCallWaitsThenHeardAlsoAfterRestarts() {
		RunningSample.Approver approver = RunningSample.approver(this.port);
		run((context) -> {
			Tables tables = context.getBean(Tables.class);
			Messages messages = context.getBean(Messages.class);
			approver.decide(pending(tables, "one"), false, "keep it");
			messages.assertNext("denied: table.drop table:one, keep it");
			String two = pending(tables, "two");
			approver.decide(two, true, "fine");
			messages.assertNext("approved: table.drop table:two, fine");
			tables.drop("two");
			assertThat(approver.auditOf(two)).contains("used");
			pending(tables, "three");
			pending(tables, "four");
		});
		approver.decide(approver.data("/permissions?status=pending").path(0).path("id").asString(), false, "later");
		run((context) -> {
			Messages messages = context.getBean(Messages.class);
			// At least once: the first run kept its place in the feed for itself.
			messages.assertNext("denied: table.drop table:one, keep it");
			assertThat(messages.next()).matches("denied: table.drop table:(three|four), later");
			approver.decide(approver.data("/permissions?status=pending").path(0).path("id").asString(), false, "last");
			assertThat(messages.next()).matches("denied: table.drop table:(three|four), last");
			assertThat(messages.sent).isEmpty();
		});
	}

	private void run(ContextConsumer<AssertableApplicationContext> application) {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class))
			.withBean(Tables.class)
			.withBean(Messages.class)
			.withBean(LateDecisionListener.class)
			.withPropertyValues("agentotp.base-url=http://localhost:" + this.port + "/agent-otp",
					"agentotp.api-key=" + RunningSample.AGENT_KEY)
			.run(application);
	}

	private static String pending(Tables tables, String name) {
		PermissionPendingException pending = catchThrowableOfType(PermissionPendingException.class,
				() -> tables.drop(name));
		return pending.permission().id();
	}

	static class Tables {

		@RequiresPermission(action = "table.drop", resource = "table:#{#name}", onPending = OnPending.THROW)
		public void drop(String name) {
		}

	}

	static class Messages {

		private final BlockingQueue<String> sent = new LinkedBlockingQueue<>();

		void send(String outcome, String action, Optional<String> resource, Optional<String> reason) {
			this.sent.add(outcome + ": " + action + " " + resource.orElse("") + ", " + reason.orElse(""));
		}

		String next() throws InterruptedException {
			String message = this.sent.poll(1, TimeUnit.MINUTES);
			assertThat(message).isNotNull();
			return message;
		}

		void assertNext(String message) throws InterruptedException {
			assertThat(next()).isEqualTo(message);
		}

	}

	// on the page
	@Component
	static class LateDecisionListener {

		private final Messages messages;

		LateDecisionListener(Messages messages) {
			this.messages = messages;
		}

		@EventListener
		void on(PermissionDecidedLateEvent event) {
			Permission permission = event.permission();
			this.messages.send(event.outcome(), permission.action(), permission.resource(), permission.reason());
		}

	}
	// end

}
