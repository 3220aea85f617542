package io.agentotp.test.readme;

import java.math.BigDecimal;

import io.agentotp.PermissionDeniedException;
import io.agentotp.test.AutoConfigureAgentOtp;
import io.agentotp.test.FakeAgentOtp;
import io.agentotp.test.WithDeniedPermission;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

import static io.agentotp.test.AgentOtpAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.Mockito.verifyNoInteractions;

/**
 * The test of the README.
 */
// on the page
@SpringBootTest
@AutoConfigureAgentOtp
class ShopTests {

	@Autowired
	FakeAgentOtp agentOtp;

	@Autowired
	Shop shop;

	@MockitoBean
	Shop.Payments payments;

	@Test
	@WithDeniedPermission(value = "payment.refund", reason = "Too much")
	void refundWhenDeniedThenNothingIsPaid() {
		assertThatExceptionOfType(PermissionDeniedException.class)
			.isThrownBy(() -> this.shop.refund(42, new BigDecimal("10"), null));
		assertThat(this.agentOtp).asked("payment.refund").withArgument("amount", 10).wasDenied();
		verifyNoInteractions(this.payments);
	}

}
// end
