package io.agentotp.spring.guard;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A body runs once for one grant, whatever an advice around it does, outside the guard or
 * inside.
 */
class GuardedOnceTests {

	private static final List<String> RAN = new CopyOnWriteArrayList<>();

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@BeforeEach
	void forget() {
		RAN.clear();
	}

	@ParameterizedTest
	@EnumSource(Again.class)
	void callWhenDeniedAndAnAdviceOutsideTriesAgainThenNoBodyRuns(Again again) {
		this.service.deny("pay", "No");
		run(again, 100, (bank) -> assertThatExceptionOfType(PermissionDeniedException.class)
			.isThrownBy(() -> bank.pay("alice")));
		assertThat(RAN).isEmpty();
		assertThat(this.service.asked()).hasSize(1);
	}

	@ParameterizedTest
	@EnumSource(Again.class)
	void callWhenApprovedAndAnAdviceOutsideTriesAgainThenABodyRunsForEachGrant(Again again) {
		run(again, 100, (bank) -> catchThrowable(() -> bank.fail("alice")));
		assertThat(RAN).hasSameSizeAs(granted()).hasSize((again == Again.CLONE) ? 5 : 1);
	}

	@ParameterizedTest
	@EnumSource(Again.class)
	void callWhenAnAdviceInsideTriesAgainThenOneBodyRunsAndTheMessageSaysWhatToDo(Again again) {
		run(again, 1000,
				(bank) -> assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> bank.fail("alice"))
					.withMessageContaining("agentotp.method.order")
					.satisfies((ex) -> assertThat(ex.code()).isEqualTo("GRANT_SPENT"))
					.withCauseInstanceOf(IllegalStateException.class));
		assertThat(RAN).containsExactly("fail alice");
		assertThat(this.service.asked()).singleElement().extracting("outcome").isEqualTo("failed");
	}

	@ParameterizedTest
	@EnumSource(Again.class)
	void callWhenAnAdviceInsideRunsItTwiceThenOneBodyRuns(Again again) {
		run(new Twice(again), 1000, (bank) -> catchThrowable(() -> bank.pay("alice")));
		assertThat(RAN).containsExactly("pay alice");
	}

	@ParameterizedTest
	@EnumSource(Again.class)
	void futureWhenAnAdviceTriesAgainThenOneBodyRunsForEachGrant(Again again) {
		for (int order : new int[] { 100, 1000 }) {
			RAN.clear();
			this.service.reset();
			run(new Twice(again), order, (bank) -> catchThrowable(() -> bank.payLater("alice").join()));
			assertThat(RAN).as("order " + order).hasSameSizeAs(granted()).isNotEmpty();
		}
	}

	@Test
	void futureWhenAnAdviceInsideTriesAgainAfterItFailedThenOneBodyRuns() {
		run((invocation) -> ((CompletableFuture<?>) clone(invocation).proceed())
			.handle((value, ex) -> proceed(clone(invocation)))
			.thenCompose((value) -> (CompletableFuture<?>) value), 1000,
				(bank) -> assertThat(catchThrowable(() -> bank.failLater("alice").join()).getCause())
					.isInstanceOf(CallRefusedException.class));
		assertThat(RAN).containsExactly("failLater alice");
	}

	@Test
	void monoWhenAnAdviceInsideSubscribesAgainThenOneBodyRuns() {
		run((invocation) -> ((Mono<?>) invocation.proceed()).retry(2), 1000,
				(bank) -> assertThatExceptionOfType(CallRefusedException.class)
					.isThrownBy(() -> bank.failReactive("alice").block()));
		assertThat(RAN).containsExactly("failReactive alice");
		assertThat(this.service.asked()).hasSize(1);
	}

	@Test
	void monoWhenAnAdviceInsideProceedsAtEachSubscriptionThenOneBodyRuns() {
		run((invocation) -> Mono.defer(() -> (Mono<?>) proceed(clone(invocation))).retry(2), 1000,
				(bank) -> assertThatExceptionOfType(CallRefusedException.class)
					.isThrownBy(() -> bank.failReactive("alice").block()));
		assertThat(RAN).containsExactly("failReactive alice");
	}

	@Test
	void monoWhenItsOwnPipelineSubscribesAgainThenThatIsItsBody() {
		run((invocation) -> invocation.proceed(), 1000,
				(bank) -> assertThat(bank.retryReactive("alice").block()).isEqualTo("third"));
		assertThat(RAN).containsExactly("try", "try", "try");
		assertThat(this.service.asked()).singleElement().extracting("outcome").isEqualTo("succeeded");
	}

	@Test
	void fluxWhenAnAdviceInsideSubscribesAgainThenOneBodyRuns() {
		run((invocation) -> ((Flux<?>) invocation.proceed()).repeat(2), 1000,
				(bank) -> assertThatExceptionOfType(CallRefusedException.class)
					.isThrownBy(() -> bank.stream("alice").collectList().block()));
		assertThat(RAN).containsExactly("stream alice");
	}

	@Test
	void monoWhenTheCallerSubscribesAgainThenItIsAskedForAgain() {
		run((invocation) -> invocation.proceed(), 1000, (bank) -> {
			Mono<String> mono = bank.payReactive("alice");
			mono.block();
			mono.block();
		});
		assertThat(RAN).hasSize(2);
		assertThat(this.service.asked()).hasSize(2);
	}

	@Test
	void callWhenAnAdviceRunsItAfterItsEndThenRefused() {
		CompletableFuture<MethodInvocation> late = new CompletableFuture<>();
		run((invocation) -> {
			late.complete(clone(invocation));
			return "instead";
		}, 1000, (bank) -> {
			assertThat(bank.pay("alice")).isEqualTo("instead");
			assertThat(catchThrowable(() -> late.join().proceed())).isInstanceOf(CallRefusedException.class);
		});
		assertThat(RAN).isEmpty();
		assertThat(this.service.asked()).singleElement().extracting("outcome").isEqualTo("not run");
	}

	@ParameterizedTest
	@EnumSource(Put.class)
	void callWhenAnAdviceInsidePutsOtherArgumentsThenRefused(Put put) {
		run((invocation) -> put.proceed(invocation, "mallory"), 1000,
				(bank) -> assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> bank.pay("alice"))
					.satisfies((ex) -> assertThat(ex.code()).isEqualTo("CALL_CHANGED")));
		assertThat(RAN).isEmpty();
	}

	@ParameterizedTest
	@EnumSource(Put.class)
	void callWhenAnAdviceInsidePutsEqualOrUnboundArgumentsThenRuns(Put put) {
		run((invocation) -> put.proceed(invocation,
				invocation.getMethod().getName().equals("note") ? "other" : new StringBuilder("alice").toString()),
				1000, (bank) -> {
					bank.pay("alice");
					bank.note("text");
				});
		assertThat(RAN).containsExactly("pay alice", "note other");
	}

	@Test
	void callWhenAnAdviceIsAddedBehindEverythingThenItTriesNoSecondTime() {
		runner(Bank.class).run((context) -> {
			((Advised) context.getBean(Bank.class)).addAdvice((MethodInterceptor) Again.PROCEED::invoke);
			assertThat(catchThrowable(() -> context.getBean(Bank.class).fail("alice")))
				.isInstanceOf(CallRefusedException.class);
			assertThat(RAN).containsExactly("fail alice");
		});
	}

	@Test
	void callWhenABeanIsAProxyInsideAProxyThenTheInnermostGuardsIt() {
		runner().withUserConfiguration(Nested.class).run((context) -> {
			Bank bank = context.getBean(Bank.class);
			bank.pay("alice");
			catchThrowable(() -> bank.fail("alice"));
			assertThat(RAN).hasSameSizeAs(granted()).hasSize(2);
			this.service.deny("pay", "No");
			RAN.clear();
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> bank.pay("alice"));
			assertThat(RAN).isEmpty();
		});
	}

	private List<AskedPermission> granted() {
		return this.service.asked().stream().filter((asked) -> asked.outcome() != null).toList();
	}

	private ApplicationContextRunner runner(Class<?>... beans) {
		return this.guarded.runner(beans).withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class));
	}

	private void run(MethodInterceptor advice, int order, Consumer<Bank> test) {
		DefaultPointcutAdvisor advisor = new DefaultPointcutAdvisor(
				AnnotationMatchingPointcut.forMethodAnnotation(RequiresPermission.class), advice);
		advisor.setOrder(order);
		runner(Bank.class).withBean("advisor", DefaultPointcutAdvisor.class, () -> advisor)
			.run((context) -> test.accept(context.getBean(Bank.class)));
	}

	private static MethodInvocation clone(MethodInvocation invocation) {
		return ((ProxyMethodInvocation) invocation).invocableClone();
	}

	private static Object proceed(MethodInvocation invocation) {
		try {
			return invocation.proceed();
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** How an advice tries five times. */
	enum Again implements MethodInterceptor {

		PROCEED, CLONE;

		MethodInvocation next(MethodInvocation invocation) {
			return (this == CLONE) ? GuardedOnceTests.clone(invocation) : invocation;
		}

		@Override
		public Object invoke(MethodInvocation invocation) throws Throwable {
			RuntimeException last = null;
			for (int i = 0; i < 5; i++) {
				try {
					return next(invocation).proceed();
				}
				catch (RuntimeException ex) {
					last = ex;
				}
			}
			throw last;
		}

	}

	/** Goes on although it has a result. */
	record Twice(Again again) implements MethodInterceptor {

		@Override
		public Object invoke(MethodInvocation invocation) throws Throwable {
			Object first = end(this.again.next(invocation).proceed());
			for (int i = 0; i < 4; i++) {
				end(this.again.next(invocation).proceed());
			}
			return first;
		}

		private static Object end(Object result) {
			if (result instanceof CompletableFuture<?> future) {
				catchThrowable(future::join);
			}
			return result;
		}

	}

	/** How an advice changes an argument. */
	enum Put {

		IN_PLACE {
			@Override
			Object proceed(MethodInvocation invocation, Object argument) throws Throwable {
				invocation.getArguments()[0] = argument;
				return invocation.proceed();
			}
		},
		SET {
			@Override
			Object proceed(MethodInvocation invocation, Object argument) throws Throwable {
				((ProxyMethodInvocation) invocation).setArguments(argument);
				return invocation.proceed();
			}
		},
		CLONE {
			@Override
			Object proceed(MethodInvocation invocation, Object argument) throws Throwable {
				return ((ProxyMethodInvocation) invocation).invocableClone(argument).proceed();
			}
		};

		abstract Object proceed(MethodInvocation invocation, Object argument) throws Throwable;

	}

	@Configuration(proxyBeanMethods = false)
	static class Nested {

		@Bean
		Bank bank() {
			ProxyFactory factory = new ProxyFactory(new Bank());
			factory.setProxyTargetClass(true);
			factory.addAdvice(Again.CLONE);
			return (Bank) factory.getProxy();
		}

	}

	public static class Bank {

		private int tries;

		@RequiresPermission(action = "pay")
		public String pay(String account) {
			RAN.add("pay " + account);
			return "paid";
		}

		@RequiresPermission(action = "pay")
		public String fail(String account) {
			RAN.add("fail " + account);
			throw new IllegalStateException("after the deed");
		}

		@RequiresPermission(action = "note")
		public void note(@NotBound String text) {
			RAN.add("note " + text);
		}

		@RequiresPermission(action = "pay")
		public CompletableFuture<String> payLater(String account) {
			RAN.add("payLater " + account);
			return CompletableFuture.completedFuture("paid");
		}

		@RequiresPermission(action = "pay")
		public CompletableFuture<String> failLater(String account) {
			RAN.add("failLater " + account);
			return CompletableFuture.failedFuture(new IllegalStateException("after the deed"));
		}

		@RequiresPermission(action = "pay")
		public Mono<String> payReactive(String account) {
			return Mono.fromSupplier(() -> {
				RAN.add("payReactive " + account);
				return "paid";
			});
		}

		@RequiresPermission(action = "pay")
		public Mono<String> failReactive(String account) {
			return Mono.fromCallable(() -> {
				RAN.add("failReactive " + account);
				throw new IOException("after the deed");
			});
		}

		@RequiresPermission(action = "pay")
		public Mono<String> retryReactive(String account) {
			return Mono.fromCallable(() -> {
				RAN.add("try");
				this.tries++;
				if (this.tries < 3) {
					throw new IOException("not yet");
				}
				return "third";
			}).retry(5);
		}

		@RequiresPermission(action = "pay")
		public Flux<String> stream(String account) {
			return Flux.defer(() -> {
				RAN.add("stream " + account);
				return Flux.just("a", "b");
			});
		}

	}

}
