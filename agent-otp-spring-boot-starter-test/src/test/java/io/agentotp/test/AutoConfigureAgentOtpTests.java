package io.agentotp.test;

import java.time.Duration;
import java.util.Map;

import io.agentotp.Permission;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionExpiredException;
import io.agentotp.PermissionRequest;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.event.PermissionGrantedEvent;
import io.agentotp.spring.event.PermissionPendingEvent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@SpringBootTest
@AutoConfigureAgentOtp
class AutoConfigureAgentOtpTests {

	@Autowired
	private FakeAgentOtp agentOtp;

	@Autowired
	private Shop shop;

	@Autowired
	private Answering answering;

	@BeforeEach
	void reset() {
		this.agentOtp.reset();
		this.answering.answer = null;
		this.answering.delay = Duration.ZERO;
	}

	@Test
	void callWhenNothingIsScriptedThenApprovedAndRecorded() {
		assertThat(this.shop.refund(42, 10, null)).isEqualTo("refunded 10");
		assertThat(this.agentOtp.asked()).singleElement().satisfies((asked) -> {
			assertThat(asked.action()).isEqualTo("payment.refund");
			assertThat(asked.resource()).isEqualTo("order:42");
			assertThat(asked.scope()).isEqualTo(Map.of("max_amount", 10));
			assertThat(asked.arguments()).isEqualTo(Map.of("order", 42, "amount", 10));
			assertThat(asked.outcome()).isEqualTo("succeeded");
		});
	}

	@Test
	void callWhenDeniedThenTheBodyDoesNotRun() {
		this.agentOtp.deny("payment.refund", "Too much");
		int before = this.shop.count();
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> this.shop.refund(42, 10, null))
			.withMessageContaining("Too much");
		assertThat(this.shop.count()).isEqualTo(before);
	}

	@Test
	void callWhenExpiredThenTheBodyDoesNotRun() {
		this.agentOtp.expire("payment.refund");
		int before = this.shop.count();
		assertThatExceptionOfType(PermissionExpiredException.class).isThrownBy(() -> this.shop.refund(42, 10, null));
		assertThat(this.shop.count()).isEqualTo(before);
	}

	@Test
	void callWhenNarrowedThenTheBodySeesTheGrantedScope() {
		this.agentOtp.approve("payment.refund", Map.of("max_amount", 5));
		assertThat(this.shop.refund(42, 10, null)).isEqualTo("refunded 5");
	}

	@Test
	void callWhenPendingThenWaitsForTheDecision() {
		this.agentOtp.leavePending("payment.refund");
		this.answering.answer = true;
		assertThat(this.shop.refund(42, 10, null)).isEqualTo("refunded 10");
		this.answering.answer = false;
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> this.shop.refund(42, 10, null));
	}

	@Test
	void callWhenTheGrantEndsByTheManualClockThenTheBodyDoesNotRun() {
		this.answering.delay = Duration.ofHours(1);
		int before = this.shop.count();
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> this.shop.refund(42, 10, null))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("GRANT_EXPIRED"));
		assertThat(this.shop.count()).isEqualTo(before);
	}

	@Test
	void callWhenTheServiceDeniesByDefaultThenDenied() {
		try (var client = FakeAgentOtp.denying().client()) {
			assertThat(client.requestPermission(PermissionRequest.builder("anything").build()).isGranted()).isFalse();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ Shop.class, Answering.class })
	static class Application {

	}

	static class Shop {

		private int count;

		@RequiresPermission(action = "payment.refund", resource = "order:#{#order}", scope = "{max_amount: #amount}",
				acceptsNarrowed = true)
		public String refund(int order, int amount, @Nullable Permission permission) {
			this.count++;
			return "refunded " + permission.scope().get("max_amount");
		}

		int count() {
			return this.count;
		}

	}

	static class Answering {

		private final FakeAgentOtp agentOtp;

		private @Nullable Boolean answer;

		private Duration delay = Duration.ZERO;

		Answering(FakeAgentOtp agentOtp) {
			this.agentOtp = agentOtp;
		}

		@EventListener
		void onPending(PermissionPendingEvent event) {
			if (this.answer != null) {
				this.agentOtp.decidePending(this.answer, "as scripted");
			}
		}

		@EventListener
		void onGranted(PermissionGrantedEvent event) {
			if (!this.delay.isZero()) {
				this.agentOtp.advance(this.delay);
			}
		}

	}

}
