package io.agentotp.test;

import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.mockito.Answers;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.context.bean.override.mockito.MockitoSpyBean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

/**
 * Guarded beans that a test replaces.
 */
class MockedBeanTests {

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Shop.class)
	static class TestConfiguration {

	}

	static class Shop {

		@RequiresPermission(action = "payment.refund")
		public String refund(int amount) {
			return "refunded " + amount;
		}

	}

	@Test
	void startWhenAMockCallsTheRealMethodsThenFails() {
		new ApplicationContextRunner().withUserConfiguration(FakeAgentOtpConfiguration.class, Autoconfigured.class)
			.withInitializer((context) -> context.getBeanFactory()
				.registerSingleton("shop", mock(Shop.class, Answers.CALLS_REAL_METHODS)))
			.run((context) -> assertThat(context).getFailure().hasMessageContaining("the bean is not proxied"));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Autoconfigured {

	}

	@Nested
	@SpringBootTest(classes = TestConfiguration.class)
	@AutoConfigureAgentOtp
	class Mocks {

		@Autowired
		private FakeAgentOtp agentOtp;

		@MockitoBean
		private Shop shop;

		@Test
		void callWhenTheBeanIsAMockThenNobodyIsAsked() {
			given(this.shop.refund(10)).willReturn("mocked");
			assertThat(this.shop.refund(10)).isEqualTo("mocked");
			assertThat(this.agentOtp.asked()).isEmpty();
		}

	}

	/** Without auto-configuration, as many slices are. */
	@Nested
	@SpringBootTest(classes = MocksOfASlice.Slice.class)
	class MocksOfASlice {

		@MockitoBean
		private Shop shop;

		@MockitoBean
		private Bank bank;

		@Test
		void startWhenTheSliceHasNoGuardAndTheBeansAreMocksThenStarts() {
			given(this.shop.refund(10)).willReturn("mocked");
			given(this.bank.pay()).willReturn("mocked, too");
			assertThat(this.shop.refund(10) + this.bank.pay()).isEqualTo("mockedmocked, too");
		}

		@Configuration(proxyBeanMethods = false)
		static class Slice {

		}

	}

	interface Bank {

		@RequiresPermission(action = "payment.pay")
		String pay();

	}

	@Nested
	@SpringBootTest(classes = TestConfiguration.class)
	@AutoConfigureAgentOtp
	class Spies {

		@Autowired
		private FakeAgentOtp agentOtp;

		@MockitoSpyBean
		private Shop shop;

		@Autowired
		private Shop injected;

		@Test
		void callWhenTheBeanIsASpyThenTheBodyIsGuarded() {
			this.agentOtp.deny("payment.refund", "Too much");
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> this.injected.refund(10));
			verify(this.shop, never()).refund(10);
		}

	}

}
