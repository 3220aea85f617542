package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What a start says about a guarded class that no proxy can extend.
 */
@ExtendWith(OutputCaptureExtension.class)
class FinalBeanTests {

	@ParameterizedTest
	@ValueSource(classes = { RecordDesk.class, FinalDesk.class, SealedDesk.class, FinalInherits.class,
			FinalWithOtherInterface.class, NoConstructor.class })
	void startWhenTheClassCannotBeExtendedThenItAndTheRemedyAreNamed(Class<?> bean, CapturedOutput output) {
		assertThatExceptionOfType(Exception.class)
			.isThrownBy(() -> new SpringApplicationBuilder(Application.class, bean).web(WebApplicationType.NONE)
				.run("--agentotp.api-key=ak_test_0123456789", "--agentotp.base-url=http://localhost:1"));
		assertThat(output).contains("APPLICATION FAILED TO START")
			.containsPattern("Description:\\s+@RequiresPermission on .*" + bean.getSimpleName() + ".*"
					+ "\\s+Action:\\s+(Make it a class that can be extended|Add the method to an interface)");
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class })
	static class Application {

	}

	record RecordDesk() {

		@RequiresPermission(action = "act")
		public void act() {
		}

	}

	static final class FinalDesk {

		@RequiresPermission(action = "act")
		public void act() {
		}

	}

	static sealed class SealedDesk {

		@RequiresPermission(action = "act")
		public void act() {
		}

		static final class Only extends SealedDesk {

		}

	}

	static class Base {

		@RequiresPermission(action = "act")
		public void act() {
		}

	}

	static final class FinalInherits extends Base {

	}

	static final class FinalWithOtherInterface implements Runnable {

		@RequiresPermission(action = "act")
		public void act() {
		}

		@Override
		public void run() {
		}

	}

	static class NoConstructor {

		private NoConstructor() {
		}

		@RequiresPermission(action = "act")
		public void act() {
		}

	}

}
