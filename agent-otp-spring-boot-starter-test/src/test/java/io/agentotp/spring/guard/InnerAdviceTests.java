package io.agentotp.spring.guard;

import io.agentotp.spring.RequiresPermission;
import io.github.resilience4j.bulkhead.annotation.Bulkhead;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.circuitbreaker.annotation.CircuitBreaker;
import io.github.resilience4j.ratelimiter.annotation.RateLimiter;
import io.github.resilience4j.retry.annotation.Retry;
import io.github.resilience4j.springboot.bulkhead.autoconfigure.BulkheadAutoConfiguration;
import io.github.resilience4j.springboot.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration;
import io.github.resilience4j.springboot.ratelimiter.autoconfigure.RateLimiterAutoConfiguration;
import io.github.resilience4j.springboot.retry.autoconfigure.RetryAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Resilience4j's advice stands inside the guard unless its order is set.
 */
@ExtendWith(OutputCaptureExtension.class)
class InnerAdviceTests {

	private static final String[] ORDERS = { "resilience4j.retry.retry-aspect-order=600",
			"resilience4j.circuitbreaker.circuit-breaker-aspect-order=610",
			"resilience4j.ratelimiter.rate-limiter-aspect-order=620",
			"resilience4j.bulkhead.bulkhead-aspect-order=640" };

	private final Guarded guarded = new Guarded();

	@Test
	void startWhenItStandsInsideThenTheLogSaysWhatToSet(CapturedOutput output) {
		runner().run((context) -> {
			assertThat(context).hasNotFailed();
			for (String order : ORDERS) {
				assertThat(output).contains("Set " + order.replace("=", " to "));
			}
			open(context.getBean(CircuitBreakerRegistry.class));
			assertThatExceptionOfType(CallNotPermittedException.class).isThrownBy(context.getBean(Desk.class)::work);
			assertThat(this.guarded.service.asked()).singleElement().extracting("outcome").isEqualTo("not run");
		});
	}

	@Test
	void startWhenTheOrdersAreSetThenNothingIsSaidAndNobodyIsAsked(CapturedOutput output) {
		runner().withPropertyValues(ORDERS).run((context) -> {
			assertThat(output).doesNotContain("stands inside the guard");
			open(context.getBean(CircuitBreakerRegistry.class));
			assertThatExceptionOfType(CallNotPermittedException.class).isThrownBy(context.getBean(Desk.class)::work);
			assertThat(this.guarded.service.asked()).isEmpty();
		});
	}

	private static void open(CircuitBreakerRegistry breakers) {
		breakers.circuitBreaker("desk").transitionToOpenState();
	}

	private ApplicationContextRunner runner() {
		return this.guarded.runner(Desk.class)
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, RetryAutoConfiguration.class,
					CircuitBreakerAutoConfiguration.class, RateLimiterAutoConfiguration.class,
					BulkheadAutoConfiguration.class))
			.withPropertyValues("resilience4j.retry.instances.desk.max-attempts=1");
	}

	public static class Desk {

		@Retry(name = "desk")
		@CircuitBreaker(name = "desk")
		@RateLimiter(name = "desk")
		@Bulkhead(name = "desk")
		@RequiresPermission(action = "work")
		public String work() {
			return "done";
		}

	}

}
