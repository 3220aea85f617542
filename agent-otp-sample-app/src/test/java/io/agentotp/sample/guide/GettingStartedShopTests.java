package io.agentotp.sample.guide;

import java.math.BigDecimal;

import io.agentotp.PermissionDeniedException;
import io.agentotp.sample.guide.GettingStarted.Shop;
import io.agentotp.server.AgentOtpServer;
import io.agentotp.test.AutoConfigureAgentOtp;
import io.agentotp.test.FakeAgentOtp;
import io.agentotp.test.WithDeniedPermission;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.TestPropertySource;

import static io.agentotp.test.AgentOtpAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The test of the page {@code docs/getting-started.md}, without the password of its
 * settings.
 */
@TestPropertySource(properties = { "spring.config.location=optional:none.yml",
		"agentotp.server.users.alice.password=${ALICE_PASSWORD}" })
class GettingStartedShopTests {

	@Nested
	// on the page
	@SpringBootTest
	@AutoConfigureAgentOtp
	class ShopTests {

		@Autowired
		private FakeAgentOtp agentOtp;

		@Autowired
		private Shop shop;

		@Test
		void refundWhenApprovedThenIsMade() {
			assertThat(this.shop.refund(42, new BigDecimal("10.50"))).isEqualTo("Refunded 10.50 for order 42");
			assertThat(this.agentOtp).asked("payment.refund").forResource("order:42").succeeded();
		}

		@Test
		@WithDeniedPermission("payment.refund")
		void refundWhenDeniedThenIsNotMade() {
			assertThatExceptionOfType(PermissionDeniedException.class)
				.isThrownBy(() -> this.shop.refund(42, new BigDecimal("10.50")));
		}

	}
	// end

	@Nested
	@SpringBootTest
	@AutoConfigureAgentOtp
	class Service {

		@Test
		void startWhenTheServiceIsReplacedThenItIsLeftOut(@Autowired ObjectProvider<AgentOtpServer> service) {
			assertThat(service.getIfAvailable()).isNull();
		}

	}

}
