package io.agentotp.spring.guard;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.FakeAgentOtp;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.constraints.NotBlank;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.aop.framework.Advised;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.resilience.annotation.ConcurrencyLimit;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.validation.annotation.Validated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * The guard among everything else that Spring puts around a method.
 */
@ExtendWith(OutputCaptureExtension.class)
class GuardOrderTests {

	/** Spring Security makes its interceptors behind this one. */
	private static final String PRE_AUTHORIZE = "DeferringMethodInterceptor";

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@AfterEach
	void signOut() {
		SecurityContextHolder.clearContext();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void chainWhenEverythingIsOnOneBeanThenTheGuardStandsAfterSecurityAndOutsideCacheAndTransaction(boolean aspectj) {
		ApplicationContextRunner runner = runner();
		if (!aspectj) {
			runner = runner.withClassLoader(new FilteredClassLoader("org.aspectj"));
		}
		runner.run((context) -> assertThat(chain(context)).containsExactly("Entrance",
				"AnnotationAsyncExecutionInterceptor", "ConcurrencyLimitInterceptor", "RetryAnnotationInterceptor",
				PRE_AUTHORIZE, "PermissionMethodInterceptor", "CacheInterceptor", "TransactionInterceptor",
				"MethodValidationInterceptor", "InheritedDefaults"));
	}

	@Test
	void chainWhenTheOrderIsSetThenTheGuardStandsThere() {
		runner().withPropertyValues("agentotp.method.order=100")
			.run((context) -> assertThat(chain(context)).containsSubsequence("PermissionMethodInterceptor",
					PRE_AUTHORIZE));
	}

	@Test
	void callWhenApprovedThenTheBodyRunsInATransactionThatBeganAfterTheDecision() {
		signIn("ROLE_AGENT");
		runner().run((context) -> {
			Bank bank = context.getBean(Bank.class);
			assertThat(bank.pay("alice")).isEqualTo("paid alice true");
			// Asked for again although cached: the guard stands outside.
			assertThat(bank.pay("alice")).isEqualTo("paid alice true");
			assertThat(bank.ran()).containsExactly("alice");
			assertThat(this.service.asked()).hasSize(2);
		});
	}

	@Test
	void callWhenDeniedUnderRetryThenAskedOnce() {
		signIn("ROLE_AGENT");
		this.service.deny("pay", "No");
		runner().run((context) -> {
			Bank bank = context.getBean(Bank.class);
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> bank.pay("alice"));
			assertThat(bank.ran()).isEmpty();
			assertThat(this.service.asked()).hasSize(1);
		});
	}

	@Test
	void monoWhenDeniedUnderRetryThenAskedOnce() {
		this.service.deny("pay", "No");
		runner().run((context) -> {
			Bank bank = context.getBean(Bank.class);
			assertThat(catchThrowable(() -> bank.payReactive("alice").block()))
				.hasRootCauseInstanceOf(PermissionDeniedException.class);
			assertThat(bank.ran()).isEmpty();
			assertThat(this.service.asked()).hasSize(1);
		});
	}

	@Test
	void callWhenTheBodyFailsUnderRetryThenEachTryAsksAnew() {
		runner().run((context) -> {
			Bank bank = context.getBean(Bank.class);
			assertThat(bank.flaky()).isEqualTo("third time");
			assertThat(this.service.asked()).extracting("outcome").containsExactly("failed", "failed", "succeeded");
		});
	}

	@Test
	void callWhenSecurityForbidsItThenNobodyIsAsked() {
		signIn("ROLE_GUEST");
		runner().run((context) -> {
			Bank bank = context.getBean(Bank.class);
			assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(() -> bank.pay("alice"));
			assertThat(bank.ran()).isEmpty();
			assertThat(this.service.asked()).isEmpty();
		});
	}

	@Test
	void callWhenAnArgumentIsInvalidThenNobodyIsAsked() {
		signIn("ROLE_AGENT");
		runner().run((context) -> {
			Bank bank = context.getBean(Bank.class);
			assertThatExceptionOfType(ConstraintViolationException.class).isThrownBy(() -> bank.pay(" "));
			assertThat(bank.ran()).isEmpty();
			assertThat(this.service.asked()).isEmpty();
		});
	}

	@Test
	void callWhenAnArgumentIsInvalidAndItIsNotValidatedBeforeThenAskedAndTheBodyDoesNotRun() {
		signIn("ROLE_AGENT");
		runner().withPropertyValues("agentotp.method.validate=false").run((context) -> {
			Bank bank = context.getBean(Bank.class);
			assertThatExceptionOfType(ConstraintViolationException.class).isThrownBy(() -> bank.pay(" "));
			assertThat(bank.ran()).isEmpty();
			assertThat(this.service.asked()).isNotEmpty();
		});
	}

	@Test
	void asyncWhenCalledThenTheBodyRunsOnAThreadOfTheGuard() {
		runner().run((context) -> {
			assertThat(context.getBean(Bank.class).payLater("alice").join())
				.startsWith("paid alice on agentotp-guard-");
			assertThat(this.service.asked()).hasSize(1);
		});
	}

	@Test
	void callWhenInATransactionThenWarnedOncePerMethod(CapturedOutput output) {
		runner().run((context) -> {
			inTransaction(context, () -> context.getBean(Bank.class).plain());
			inTransaction(context, () -> context.getBean(Bank.class).plain());
		});
		assertThat(output.toString().split("was called inside a transaction", -1)).hasSize(2);
	}

	@Test
	void callWhenInATransactionAndThatFailsThenRefusedBeforeAnybodyIsAsked() {
		runner().withPropertyValues("agentotp.method.transaction=fail").run((context) -> {
			Bank bank = context.getBean(Bank.class);
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> inTransaction(context, bank::plain))
				.satisfies((ex) -> assertThat(ex.code()).isEqualTo("IN_TRANSACTION"));
			assertThat(bank.ran()).isEmpty();
			assertThat(this.service.asked()).isEmpty();
			assertThat(bank.plain()).isEqualTo("done");
		});
	}

	@Test
	void callWhenInATransactionAndThatIsIgnoredThenSilent(CapturedOutput output) {
		runner().withPropertyValues("agentotp.method.transaction=ignore")
			.run((context) -> inTransaction(context, () -> context.getBean(Bank.class).plain()));
		assertThat(output).doesNotContain("was called inside a transaction");
	}

	private static void inTransaction(ApplicationContext context, Runnable call) {
		new TransactionTemplate(context.getBean(PlatformTransactionManager.class))
			.executeWithoutResult((status) -> call.run());
	}

	private static List<String> chain(ApplicationContext context) {
		return Arrays.stream(((Advised) context.getBean(Bank.class)).getAdvisors())
			.map((advisor) -> advisor.getAdvice().getClass().getSimpleName())
			.filter((name) -> !name.equals("ExposeInvocationInterceptor") && !name.isEmpty())
			.toList();
	}

	private static void signIn(String authority) {
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("agent", "n/a", authority));
	}

	private ApplicationContextRunner runner() {
		return this.guarded.runner(Bank.class)
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, ValidationAutoConfiguration.class))
			.withUserConfiguration(Everything.class);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	@EnableResilientMethods
	@EnableMethodSecurity
	@EnableCaching
	@EnableTransactionManagement
	static class Everything {

		@Bean
		CacheManager cacheManager() {
			return new ConcurrentMapCacheManager();
		}

		@Bean
		PlatformTransactionManager transactionManager() {
			return new JdbcTransactionManager(
					new SimpleDriverDataSource(new org.h2.Driver(), "jdbc:h2:mem:order;DB_CLOSE_DELAY=-1"));
		}

	}

	@Validated
	public static class Bank {

		private final List<String> ran = new CopyOnWriteArrayList<>();

		private int tries;

		public List<String> ran() {
			return this.ran;
		}

		@Retryable(maxRetries = 3, delay = 1)
		@ConcurrencyLimit(4)
		@PreAuthorize("hasRole('AGENT')")
		@RequiresPermission(action = "pay")
		@Cacheable("payments")
		@Transactional
		public String pay(@NotBlank String account) {
			this.ran.add(account);
			return "paid " + account + " " + TransactionSynchronizationManager.isActualTransactionActive();
		}

		@Retryable(maxRetries = 3, delay = 1)
		@RequiresPermission(action = "pay")
		public Mono<String> payReactive(String account) {
			this.ran.add(account);
			return Mono.just("paid " + account);
		}

		@Async
		@RequiresPermission(action = "pay")
		public CompletableFuture<String> payLater(String account) {
			return CompletableFuture.completedFuture("paid " + account + " on " + Thread.currentThread().getName());
		}

		@Retryable(maxRetries = 3, delay = 1)
		@RequiresPermission(action = "flaky")
		public String flaky() {
			this.tries++;
			if (this.tries < 3) {
				throw new IllegalStateException("try " + this.tries);
			}
			return "third time";
		}

		@RequiresPermission(action = "plain")
		public String plain() {
			this.ran.add("plain");
			return "done";
		}

	}

}
