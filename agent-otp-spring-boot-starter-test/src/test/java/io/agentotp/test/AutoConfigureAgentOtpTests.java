package io.agentotp.test;

import java.util.Map;

import io.agentotp.Permission;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionExpiredException;
import io.agentotp.PermissionRequest;
import io.agentotp.spring.PermissionPendingEvent;
import io.agentotp.spring.RequiresPermission;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
@SpringBootTest
@AutoConfigureAgentOtp
class AutoConfigureAgentOtpTests {

	@Autowired
	private ScriptedApprover approver;

	@Autowired
	private Shop shop;

	@Autowired
	private Answering answering;

	@BeforeEach
	void reset() {
		this.approver.reset();
		this.answering.answer = null;
	}

	@Test
	void callWhenNothingIsScriptedThenApprovedAndRecorded() {
		assertThat(this.shop.refund(42, 10, null)).isEqualTo("refunded 10");
		assertThat(this.approver.asked()).singleElement().satisfies((asked) -> {
			assertThat(asked.action()).isEqualTo("payment.refund");
			assertThat(asked.resource()).isEqualTo("order:42");
			assertThat(asked.scope()).isEqualTo(Map.of("max_amount", 10));
			assertThat(asked.context().get("arguments")).isEqualTo(Map.of("order", 42, "amount", 10));
			assertThat(asked.outcome()).isEqualTo("succeeded");
		});
	}

	@Test
	void callWhenDeniedThenTheBodyDoesNotRun() {
		this.approver.deny("payment.refund", "Too much");
		int before = this.shop.count();
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> this.shop.refund(42, 10, null))
			.withMessageContaining("Too much");
		assertThat(this.shop.count()).isEqualTo(before);
	}

	@Test
	void callWhenExpiredThenTheBodyDoesNotRun() {
		this.approver.expire("payment.refund");
		int before = this.shop.count();
		assertThatExceptionOfType(PermissionExpiredException.class).isThrownBy(() -> this.shop.refund(42, 10, null));
		assertThat(this.shop.count()).isEqualTo(before);
	}

	@Test
	void callWhenNarrowedThenTheBodySeesTheGrantedScope() {
		this.approver.approve("payment.refund", Map.of("max_amount", 5));
		assertThat(this.shop.refund(42, 10, null)).isEqualTo("refunded 5");
	}

	@Test
	void callWhenPendingThenWaitsForTheDecision() {
		this.approver.leavePending("payment.refund");
		this.answering.answer = true;
		assertThat(this.shop.refund(42, 10, null)).isEqualTo("refunded 10");
		this.answering.answer = false;
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> this.shop.refund(42, 10, null));
	}

	@Test
	void callWhenTheApproverDeniesByDefaultThenDenied() {
		try (var client = ScriptedApprover.denying().client()) {
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

		@RequiresPermission(action = "payment.refund", resource = "order:#{#order}", scope = "{max_amount: #amount}")
		public String refund(int order, int amount, @Nullable Permission permission) {
			this.count++;
			return "refunded " + permission.scope().get("max_amount");
		}

		int count() {
			return this.count;
		}

	}

	static class Answering {

		private final ScriptedApprover approver;

		private @Nullable Boolean answer;

		Answering(ScriptedApprover approver) {
			this.approver = approver;
		}

		@EventListener
		void onPending(PermissionPendingEvent event) {
			if (this.answer != null) {
				this.approver.decidePending(this.answer, "as scripted");
			}
		}

	}

}
