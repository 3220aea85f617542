package io.agentotp.spring.tool;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpToolAutoConfiguration;
import io.agentotp.spring.guard.CallerDeadline;
import io.agentotp.spring.guard.ToolCallContext;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Calls whose caller stays for a while only, in whatever way they are guarded and return.
 */
class ToolCallerDeadlineTests {

	private final FakeAgentOtp service = FakeAgentOtp.approving();

	private final List<String> done = new CopyOnWriteArrayList<>();

	private final Caller caller = new Caller();

	@ParameterizedTest
	@ValueSource(strings = { "rule", "rule async", "value", "future", "mono", "deep" })
	void callWhenApprovedWhileItWaitsThenRuns(String way) {
		this.service.leavePending("work");
		this.caller.onPending = (permission) -> this.service.decidePending(true, null);
		run(way, (call) -> {
			call.run();
			assertThat(this.done).containsExactly(way);
			assertThat(this.caller.waited).containsExactly(true, false);
			assertThat(this.service.asked()).extracting(AskedPermission::status).containsExactly(PermissionStatus.USED);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "rule", "rule async", "value", "future", "mono", "deep" })
	void callWhenApprovedJustAsTheTimeIsOverThenDoesNotRunAndTheNextOneDoes(String way) {
		this.service.leavePending("work");
		this.caller.onPending = (permission) -> {
			this.service.decidePending(true, null);
			this.caller.gone = true;
		};
		run(way, (call) -> {
			assertRefused(call, "Permission denied: gone");
			assertThat(this.done).isEmpty();
			assertThat(this.service.asked()).extracting(AskedPermission::status)
				.containsExactly(PermissionStatus.APPROVED);
			this.caller.gone = false;
			call.run();
			assertThat(this.done).containsExactly(way);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "rule", "rule async", "value", "future", "mono", "deep" })
	void callWhenNobodyDecidesInTimeThenPendingAndTheRequestStaysOpen(String way) {
		this.service.leavePending("work");
		this.caller.left = Duration.ofMillis(20);
		run(way, (call) -> {
			assertRefused(call, "Permission pending: approve at http://localhost/approvals/"
					+ this.service.asked().stream().map(AskedPermission::id).findFirst().orElse(""));
			assertThat(this.service.asked()).extracting(AskedPermission::status)
				.containsExactly(PermissionStatus.PENDING);
			this.service.decidePending(true, null);
			call.run();
			assertThat(this.done).containsExactly(way);
			assertThat(this.service.asked()).hasSize(1);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "rule", "rule async", "value", "future", "mono", "deep" })
	void callWhenNoTimeIsLeftThenDoesNotWait(String way) {
		this.service.leavePending("work");
		this.caller.left = Duration.ZERO;
		run(way, (call) -> {
			assertRefused(call, "Permission pending: approve at ");
			assertThat(this.done).isEmpty();
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "rule", "rule async", "value", "future", "mono", "deep" })
	void callWhenTheCallerHasGoneBeforeAPolicyAnswersThenDoesNotRun(String way) {
		this.caller.gone = true;
		run(way, (call) -> {
			assertRefused(call, "Permission denied: gone");
			assertThat(this.done).isEmpty();
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "rule", "rule async", "value", "future", "mono", "deep" })
	void callWhenTheUserDeclinesThenDeniedAndTheRequestIsWithdrawn(String way) {
		this.service.leavePending("work");
		this.caller.declines = true;
		run(way, (call) -> {
			assertRefused(call, "Permission denied: The user of the agent has declined");
			assertThat(this.service.asked()).extracting(AskedPermission::status)
				.containsExactly(PermissionStatus.REVOKED);
			assertThat(this.done).isEmpty();
		});
	}

	private static void assertRefused(Runnable call, String message) {
		assertThatExceptionOfType(ToolRefusedException.class).isThrownBy(call::run).withMessageStartingWith(message);
	}

	private void run(String way, Consumer<Runnable> test) {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class,
							AgentOtpToolAutoConfiguration.class, TaskExecutionAutoConfiguration.class))
			.withBean(AgentOtpClient.class, this.service::client)
			.withBean(Worker.class, () -> new Worker(this.done))
			.withPropertyValues("agentotp.tools.unmatched=allow", "agentotp.tools.rules[0].name=rule*",
					"agentotp.tools.rules[0].action=work")
			.run((context) -> {
				ToolGuard guard = context.getBean(ToolGuard.class);
				Worker worker = context.getBean(Worker.class);
				test.accept(() -> call(guard, worker, way));
			});
	}

	private void call(ToolGuard guard, Worker worker, String way) {
		ToolProtection protection = guard.protect(Tool.of(way, way, "test"));
		ToolCall call = new ToolCall(way, null, "{}", ToolCaller.UNKNOWN, this.caller);
		try {
			switch (way) {
				case "rule" -> guard.call(protection, call, () -> worker.free(way));
				case "rule async" ->
					guard.callAsync(protection, call, () -> CompletableFuture.completedFuture(worker.free(way))).join();
				case "value" -> guard.call(protection, call, worker::value);
				case "future" -> guard.callAsync(protection, call, worker::future).join();
				case "mono" -> guard.callAsync(protection, call, () -> worker.mono("mono").toFuture()).join();
				default -> guard.callAsync(protection, call, () -> deep(worker)).join();
			}
		}
		catch (CompletionException ex) {
			throw (RuntimeException) ex.getCause();
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A guarded method that is called on another thread, with the call in the context.
	 */
	private static CompletableFuture<String> deep(Worker worker) {
		return Mono.delay(Duration.ofMillis(1))
			.flatMap((tick) -> worker.mono("deep"))
			.contextWrite(Context.of(ToolCallContext.reactorContext()))
			.toFuture();
	}

	public static class Worker {

		private final List<String> done;

		public Worker(List<String> done) {
			this.done = done;
		}

		public String free(String way) {
			this.done.add(way);
			return way;
		}

		@RequiresPermission(action = "work")
		public String value() {
			return free("value");
		}

		@RequiresPermission(action = "work")
		public CompletableFuture<String> future() {
			return CompletableFuture.completedFuture(free("future"));
		}

		@RequiresPermission(action = "work")
		public Mono<String> mono(String way) {
			return Mono.fromSupplier(() -> free(way));
		}

	}

	private static final class Caller implements CallerDeadline {

		private volatile Duration left = Duration.ofSeconds(30);

		private volatile boolean gone;

		private volatile boolean declines;

		private volatile @Nullable Consumer<Permission> onPending;

		private final List<Boolean> waited = new CopyOnWriteArrayList<>();

		@Override
		public Duration left() {
			return this.left;
		}

		@Override
		public void pending(Permission permission, Runnable withdraw) {
			assertThat(permission.token()).isEmpty();
			if (this.declines) {
				withdraw.run();
			}
			if (this.onPending != null) {
				this.onPending.accept(permission);
			}
		}

		@Override
		public void requireCaller(boolean waited) {
			this.waited.add(waited);
			if (this.gone) {
				throw new CallRefusedException("CALLER_GONE", "gone", null);
			}
		}

	}

}
