package io.agentotp.spring.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Calls end although the threads of a pool wait for them, more than the pool has.
 */
class BlockedThreadsTests {

	private static final int CALLS = 20;

	private final Guarded guarded = new Guarded();

	@ParameterizedTest
	@EnumSource
	void callsWhenAllThreadsOfTheApplicationsExecutorWaitForThemThenEnd(Kind kind) {
		this.guarded.runner(Bodies.class).run((context) -> {
			Bodies bean = context.getBean(Bodies.class);
			AsyncTaskExecutor executor = context.getBean("applicationTaskExecutor", AsyncTaskExecutor.class);
			List<Future<Integer>> calls = new ArrayList<>();
			for (int number = 0; number < CALLS; number++) {
				int argument = number;
				calls.add(executor.submit(() -> kind.call(bean, argument)));
			}
			assertEnd(calls);
		});
	}

	@Test
	void callsWhenAsyncAndMoreThanThreadsThenEnd() {
		this.guarded.runner(Application.class).run((context) -> {
			Deferred bean = context.getBean(Deferred.class);
			assertEnd(IntStream.range(0, CALLS).mapToObj(bean::later).toList());
		});
	}

	/** What is chained to a call runs on the thread that ends it. */
	@ParameterizedTest
	@EnumSource
	void callsWhenWhatFollowsOthersWaitsForThemThenEnd(Kind kind) {
		this.guarded.runner(Bodies.class).run((context) -> {
			Bodies bean = context.getBean(Bodies.class);
			assertEnd(IntStream.range(0, CALLS)
				.mapToObj((number) -> bean.future(number)
					.thenCompose((first) -> CompletableFuture.completedFuture(kind.call(bean, first))))
				.toList());
		});
	}

	@Test
	void callsWhenWhatFollowsRefusalsWaitsForOthersThenEnd() {
		this.guarded.service.deny((request) -> request.action().equals("refused"), "No");
		this.guarded.runner(Bodies.class).run((context) -> {
			Bodies bean = context.getBean(Bodies.class);
			assertEnd(IntStream.range(0, CALLS)
				.mapToObj((number) -> bean.refused(number).exceptionally((ex) -> bean.future(number).join()))
				.toList());
		});
	}

	private static void assertEnd(List<? extends Future<Integer>> calls) {
		assertThat(calls).map((call) -> call.get(60, TimeUnit.SECONDS))
			.containsExactlyElementsOf(IntStream.range(0, CALLS).boxed().toList());
	}

	enum Kind {

		FUTURE {

			@Override
			int call(Bodies bean, int number) {
				return bean.future(number).join();
			}

		},

		MONO {

			@Override
			int call(Bodies bean, int number) {
				return bean.mono(number).blockOptional().orElseThrow();
			}

		},

		VALUE {

			@Override
			int call(Bodies bean, int number) {
				return bean.value(number);
			}

		};

		abstract int call(Bodies bean, int number);

	}

	public static class Bodies {

		@RequiresPermission(action = "act")
		public CompletableFuture<Integer> future(int number) {
			return CompletableFuture.completedFuture(number);
		}

		@RequiresPermission(action = "act")
		public Mono<Integer> mono(int number) {
			return Mono.just(number);
		}

		@RequiresPermission(action = "act")
		public int value(int number) {
			return number;
		}

		@RequiresPermission(action = "refused")
		public CompletableFuture<Integer> refused(int number) {
			throw new IllegalStateException("ran");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class Application {

		@Bean
		Deferred deferred() {
			return new Deferred();
		}

	}

	public static class Deferred {

		@Async
		@RequiresPermission(action = "act")
		public CompletableFuture<Integer> later(int number) {
			return CompletableFuture.completedFuture(number);
		}

	}

}
