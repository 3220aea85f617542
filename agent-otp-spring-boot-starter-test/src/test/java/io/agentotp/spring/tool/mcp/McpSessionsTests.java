package io.agentotp.spring.tool.mcp;

import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.AgentOtpClient;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpToolAutoConfiguration;
import io.agentotp.spring.tool.Tool;
import io.agentotp.spring.tool.ToolCall;
import io.agentotp.spring.tool.ToolCaller;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.ToolRefusedException;
import io.agentotp.test.FakeAgentOtp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A session of which several principals take part.
 */
class McpSessionsTests {

	private static final ToolCaller CALLER = new ToolCaller("session", "client 1", null);

	private final FakeAgentOtp service = FakeAgentOtp.approving().leavePending("disk.wipe");

	private final McpSessions sessions = new McpSessions(InstantSource.system());

	@AfterEach
	void signOut() {
		SecurityContextHolder.clearContext();
	}

	@Test
	void callWhenAnotherPrincipalOfTheSessionMakesItThenItsApprovalIsNotPickedUp() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, AgentOtpAutoConfiguration.class,
					AgentOtpMethodAutoConfiguration.class, AgentOtpToolAutoConfiguration.class,
					TaskExecutionAutoConfiguration.class))
			.withBean(AgentOtpClient.class, this.service::client)
			.withPropertyValues("agentotp.tools.unmatched=allow", "agentotp.tools.rules[0].name=wipe*",
					"agentotp.tools.rules[0].action=disk.wipe", "agentotp.tools.rules[0].on-pending=throw")
			.run((context) -> {
				ToolGuard guard = context.getBean(ToolGuard.class);
				assertThat(wipe(guard, "ann")).contains("Permission pending");
				this.service.decidePending(true, null);
				assertThat(wipe(guard, "bob")).contains("Permission pending");
				assertThat(wipe(guard, "ann")).isEqualTo("done by ann");
			});
	}

	@Test
	void turnWhenAnotherPrincipalCallsThenItIsAnotherOne() {
		List<Object> turns = List.of("ann", "bob", "ann").stream().map((name) -> {
			signIn(name);
			return (Object) this.sessions.turn(CALLER);
		}).toList();
		assertThat(turns.get(1)).isNotSameAs(turns.get(0));
		assertThat(turns.get(2)).isSameAs(turns.get(0));
	}

	@Test
	void closeWhenARequestWasLeftOftenThenItIsWithdrawnOnce() {
		AtomicInteger withdrawn = new AtomicInteger();
		for (int poll = 0; poll < 3; poll++) {
			this.sessions.leave("session", "call", "permission", withdrawn::incrementAndGet);
		}
		this.sessions.leave("session", "call", "other", withdrawn::incrementAndGet);
		this.sessions.close("session");
		assertThat(withdrawn).hasValue(2);
	}

	private String wipe(ToolGuard guard, String principal) throws Exception {
		signIn(principal);
		try {
			return guard.call(guard.protect(Tool.of("wipe", "wipe", "MCP server")),
					new ToolCall("wipe", null, "{}", CALLER).in(this.sessions.turn(CALLER)),
					() -> "done by " + principal);
		}
		catch (ToolRefusedException ex) {
			return String.valueOf(ex.getMessage());
		}
	}

	private static void signIn(String name) {
		SecurityContextHolder.clearContext();
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken(name, "", "USER"));
	}

}
