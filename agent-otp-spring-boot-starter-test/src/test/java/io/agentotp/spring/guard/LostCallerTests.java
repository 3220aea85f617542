package io.agentotp.spring.guard;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.agentotp.PermissionPendingException;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.TaskExecutor;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Calls that do not wait, on threads that do not know their caller: {@code @Async} keeps
 * it, and threads of a tool's own ask as nobody.
 */
class LostCallerTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service.leavePending("pay");

	@AfterEach
	void signOut() {
		SecurityContextHolder.clearContext();
	}

	@Test
	void asyncWhenAnotherPrincipalCallsThenItsApprovalIsNotPickedUp() {
		run((payments) -> {
			signIn("ann");
			assertPending(() -> payments.payLater(1));
			this.service.decidePending(true, null);
			signIn("bob");
			assertPending(() -> payments.payLater(1));
			SecurityContextHolder.clearContext();
			assertPending(() -> payments.payLater(1));
			assertThat(payments.paid()).isEmpty();
			signIn("ann");
			assertThat(payments.payLater(1).get(60, TimeUnit.SECONDS)).isEqualTo("paid");
			assertThat(this.service.asked()).hasSize(3);
		});
	}

	/** What is called on Reactor's or another thread of the caller's has the same one. */
	@Test
	void asyncWhenTheCallIsOfAnotherConversationThenItsApprovalIsNotPickedUp() {
		run((payments) -> {
			assertPending(() -> in("c1", () -> payments.payLater(1)));
			assertThat(this.service.asked()).singleElement()
				.extracting(AskedPermission::context)
				.isEqualTo(Map.of("caller", Map.of("conversation", "c1")));
			this.service.decidePending(true, null);
			assertPending(() -> in("c2", () -> payments.payLater(1)));
			assertPending(() -> payments.payLater(1));
			assertThat(payments.paid()).isEmpty();
			assertThat(in("c1", () -> payments.payLater(1)).get(60, TimeUnit.SECONDS)).isEqualTo("paid");
		});
	}

	@Test
	void asyncWhenNobodyKnowsTheConversationOfAToolThenRefused() {
		run((payments) -> {
			try (ToolCallContext call = ToolCallContext.of(Map.of(), "1", null, null)) {
				assertThatExceptionOfType(ExecutionException.class)
					.isThrownBy(() -> call.run(() -> payments.payLater(1)).get(60, TimeUnit.SECONDS))
					.havingCause()
					.hasFieldOrPropertyWithValue("code", "CALLER_UNKNOWN");
			}
			assertThat(this.service.asked()).isEmpty();
		});
	}

	@Test
	void asyncWhenThePoolsThreadIsSignedInThenTheCallerCounts() {
		run((payments) -> {
			signIn("pool");
			assertPending(() -> payments.payLater(1));
			this.service.decidePending(true, null);
			signIn("ann");
			assertPending(() -> payments.payLater(1));
			assertThat(payments.paid()).isEmpty();
		});
	}

	/** As "Who asks" says of threads that a tool starts itself. */
	@ParameterizedTest
	@EnumSource
	void callWhenAToolStartsAThreadThenItAsksAsNobodyAndNothingOfTheCallerIsPickedUp(Starts starts) {
		run((payments) -> {
			signIn("ann");
			assertPending(() -> in("c1", () -> CompletableFuture.completedFuture(payments.pay(1))));
			this.service.decidePending(true, null);
			assertPending(() -> in("c1", () -> starts.on(() -> payments.pay(1))));
			assertThat(payments.paid()).isEmpty();
			assertThat(this.service.asked()).hasSize(2).last().extracting(AskedPermission::context).isEqualTo(Map.of());
			this.service.decidePending(true, null);
			signIn("bob");
			assertPending(() -> in("c2", () -> CompletableFuture.completedFuture(payments.pay(1))));
			assertThat(payments.paid()).isEmpty();
			// Whoever asks there.
			assertThat(in("c2", () -> starts.on(() -> payments.pay(1))).get(60, TimeUnit.SECONDS)).isEqualTo("paid");
		});
	}

	private void run(ThrowingConsumer test) {
		this.guarded.runner(Payments.class).withUserConfiguration(Application.class).run((context) -> {
			assertThat(context).hasNotFailed();
			test.accept(context.getBean(Payments.class));
		});
	}

	private static void signIn(String name) {
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken(name, "", "USER"));
	}

	private static CompletableFuture<String> in(String conversation, Supplier<CompletableFuture<String>> work) {
		try (ToolCallContext call = ToolCallContext.of(Map.of(ToolCallContext.CONVERSATION, conversation), "1", null,
				null)) {
			return call.run(work::get);
		}
		catch (Exception ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	private static void assertPending(Supplier<CompletableFuture<String>> call) {
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> call.get().get(60, TimeUnit.SECONDS))
			.withCauseInstanceOf(PermissionPendingException.class);
	}

	@FunctionalInterface
	interface ThrowingConsumer {

		void accept(Payments payments) throws Exception;

	}

	enum Starts {

		THREAD {
			@Override
			CompletableFuture<String> on(Supplier<String> work) {
				CompletableFuture<String> result = new CompletableFuture<>();
				Guarded.start(() -> complete(result, work));
				return result;
			}
		},
		FORK_JOIN {
			@Override
			CompletableFuture<String> on(Supplier<String> work) {
				return CompletableFuture.supplyAsync(work, ForkJoinPool.commonPool());
			}
		},
		PARALLEL_STREAM {
			@Override
			CompletableFuture<String> on(Supplier<String> work) {
				ForkJoinPool pool = new ForkJoinPool(2);
				try {
					return CompletableFuture.supplyAsync(
							() -> Stream.of(1).parallel().map((element) -> work.get()).findFirst().orElseThrow(), pool);
				}
				finally {
					pool.shutdown();
				}
			}
		},
		EXECUTOR {
			@Override
			CompletableFuture<String> on(Supplier<String> work) {
				ExecutorService executor = Executors.newSingleThreadExecutor();
				try {
					return CompletableFuture.supplyAsync(work, executor);
				}
				finally {
					executor.shutdown();
				}
			}
		};

		abstract CompletableFuture<String> on(Supplier<String> work);

		private static void complete(CompletableFuture<String> result, Supplier<String> work) {
			try {
				result.complete(work.get());
			}
			catch (RuntimeException ex) {
				result.completeExceptionally(ex);
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class Application {

		/** Its threads know somebody else, as inherited contexts let them. */
		@Bean
		TaskExecutor taskExecutor() {
			return (task) -> Guarded.start(() -> {
				signIn("pool");
				task.run();
			});
		}

	}

	public static class Payments {

		private final List<Integer> paid = new CopyOnWriteArrayList<>();

		public List<Integer> paid() {
			return this.paid;
		}

		@Async
		@RequiresPermission(action = "pay", onPending = OnPending.THROW)
		public CompletableFuture<String> payLater(int amount) {
			this.paid.add(amount);
			return CompletableFuture.completedFuture("paid");
		}

		@RequiresPermission(action = "pay", onPending = OnPending.THROW)
		public String pay(int amount) {
			this.paid.add(amount);
			return "paid";
		}

	}

}
