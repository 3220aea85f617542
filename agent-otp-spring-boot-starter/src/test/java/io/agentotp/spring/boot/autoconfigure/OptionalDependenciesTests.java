package io.agentotp.spring.boot.autoconfigure;

import java.util.List;
import java.util.Set;

import io.agentotp.AgentOtpException;
import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurationImportSelector;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.AnnotationAttributes;
import org.springframework.core.type.AnnotationMetadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Without each of the optional dependencies, and without all of them, the application
 * starts and its methods are guarded.
 */
class OptionalDependenciesTests {

	private static final String ALL = "org.springframework.boot.health,org.springframework.boot.http.client,"
			+ "org.springframework.boot.actuate,org.springframework.web,org.springframework.http,"
			+ "org.springframework.transaction,jakarta.servlet,jakarta.validation,io.micrometer,reactor,org.aspectj,"
			+ "io.modelcontextprotocol,org.springframework.ai,dev.langchain4j";

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withUserConfiguration(Application.class)
		.withPropertyValues("agentotp.base-url=http://localhost:1", "agentotp.api-key=ak_live_test",
				"agentotp.retries=0", "agentotp.propagation.hosts=mail.example.com");

	@ParameterizedTest
	@ValueSource(strings = { "org.springframework.boot.health", "org.springframework.boot.http.client",
			"org.springframework.boot.actuate", "org.springframework.web,org.springframework.http",
			"org.springframework.transaction", "jakarta.servlet", "jakarta.validation", "io.micrometer", "reactor",
			"org.aspectj", "io.modelcontextprotocol", "org.springframework.ai.chat.client",
			"org.springframework.ai.mcp", "org.springframework.ai", "dev.langchain4j" })
	void startWhenAnOptionalDependencyIsAbsentThenTheMethodIsGuarded(String absent) {
		assertGuarded(absent);
	}

	@Test
	void startWhenAllOptionalDependenciesAreAbsentThenTheMethodIsGuarded() {
		assertGuarded(ALL);
	}

	private void assertGuarded(String absent) {
		this.runner.withClassLoader(new FilteredClassLoader(absent.split(",")))
			.withBean(Mailer.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				Mailer mailer = context.getBean(Mailer.class);
				// Nobody answers, so nobody has approved.
				assertThatExceptionOfType(AgentOtpException.class).isThrownBy(() -> mailer.send("a@b.c"));
				assertThat(mailer.sent()).isZero();
			});
	}

	@Configuration(proxyBeanMethods = false)
	@Import(CandidatesOfPresentModules.class)
	static class Application {

	}

	/**
	 * What Spring Boot would import: the modules that are filtered still list their
	 * auto-configurations, as absent ones would not.
	 */
	static class CandidatesOfPresentModules extends AutoConfigurationImportSelector {

		@Override
		protected AnnotationAttributes getAttributes(AnnotationMetadata metadata) {
			return new AnnotationAttributes();
		}

		@Override
		protected Set<String> getExclusions(AnnotationMetadata metadata, AnnotationAttributes attributes) {
			return Set.of();
		}

		@Override
		protected List<String> getCandidateConfigurations(AnnotationMetadata metadata,
				AnnotationAttributes attributes) {
			return super.getCandidateConfigurations(metadata, attributes).stream()
				.filter((name) -> name.startsWith("io.agentotp.")
						|| name.startsWith("org.springframework.boot.autoconfigure."))
				.toList();
		}

	}

	public static class Mailer {

		private int sent;

		@RequiresPermission(action = "email.send")
		public void send(String to) {
			this.sent++;
		}

		public int sent() {
			return this.sent;
		}

	}

}
