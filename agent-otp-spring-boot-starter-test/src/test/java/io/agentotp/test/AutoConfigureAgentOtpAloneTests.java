package io.agentotp.test;

import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A test without Spring Boot's auto-configuration has the guard all the same.
 */
@SpringJUnitConfig
@AutoConfigureAgentOtp
@Import(AutoConfigureAgentOtpAloneTests.Shop.class)
class AutoConfigureAgentOtpAloneTests {

	@Autowired
	private FakeAgentOtp agentOtp;

	@Autowired
	private Shop shop;

	@Test
	void callWhenNothingIsAutoConfiguredThenGuarded() {
		this.agentOtp.deny("shop.close", "No");
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(this.shop::close);
		assertThat(this.shop.closed()).isFalse();
	}

	static class Shop {

		private boolean closed;

		@RequiresPermission(action = "shop.close")
		void close() {
			this.closed = true;
		}

		boolean closed() {
			return this.closed;
		}

	}

}
