package io.agentotp.spring.guard;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionExchange;
import io.agentotp.PermissionRequest;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.event.PermissionGrantedEvent;
import io.agentotp.test.FakeAgentOtp;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.PayloadApplicationEvent;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A call that ends between its grant and its body gives the grant back.
 */
class CancelledGrantTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	/** What runs on the application's executor, one by one. */
	private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();

	private final Probe probe = new Probe();

	static Stream<Arguments> ends() {
		return Stream.of(Kind.values())
			.flatMap((kind) -> Stream.of("approve", "leavePending").map((answer) -> Arguments.of(kind, answer)));
	}

	@ParameterizedTest
	@MethodSource("ends")
	void cancelWhenTheGrantIsThereAndItsCheckIsNotThenGivenBack(Kind kind, String answer) {
		run((bean) -> {
			if (answer.equals("leavePending")) {
				this.service.leavePending("act");
			}
			Runnable cancel = kind.start(bean);
			if (answer.equals("leavePending")) {
				awaitPending();
				this.service.decidePending(true, null);
			}
			Runnable check = task();
			cancel.run();
			check.run();
			awaitGivenBack();
		});
	}

	@ParameterizedTest
	@EnumSource(names = { "MONO", "FLUX" })
	void cancelWhenNobodyHasDecidedThenWithdrawnAndNothingIsDropped(Kind kind) {
		this.service.leavePending("act");
		List<Throwable> dropped = new CopyOnWriteArrayList<>();
		Hooks.onErrorDropped(dropped::add);
		try {
			run((bean) -> {
				Runnable cancel = kind.start(bean);
				awaitPending();
				cancel.run();
				awaitGivenBack();
			});
			assertThat(dropped).isEmpty();
		}
		finally {
			Hooks.resetOnErrorDropped();
		}
	}

	@ParameterizedTest
	@EnumSource
	void cancelWhenTheGrantIsCheckedThenGivenBack(Kind kind) {
		run((bean) -> {
			AtomicReference<Runnable> cancel = new AtomicReference<>();
			this.probe.checked = () -> cancel.get().run();
			cancel.set(kind.start(bean));
			task().run();
			awaitGivenBack();
		});
	}

	@ParameterizedTest
	@EnumSource(names = { "MONO", "FLUX" })
	void cancelWhenTheGrantIsOnItsWayToAThreadOfReactorsThenGivenBack(Kind kind) {
		run((bean) -> {
			Runnable cancel = kind.start(bean);
			Runnable check = task();
			Schedulers.onScheduleHook("cancel", (task) -> () -> {
				cancel.run();
				task.run();
			});
			try {
				check.run();
				awaitGivenBack();
			}
			finally {
				Schedulers.resetOnScheduleHook("cancel");
			}
		});
	}

	@Test
	void cancelWhenAnAdviceInsideHasNotReachedTheBodyThenGivenBack() {
		runner().withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.withBean(DefaultPointcutAdvisor.class, () -> {
				MethodInterceptor delaying = (invocation) -> new CompletableFuture<>();
				DefaultPointcutAdvisor advisor = new DefaultPointcutAdvisor(
						AnnotationMatchingPointcut.forMethodAnnotation(RequiresPermission.class), delaying);
				advisor.setOrder(1000);
				return advisor;
			})
			.withBean(PermissionGuardCustomizer.class, () -> (builder) -> builder.executor(Runnable::run))
			.run((context) -> {
				CompletableFuture<String> future = context.getBean(Bean.class).future("text");
				await().until(() -> this.service.asked().size() == 1);
				future.cancel(true);
				awaitGivenBack();
			});
	}

	/** The method has run then. */
	@ParameterizedTest
	@EnumSource(names = { "MONO", "FLUX" })
	void cancelWhenTheBodyIsAssembledThenUsed(Kind kind) {
		run((bean) -> {
			AtomicReference<Runnable> cancel = new AtomicReference<>();
			this.probe.assembled = () -> cancel.get().run();
			cancel.set(kind.start(bean));
			task().run();
			await().until(() -> this.service.asked().get(0).status() == PermissionStatus.USED);
			assertThat(this.service.asked()).singleElement().extracting("outcome").isEqualTo("cancelled");
		});
	}

	@ParameterizedTest
	@EnumSource
	void callWhenTheExecutorRefusesTheCheckThenGivenBack(Kind kind) {
		runner().withBean(PermissionGuardCustomizer.class, () -> (builder) -> builder.executor((task) -> {
			throw new IllegalStateException("full");
		})).run((context) -> {
			Bean bean = context.getBean(Bean.class);
			kind.start(bean);
			awaitGivenBack();
		});
	}

	@Test
	void awaitWhenInterruptedAsTheGrantArrivesThenGivenBack() {
		try (AgentOtpClient client = this.service.client()) {
			PermissionExchange exchange = new PermissionExchange(Clock.systemUTC(), (delay, task) -> {
			}, UseReports.publishing(new GuardEvents((event) -> {
			})));
			ApprovalRequests requests = new ApprovalRequests(client, Duration.ofMinutes(1), new GuardEvents((event) -> {
			}), new PendingWaits(1, Clock.systemUTC()), new Revocations(client, exchange),
					new AgentLimits(Duration.ZERO, 1, Clock.systemUTC()));
			Permission grant = client.requestPermission(PermissionRequest.builder("act").build());
			CompletableFuture<Permission> decision = new CompletableFuture<>() {

				@Override
				public Permission get() throws InterruptedException {
					complete(grant);
					throw new InterruptedException();
				}

			};
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> requests.await(decision));
			assertThat(Thread.interrupted()).isTrue();
			await().until(() -> this.service.asked().get(0).status() == PermissionStatus.REVOKED);
		}
	}

	private ApplicationContextRunner runner() {
		return this.guarded.runner(Bean.class)
			.withBean(Probe.class, () -> this.probe)
			.withInitializer((context) -> context.addApplicationListener((event) -> {
				if (event instanceof PayloadApplicationEvent<?> published
						&& published.getPayload() instanceof PermissionGrantedEvent) {
					this.probe.checked.run();
				}
			}));
	}

	private void run(Consumer<Bean> test) {
		runner().withBean(PermissionGuardCustomizer.class, () -> (builder) -> builder.executor(this.tasks::add))
			.run((context) -> test.accept(context.getBean(Bean.class)));
	}

	private Runnable task() {
		try {
			Runnable task = this.tasks.poll(60, TimeUnit.SECONDS);
			assertThat(task).isNotNull();
			return task;
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void awaitPending() {
		try {
			this.service.awaitPending(1);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void awaitGivenBack() {
		await().until(() -> this.service.asked().get(0).status() == PermissionStatus.REVOKED);
		assertThat(this.service.asked()).hasSize(1);
		assertThat(this.probe.ran).hasValue(0);
	}

	enum Kind {

		FUTURE {
			@Override
			Runnable start(Bean bean) {
				CompletableFuture<String> future = bean.future("text");
				return () -> future.cancel(true);
			}
		},
		TIMEOUT {
			@Override
			Runnable start(Bean bean) {
				CompletableFuture<String> future = bean.future("text");
				return () -> future.completeExceptionally(new java.util.concurrent.TimeoutException());
			}
		},
		MONO {
			@Override
			Runnable start(Bean bean) {
				Disposable subscription = bean.mono("text").subscribe((value) -> {
				}, (ex) -> {
				});
				return subscription::dispose;
			}
		},
		FLUX {
			@Override
			Runnable start(Bean bean) {
				Disposable subscription = bean.flux("text").subscribe((value) -> {
				}, (ex) -> {
				});
				return subscription::dispose;
			}
		};

		abstract Runnable start(Bean bean);

	}

	/** What happens meanwhile. */
	public static class Probe {

		final AtomicInteger ran = new AtomicInteger();

		volatile Runnable checked = () -> {
		};

		volatile Runnable assembled = () -> {
		};

	}

	public static class Bean {

		private final Probe probe;

		public Bean(Probe probe) {
			this.probe = probe;
		}

		@RequiresPermission(action = "act")
		public CompletableFuture<String> future(String text) {
			this.probe.ran.incrementAndGet();
			return CompletableFuture.completedFuture(text);
		}

		@RequiresPermission(action = "act")
		public Mono<String> mono(String text) {
			this.probe.assembled.run();
			return Mono.fromSupplier(() -> {
				this.probe.ran.incrementAndGet();
				return text;
			});
		}

		@RequiresPermission(action = "act")
		public Flux<String> flux(String text) {
			this.probe.assembled.run();
			return Flux.defer(() -> {
				this.probe.ran.incrementAndGet();
				return Flux.just(text);
			});
		}

	}

}
