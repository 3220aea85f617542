package io.agentotp.spring.method;

import java.util.List;
import java.util.function.BiConsumer;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.agentotp.ConfigurationException;
import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.aop.support.AopUtils;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.TestCompiler;

import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.matchingJsonPath;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The application context is processed ahead of time without a key, and runs with one.
 */
@Tag("slow")
@CompileWithForkedClassLoader
class AheadOfTimeTests {

	@RegisterExtension
	static final WireMockExtension service = WireMockExtension.newInstance().build();

	@Test
	@DisplayName("P23 ahead of time: the proxy made at build time is guarded, with the key of run time")
	void startWhenTheKeyIsThereOnlyAtRunTimeThenTheMethodIsGuarded() {
		compiled((initializer, hints) -> {
			try (GenericApplicationContext context = context(initializer, "agentotp.api-key=ak_live_test",
					"agentotp.base-url=" + service.baseUrl(), "shop.action=refund")) {
				Bank bank = context.getBean(Bank.class);
				assertThat(AopUtils.isAopProxy(bank)).isTrue();
				answer("\"status\":\"denied\"");
				assertThatExceptionOfType(PermissionDeniedException.class)
					.isThrownBy(() -> bank.pay(new Payment(5, new Account("x"))));
				assertThat(bank.paid()).isZero();
				answer("\"status\":\"approved\",\"token\":\"otp_1\",\"scope\":{\"max\":5},"
						+ "\"expiresAt\":\"2099-01-01T00:00:00Z\"");
				bank.pay(new Payment(5, new Account("x")));
				assertThat(bank.paid()).isEqualTo(5);
			}
		});
	}

	@Test
	void callWhenThePlaceholderIsThereOnlyAtRunTimeThenTheActionIsItsValue() {
		compiled((initializer, hints) -> {
			try (GenericApplicationContext context = context(initializer, "agentotp.api-key=ak_live_test",
					"agentotp.base-url=" + service.baseUrl(), "shop.action=refund")) {
				answer("\"status\":\"denied\"");
				assertThatExceptionOfType(PermissionDeniedException.class)
					.isThrownBy(context.getBean(Shop.class)::refund);
				service.verify(postRequestedFor(urlPathEqualTo("/api/v1/permissions/request"))
					.withRequestBody(matchingJsonPath("$.action", equalTo("refund.now"))));
			}
		});
	}

	@Test
	void startWhenThePlaceholderIsMissingAtRunTimeThenFails() {
		compiled((initializer, hints) -> assertThatException()
			.isThrownBy(() -> context(initializer, "agentotp.api-key=ak_live_test",
					"agentotp.base-url=" + service.baseUrl())
				.close())
			.withStackTraceContaining("shop.action"));
	}

	@Test
	void startWhenTheKeyIsMissingAtRunTimeThenFails() {
		compiled((initializer, hints) -> assertThatException()
			.isThrownBy(
					() -> context(initializer, "agentotp.base-url=" + service.baseUrl(), "shop.action=refund").close())
			.withRootCauseInstanceOf(ConfigurationException.class));
	}

	@Test
	void hintsWhenAMethodIsGuardedThenItsArgumentsAndWhatItsExpressionsNameAreRegistered() {
		compiled((initializer, hints) -> {
			for (Class<?> type : List.of(Payment.class, Account.class, Card.class, Node.class)) {
				assertThat(RuntimeHintsPredicates.reflection()
					.onType(type)
					.withMemberCategory(MemberCategory.ACCESS_DECLARED_FIELDS)).as(type.getName()).accepts(hints);
			}
			for (Class<?> type : List.of(Payment.class, Limits.class, Math.class, Bank.class)) {
				assertThat(RuntimeHintsPredicates.reflection()
					.onType(type)
					.withMemberCategory(MemberCategory.INVOKE_PUBLIC_METHODS)).as(type.getName()).accepts(hints);
			}
			assertThat(RuntimeHintsPredicates.reflection()
				.onType(Unrelated.class)
				.withMemberCategory(MemberCategory.ACCESS_DECLARED_FIELDS)).rejects(hints);
		});
	}

	private static void compiled(
			BiConsumer<ApplicationContextInitializer<GenericApplicationContext>, RuntimeHints> test) {
		TestGenerationContext generation = new TestGenerationContext();
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.register(Application.class);
		// As the build plugins do.
		System.setProperty(AbstractAotProcessor.AOT_PROCESSING, "true");
		try {
			new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
		}
		finally {
			System.clearProperty(AbstractAotProcessor.AOT_PROCESSING);
		}
		generation.writeGeneratedContent();
		TestCompiler.forSystem()
			.with(generation)
			.compile((compiled) -> test.accept(initializer(compiled.getInstance(ApplicationContextInitializer.class)),
					generation.getRuntimeHints()));
	}

	@SuppressWarnings("unchecked")
	private static ApplicationContextInitializer<GenericApplicationContext> initializer(
			ApplicationContextInitializer<?> initializer) {
		return (ApplicationContextInitializer<GenericApplicationContext>) initializer;
	}

	private static GenericApplicationContext context(
			ApplicationContextInitializer<GenericApplicationContext> initializer, String... properties) {
		GenericApplicationContext context = new GenericApplicationContext();
		TestPropertyValues.of(properties).applyTo(context);
		initializer.initialize(context);
		context.refresh();
		return context;
	}

	private static void answer(String fields) {
		service.stubFor(post(urlPathEqualTo("/api/v1/permissions/request"))
			.willReturn(okJson("{\"success\":true,\"data\":{\"id\":\"p1\",\"action\":\"pay\"," + fields + "}}")));
		service.stubFor(post(urlPathMatching(".*/use"))
			.willReturn(okJson("{\"success\":true,\"data\":{\"success\":true,\"usesRemaining\":0}}")));
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class })
	public static class Application {

		@Bean
		public Bank bank() {
			return new Bank();
		}

		@Bean
		public Shop shop() {
			return new Shop();
		}

		@Bean
		public Limits limits() {
			return new Limits();
		}

	}

	public static class Bank {

		private int paid;

		@RequiresPermission(action = "pay", scope = "{max: T(Math).min(@limits.max(), #payment.amount)}")
		public void pay(Payment payment) {
			this.paid += payment.amount();
		}

		@RequiresPermission(action = "largest")
		public <T extends Comparable<T>> T largest(T one, Comparable<? super T> other) {
			return one;
		}

		@RequiresPermission(action = "nested")
		public <A extends List<B>, B extends List<A>, N extends Node<N>, E extends Enum<E>> void nested(A a, B[] b,
				N node, E kind) {
			throw new AssertionError("ran");
		}

		public int paid() {
			return this.paid;
		}

	}

	public static class Node<N extends Node<N>> {

		private N next;

		public N next() {
			return this.next;
		}

	}

	public static class Shop {

		@RequiresPermission(action = "${shop.action}.now")
		public void refund() {
			throw new AssertionError("ran");
		}

	}

	public static class Limits {

		public int max() {
			return 10;
		}

	}

	public record Payment(int amount, Target target) {
	}

	public sealed interface Target permits Account, Card {

	}

	public record Account(String number) implements Target {
	}

	public record Card(String number) implements Target {
	}

	public record Unrelated(String text) {
	}

}
