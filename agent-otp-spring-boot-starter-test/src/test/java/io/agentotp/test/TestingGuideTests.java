package io.agentotp.test;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

// on the page
import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionPendingException;
import io.agentotp.PermissionRequest;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.test.AutoConfigureAgentOtp;
import io.agentotp.test.FakeAgentOtp;
import io.agentotp.test.TestApprover;
import io.agentotp.test.WithApprovedPermission;
import io.agentotp.test.WithDeniedPermission;

import static io.agentotp.test.AgentOtpAssertions.assertThat;
// end
import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;

/**
 * Runs the Java code of the page {@code docs/testing.md} and sees to it that the page
 * shows that code.
 */
class TestingGuideTests {

	@Test
	void pageWhenReadThenShowsTheCodeThatIsRunHere() throws IOException {
		GuidePage.assertShows(Path.of("../docs/testing.md"),
				Path.of("src/test/java/io/agentotp/test/TestingGuideTests.java"));
	}

	@SpringBootApplication(scanBasePackages = "none")
	@Import({ Shop.class, ShopController.class })
	static class Application {

	}

	// on the page
	public static class Shop {

		@RequiresPermission(action = "payment.refund", resource = "order:#{#order}", scope = "{max_amount: #amount}",
				timeout = "6h")
		public String refund(String order, BigDecimal amount) {
			return "refunded " + amount;
		}

	}
	// end

	@RestController
	static class ShopController {

		private final Shop shop;

		ShopController(Shop shop) {
			this.shop = shop;
		}

		@PostMapping("/refunds")
		String refund() {
			return this.shop.refund("42", new BigDecimal("10.50"));
		}

	}

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
		void refundWhenNothingIsSaidThenApproved() {
			assertThat(this.shop.refund("42", new BigDecimal("10.50"))).isEqualTo("refunded 10.50");
			assertThat(this.agentOtp).asked("payment.refund")
				.forResource("order:42")
				.withScope("max_amount", 10.5)
				.withArgument("amount", new BigDecimal("10.5"))
				.succeeded();
		}

		@Test
		@WithDeniedPermission(value = "payment.refund", reason = "Too much")
		void refundWhenDeniedThenNothingIsPaid() {
			assertThatExceptionOfType(PermissionDeniedException.class)
				.isThrownBy(() -> this.shop.refund("42", BigDecimal.TEN))
				.withMessageContaining("Too much");
			assertThat(this.agentOtp).asked("payment.refund").wasDenied();
		}

		@Test
		void refundWhenOnlySmallAmountsAreApprovedThenLargeOnesAreDenied() {
			this.agentOtp.deny("payment.refund", "Too much")
				.approve((asked) -> ((BigDecimal) asked.scope().get("max_amount")).intValue() < 100);
			assertThat(this.shop.refund("42", new BigDecimal("99.90"))).isEqualTo("refunded 99.90");
			assertThatExceptionOfType(PermissionDeniedException.class)
				.isThrownBy(() -> this.shop.refund("42", new BigDecimal("100.50")));
		}

	}
	// end

	@Nested
	@SpringBootTest
	@AutoConfigureAgentOtp
	class Waiting {

		@Autowired
		private FakeAgentOtp agentOtp;

		@Autowired
		private Shop shop;

		// on the page
		@Test
		void refundWhenNobodyDecidesThenGivesUpAfterSixHours() throws Exception {
			this.agentOtp.leavePending("payment.refund").approvalWindow(Duration.ofHours(8));
			CompletableFuture<String> refund = CompletableFuture
				.supplyAsync(() -> this.shop.refund("42", BigDecimal.TEN));
			this.agentOtp.awaitPending(1);
			this.agentOtp.advance(Duration.ofHours(6));
			assertThat(refund).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.withCauseInstanceOf(PermissionPendingException.class);
		}

		@Test
		void refundWhenApprovedLaterThenPaid() throws Exception {
			this.agentOtp.leavePending("payment.refund");
			CompletableFuture<String> refund = CompletableFuture
				.supplyAsync(() -> this.shop.refund("42", BigDecimal.TEN));
			this.agentOtp.awaitPending(1);
			this.agentOtp.decidePending(true, "Customer called");
			assertThat(refund.get()).isEqualTo("refunded 10");
		}
		// end

	}

	@Nested
	// on the page
	@WebMvcTest(ShopController.class)
	class ShopControllerTests {

		@MockitoBean
		private Shop shop;

		@Autowired
		private MockMvcTester mvc;

		@Test
		void refundWhenPostedThenTheAnswerIsTheShops() {
			given(this.shop.refund("42", new BigDecimal("10.50"))).willReturn("refunded");
			assertThat(this.mvc.post().uri("/refunds")).bodyText().isEqualTo("refunded");
		}

	}
	// end

	@Nested
	// on the page
	@WebMvcTest(ShopController.class)
	@Import(Shop.class)
	@AutoConfigureAgentOtp
	class GuardedShopControllerTests {

		@Autowired
		private MockMvcTester mvc;

		@Test
		@WithApprovedPermission(value = "payment.refund", scope = "{max_amount: 5}")
		void refundWhenLessIsGrantedThenFails() {
			assertThat(this.mvc.post().uri("/refunds")).hasFailed();
		}

	}
	// end

	@Nested
	// on the page
	@SpringBootTest(properties = "agentotp.trust.actions=payment.*")
	@AutoConfigureAgentOtp
	class SignedShopTests {

		private static final TestApprover ALICE = TestApprover.named("alice", "finance");

		@Autowired
		private FakeAgentOtp agentOtp;

		@Autowired
		private Shop shop;

		@DynamicPropertySource
		static void trust(DynamicPropertyRegistry properties) {
			properties.add("agentotp.trust.file", () -> TestApprover.trustFile(ALICE));
		}

		@Test
		void refundWhenAliceSignsThenPaid() {
			this.agentOtp.approveSigned("payment.refund", ALICE);
			assertThat(this.shop.refund("42", BigDecimal.TEN)).isEqualTo("refunded 10");
		}

		@Test
		void refundWhenNobodySignsThenRefused() {
			assertThatExceptionOfType(CallRefusedException.class)
				.isThrownBy(() -> this.shop.refund("42", BigDecimal.TEN))
				.withMessageContaining("signed by nobody");
		}

	}
	// end

	// on the page
	@Test
	void clientWhenThereIsNoSpringThenTheFakeStandsAlone() {
		FakeAgentOtp agentOtp = FakeAgentOtp.denying().approve("email.send", Map.of("max_emails", 1));
		try (AgentOtpClient client = agentOtp.client()) {
			Permission permission = client
				.requestPermission(PermissionRequest.builder("email.send").scope("max_emails", 3).build());
			assertThat(permission.scope()).isEqualTo(Map.of("max_emails", 1));
			agentOtp.advance(Duration.ofMinutes(5));
			assertThat(client.getPermission(permission.id()).status()).isEqualTo(PermissionStatus.EXPIRED);
		}
		assertThat(agentOtp).metItsScript();
	}
	// end

}
