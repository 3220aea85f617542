package io.agentotp.spring.guard;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.FakeAgentOtp;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.constraints.NotBlank;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.validation.annotation.Validated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Pitfalls 7 to 11: what stands around the guard. The whole chain is in
 * {@link GuardOrderTests}.
 */
class PitfallOrderTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@Test
	@DisplayName("P7 order: nobody is bothered about a call that security forbids")
	void callWhenSecurityDeniesItThenNobodyIsAsked() {
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("agent", "n/a", "AGENT"));
		try {
			run((office) -> assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(office::forbidden));
		}
		finally {
			SecurityContextHolder.clearContext();
		}
		assertThat(this.service.asked()).isEmpty();
	}

	@Test
	@DisplayName("P8 retry: a denial is asked for once, whatever retries")
	void callWhenDeniedUnderRetryThenAskedOnce() {
		this.service.deny("retry", "No");
		run((office) -> {
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(office::retried);
			assertThat(office.ran()).isEmpty();
		});
		assertThat(this.service.asked()).hasSize(1);
	}

	@Test
	@DisplayName("P9 validation: before anybody is asked")
	void callWhenAnArgumentIsInvalidThenNobodyIsAsked() {
		run((office) -> {
			assertThatExceptionOfType(ConstraintViolationException.class).isThrownBy(() -> office.valid(" "));
			assertThat(office.ran()).isEmpty();
		});
		assertThat(this.service.asked()).isEmpty();
	}

	@Test
	@DisplayName("P10 cache: what is cached is not given without a permission either")
	void callWhenCachedAndDeniedThenRefused() {
		run((office) -> {
			assertThat(office.cached("x")).isEqualTo("cached x");
			this.service.deny("cache", "No");
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> office.cached("x"));
			assertThat(office.ran()).containsExactly("cached");
		});
		assertThat(this.service.asked()).hasSize(2);
	}

	@Test
	@DisplayName("P11 async: the caller is free, and the body runs on a thread of the guard")
	void callWhenAsyncThenTheCallerDoesNotWait() {
		this.service.leavePending("async");
		run((office) -> {
			CompletableFuture<String> later = office.later();
			this.service.awaitPending(1);
			assertThat(later).isNotDone();
			assertThat(office.ran()).isEmpty();
			this.service.decidePending(false, "No");
			assertThatExceptionOfType(CompletionException.class).isThrownBy(later::join)
				.withCauseInstanceOf(PermissionDeniedException.class);
			assertThat(office.ran()).isEmpty();
			this.service.approve("async");
			assertThat(office.later().join()).startsWith("agentotp-guard-");
		});
	}

	private void run(OfficeTest test) {
		this.guarded.runner(Office.class)
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, ValidationAutoConfiguration.class))
			.withUserConfiguration(Everything.class)
			.run((context) -> test.run(context.getBean(Office.class)));
	}

	private interface OfficeTest {

		void run(Office office) throws Exception;

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	@EnableCaching
	@EnableMethodSecurity
	@EnableResilientMethods
	static class Everything {

		@Bean
		CacheManager cacheManager() {
			return new ConcurrentMapCacheManager();
		}

	}

	@Validated
	public static class Office {

		private final List<String> ran = new CopyOnWriteArrayList<>();

		public List<String> ran() {
			return this.ran;
		}

		@PreAuthorize("denyAll")
		@RequiresPermission(action = "forbidden")
		public void forbidden() {
			this.ran.add("forbidden");
		}

		@Retryable(maxRetries = 3, delay = 1)
		@RequiresPermission(action = "retry")
		public void retried() {
			this.ran.add("retried");
		}

		@RequiresPermission(action = "validate")
		public void valid(@NotBlank String text) {
			this.ran.add("valid");
		}

		@Cacheable("office")
		@RequiresPermission(action = "cache")
		public String cached(String text) {
			this.ran.add("cached");
			return "cached " + text;
		}

		@Async
		@RequiresPermission(action = "async")
		public CompletableFuture<String> later() {
			this.ran.add("later");
			return CompletableFuture.completedFuture(Thread.currentThread().getName());
		}

	}

}
