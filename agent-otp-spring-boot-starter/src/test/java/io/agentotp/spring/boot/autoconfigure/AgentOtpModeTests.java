package io.agentotp.spring.boot.autoconfigure;

import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.AgentOtpClient;
import io.agentotp.OtpToken;
import io.agentotp.Permission;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionRequest;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.health.AgentOtpHealthIndicator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@ExtendWith(OutputCaptureExtension.class)
class AgentOtpModeTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class,
				AgentOtpHealthContributorAutoConfiguration.class))
		.withBean(Deed.class);

	@Test
	void callWhenAllowAllThenRunsWithAGrantAndLogAndHealthSaySo(CapturedOutput output) {
		this.contextRunner.withPropertyValues("agentotp.mode=allow-all").run((context) -> {
			assertThat(context.getBean(Deed.class).act(5, null)).isEqualTo(5);
			assertThat(context.getBean(AgentOtpHealthIndicator.class).health().getDetails()).containsEntry("mode",
					"allow-all");
		});
		assertThat(output).contains("agentotp.mode is allow-all").contains("PERMITTED");
	}

	@Test
	void callWhenDenyAllThenTheBodyDoesNotRun() {
		this.contextRunner.withPropertyValues("agentotp.mode=deny-all").run((context) -> {
			Deed deed = context.getBean(Deed.class);
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> deed.act(5, null))
				.withMessageContaining("agentotp.mode is deny-all");
			assertThat(deed.ran()).hasValue(0);
		});
	}

	@Test
	void startWhenDenyAllAndTheApplicationHasItsOwnClientThenFails() {
		this.contextRunner.withPropertyValues("agentotp.mode=deny-all")
			.withBean("own", AgentOtpClient.class,
					() -> AgentOtpClient.builder().apiKey("ak_test_own").baseUrl("http://localhost").build())
			.run((context) -> assertThat(context).getFailure()
				.hasMessageContaining("agentotp.mode is deny-all, but the bean 'own' asks whomever it is made for"));
	}

	@Test
	void startWhenDenyAllAndTheClientIsOfTheParentThenFails() {
		new ApplicationContextRunner()
			.withBean("parents", AgentOtpClient.class,
					() -> AgentOtpClient.builder().apiKey("ak_test_own").baseUrl("http://localhost").build())
			.run((parent) -> this.contextRunner.withParent(parent)
				.withPropertyValues("agentotp.mode=deny-all")
				.run((context) -> assertThat(context).getFailure().hasMessageContaining("the bean 'parents' asks")));
	}

	@Test
	void callWhenDenyAllAndABeanCallsBeforeTheClientIsLookedAtThenNotMade() {
		AtomicInteger made = new AtomicInteger();
		this.contextRunner.withPropertyValues("agentotp.mode=deny-all")
			.withBean("own", AgentOtpClient.class,
					() -> AgentOtpClient.builder().apiKey("ak_test_own").baseUrl("http://localhost").build())
			.withBean("early", Integer.class, made::incrementAndGet)
			.run((context) -> assertThat(context).hasFailed());
		assertThat(made).hasValue(0);
	}

	@Test
	void verifyWhenAllowAllThenNoTokenIsValid() {
		this.contextRunner.withPropertyValues("agentotp.mode=allow-all").run((context) -> {
			AgentOtpClient client = context.getBean(AgentOtpClient.class);
			Permission permission = client.requestPermission(PermissionRequest.builder("act").build());
			OtpToken token = permission.token().orElseThrow();
			assertThat(client.verifyToken(permission.id(), token).valid()).isFalse();
		});
	}

	@Test
	void startWhenTheModeIsRemoteAndTheKeyIsMissingThenFails() {
		this.contextRunner.run((context) -> assertThat(context).hasFailed());
	}

	static class Deed {

		private final AtomicInteger ran = new AtomicInteger();

		AtomicInteger ran() {
			return this.ran;
		}

		@RequiresPermission(action = "act", scope = "{max_amount: #amount}")
		public int act(int amount, @Nullable Permission permission) {
			this.ran.incrementAndGet();
			return (Integer) permission.scope().get("max_amount");
		}

	}

}
