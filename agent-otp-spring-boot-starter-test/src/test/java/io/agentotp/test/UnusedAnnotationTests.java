package io.agentotp.test;

import io.agentotp.spring.RequiresPermission;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.TestContextManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Annotations that decide nothing, such as those with a misspelt action.
 */
@ExtendWith(OutputCaptureExtension.class)
class UnusedAnnotationTests {

	@Test
	void methodWhenItsDenialIsMisspeltThenTheTestFails() {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> run(Cases.class, "misspelt"))
			.withMessage("@WithDeniedPermission(\"payment.refnd\") on misspelt decided no permission request."
					+ " Check its action and that the context has the guard, or remove the annotation");
	}

	@Test
	void methodWhenItsApprovalIsMisspeltThenTheTestFails() {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> run(Cases.class, "misspeltApproval"))
			.withMessageContaining("@WithApprovedPermission(\"payment.refnd\")");
	}

	@Test
	void methodWhenOneOfSeveralIsMisspeltThenTheTestFails() {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> run(Cases.class, "oneOfTwo"))
			.withMessageContaining("payment.refnd");
	}

	@Test
	void methodWhenNothingIsAskedThenTheTestFails() {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> run(Cases.class, "askingNothing"))
			.withMessageContaining("@WithDeniedPermission on askingNothing");
	}

	@Test
	void methodWhenTheFakeWasResetThenTheTestFails() {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> run(Cases.class, "reset"));
	}

	@Test
	void methodWhenItRunsAgainWithoutAskingThenTheTestFails() throws Exception {
		TestContextManager manager = new TestContextManager(Cases.class);
		run(manager, "asking", null);
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> {
			Cases instance = (Cases) prepared(manager);
			manager.beforeTestMethod(instance, Cases.class.getDeclaredMethod("asking"));
			manager.afterTestMethod(instance, Cases.class.getDeclaredMethod("asking"), null);
		});
	}

	@Test
	void scriptWhenItsActionIsMisspeltThenTheTestFails() {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> run(Cases.class, "misspeltScript"))
			.withMessageStartingWith("deny(\"payment.refnd\") decided no permission request");
	}

	@Test
	void scriptWhenAnotherOneCountsThenMet() {
		assertThatNoException().isThrownBy(() -> run(Cases.class, "overruledScript"));
	}

	@Test
	void methodWhenTheTestHasFailedThenItsOwnFailureIsTold() {
		assertThatNoException()
			.isThrownBy(() -> run(new TestContextManager(Cases.class), "misspelt", new AssertionError("its own")));
	}

	@Test
	void classWhenItsDenialDecidesNothingThenWarned(CapturedOutput output) throws Exception {
		TestContextManager manager = new TestContextManager(MisspeltForAll.class);
		run(manager, "asking", null);
		manager.afterTestClass();
		assertThat(output).contains("@WithDeniedPermission(\"payment.refnd\") on " + MisspeltForAll.class.getName()
				+ " decided no permission request. Check its action");
		assertThat(output).doesNotContain("(\"payment.refund\")");
	}

	@Test
	void annotationWhenTheServiceIsNotReplacedThenTheTestFails() {
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> run(NotReplaced.class, "asking"))
			.withMessage("@WithDeniedPermission(\"payment.refund\") has no effect without"
					+ " @AutoConfigureAgentOtp on the test class");
	}

	private static void run(Class<?> testClass, String method) throws Exception {
		run(new TestContextManager(testClass), method, null);
	}

	private static void run(TestContextManager manager, String name, @Nullable Throwable failure) throws Exception {
		Object instance = prepared(manager);
		var method = instance.getClass().getDeclaredMethod(name);
		manager.beforeTestMethod(instance, method);
		method.invoke(instance);
		manager.afterTestMethod(instance, method, failure);
	}

	private static Object prepared(TestContextManager manager) throws Exception {
		var constructor = manager.getTestContext().getTestClass().getDeclaredConstructor();
		Object instance = constructor.newInstance();
		manager.prepareTestInstance(instance);
		return instance;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Shop.class)
	static class Application {

	}

	static class Shop {

		@RequiresPermission(action = "payment.refund")
		public String refund(int amount) {
			return "refunded " + amount;
		}

	}

	@SpringBootTest(classes = Application.class)
	@AutoConfigureAgentOtp
	static class Cases {

		@Autowired
		private FakeAgentOtp agentOtp;

		@Autowired
		private Shop shop;

		@WithDeniedPermission("payment.refnd")
		void misspelt() {
			this.shop.refund(1);
		}

		@WithApprovedPermission(value = "payment.refnd", scope = "{max_amount: 5}")
		void misspeltApproval() {
			this.shop.refund(1);
		}

		@WithApprovedPermission("payment.refund")
		@WithApprovedPermission("payment.refnd")
		void oneOfTwo() {
			this.shop.refund(1);
		}

		@WithDeniedPermission
		void askingNothing() {
		}

		@WithDeniedPermission("payment.refund")
		void reset() {
			this.agentOtp.reset();
			this.shop.refund(1);
		}

		@WithApprovedPermission("payment.refund")
		void asking() {
			this.shop.refund(1);
		}

		void misspeltScript() {
			this.agentOtp.deny("payment.refnd", "No");
			this.shop.refund(1);
		}

		void overruledScript() {
			this.agentOtp.deny("payment.refund", "No").approve("payment.refund").deny((asked) -> false, "Never");
			this.shop.refund(1);
		}

	}

	@SpringBootTest(classes = Application.class)
	@AutoConfigureAgentOtp
	@WithDeniedPermission("payment.refnd")
	@WithApprovedPermission("payment.refund")
	static class MisspeltForAll {

		@Autowired
		private Shop shop;

		void asking() {
			this.shop.refund(1);
		}

	}

	@SpringBootTest(classes = Application.class,
			properties = { "agentotp.base-url=http://localhost:1", "agentotp.api-key=ak_test_fake" })
	@WithDeniedPermission("payment.refund")
	static class NotReplaced {

		void asking() {
		}

	}

}
