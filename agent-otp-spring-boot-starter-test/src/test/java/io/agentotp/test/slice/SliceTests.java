package io.agentotp.test.slice;

import java.io.File;
import java.lang.annotation.Annotation;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Stream;

import io.agentotp.PermissionDeniedException;
import io.agentotp.test.AutoConfigureAgentOtp;
import io.agentotp.test.FakeAgentOtp;
import io.agentotp.test.slice.SliceApplication.GuardedController;
import io.agentotp.test.slice.SliceApplication.Shop;
import io.agentotp.test.slice.SliceApplication.ShopController;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.restclient.test.autoconfigure.RestClientTest;
import org.springframework.boot.test.autoconfigure.json.JsonTest;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.context.bean.override.mockito.MockitoSpyBean;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

import static io.agentotp.test.AgentOtpAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

/**
 * Each kind of test slice starts, whatever stands in it for guarded beans, and its bodies
 * are guarded.
 */
class SliceTests {

	private static void assertGuarded(Shop shop, FakeAgentOtp agentOtp) {
		assertThat(shop.refund(BigDecimal.TEN)).isEqualTo("refunded 10");
		assertThat(agentOtp).asked("payment.refund").succeeded();
		agentOtp.deny("payment.refund", "No");
		int before = shop.refunds();
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> shop.refund(BigDecimal.TEN));
		assertThat(shop.refunds()).isEqualTo(before);
	}

	private static void assertRefused(Shop shop) {
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> shop.refund(BigDecimal.TEN))
			.withMessageContaining("@AutoConfigureAgentOtp");
		assertThat(shop.refunds()).isZero();
	}

	private static void assertMocked(Shop shop) {
		given(shop.refund(BigDecimal.TEN)).willReturn("mocked");
		assertThat(shop.refund(BigDecimal.TEN)).isEqualTo("mocked");
	}

	@Test
	void slicesWhenListedThenEachHasTheGuard() {
		File[] files = new File("src/main/resources/META-INF/spring").listFiles();
		List<String> slices = Stream.of(files).map((file) -> file.getName().replace(".imports", "")).toList();
		assertThat(slices).hasSize(20)
			.contains(WebMvcTest.class.getName(), RestClientTest.class.getName(), JsonTest.class.getName());
		List<String> first = imports(WebMvcTest.class);
		assertThat(first).hasSize(3);
		assertThat(imports(RestClientTest.class)).isEqualTo(first);
		assertThat(imports(JsonTest.class)).isEqualTo(first);
	}

	private static List<String> imports(Class<? extends Annotation> slice) {
		return ImportCandidates.load(slice, SliceTests.class.getClassLoader()).getCandidates();
	}

	@Nested
	@WebMvcTest(ShopController.class)
	class WebMvcWithMock {

		@MockitoBean
		private Shop shop;

		@Test
		void callWhenTheBeanIsAMockThenNobodyIsAsked(@Autowired MockMvcTester mvc) {
			given(this.shop.refund(new BigDecimal("10.50"))).willReturn("mocked");
			assertThat(mvc.get().uri("/refund")).bodyText().isEqualTo("mocked");
		}

	}

	@Nested
	@WebMvcTest(ShopController.class)
	@AutoConfigureAgentOtp
	class WebMvcWithMockAndFake {

		@MockitoBean
		private Shop shop;

		@Test
		void callWhenTheBeanIsAMockThenNobodyIsAsked(@Autowired FakeAgentOtp agentOtp) {
			assertMocked(this.shop);
			assertThat(agentOtp).askedNothing();
		}

	}

	@Nested
	@WebMvcTest(ShopController.class)
	@AutoConfigureAgentOtp
	@Import(Shop.class)
	class WebMvcWithSpyAndFake {

		@MockitoSpyBean
		private Shop shop;

		@Test
		void callWhenDeniedThenTheBodyDoesNotRun(@Autowired FakeAgentOtp agentOtp, @Autowired MockMvcTester mvc) {
			assertThat(mvc.get().uri("/refund")).bodyText().isEqualTo("refunded 10.50");
			agentOtp.deny("payment.refund", "No");
			assertThat(mvc.get().uri("/refund")).hasFailed();
			assertThat(agentOtp).askedTimes("payment.refund", 2);
		}

	}

	@Nested
	@WebMvcTest(GuardedController.class)
	class WebMvcAlone {

		@Test
		void callWhenNothingSaysWhoDecidesThenTheBodyDoesNotRun(@Autowired MockMvcTester mvc) {
			assertThat(mvc.get().uri("/close")).failure().hasMessageContaining("@AutoConfigureAgentOtp");
		}

	}

	@Nested
	@WebMvcTest(GuardedController.class)
	@AutoConfigureAgentOtp
	class WebMvcWithFake {

		@Test
		void callWhenTheControllerIsGuardedThenAsked(@Autowired FakeAgentOtp agentOtp, @Autowired MockMvcTester mvc) {
			assertThat(mvc.get().uri("/close")).bodyText().isEqualTo("closed");
			agentOtp.deny("shop.close", "No");
			assertThat(mvc.get().uri("/close")).hasFailed();
		}

	}

	@Nested
	@RestClientTest
	class RestClientWithMock {

		@MockitoBean
		private Shop shop;

		@Test
		void callWhenTheBeanIsAMockThenNobodyIsAsked() {
			assertMocked(this.shop);
		}

	}

	@Nested
	@RestClientTest
	@AutoConfigureAgentOtp
	@Import(Shop.class)
	class RestClientWithFake {

		@Test
		void callWhenDeniedThenTheBodyDoesNotRun(@Autowired Shop shop, @Autowired FakeAgentOtp agentOtp) {
			assertGuarded(shop, agentOtp);
		}

	}

	@Nested
	@JsonTest
	@Import(Shop.class)
	class JsonAlone {

		@Test
		void callWhenNothingSaysWhoDecidesThenTheBodyDoesNotRun(@Autowired Shop shop) {
			assertRefused(shop);
		}

	}

	@Nested
	@JsonTest(properties = { "agentotp.base-url=https://otp.example.com", "agentotp.api-key=ak_live_production" })
	@Import(Shop.class)
	class JsonConfigured {

		@Test
		void callWhenTheApplicationHasAServiceThenTheSliceDoesNotAskIt(@Autowired Shop shop) {
			assertRefused(shop);
		}

	}

	@Nested
	@JsonTest
	@AutoConfigureAgentOtp
	class JsonWithMockAndFake {

		@MockitoBean
		private Shop shop;

		@Test
		void callWhenTheBeanIsAMockThenNobodyIsAsked() {
			assertMocked(this.shop);
			verify(this.shop, never()).refund(BigDecimal.ONE);
		}

	}

}
