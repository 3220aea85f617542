package io.agentotp.server.limit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.server.Await;
import io.github.bucket4j.distributed.proxy.CommandExecutor;
import io.github.bucket4j.distributed.remote.CommandResult;
import io.github.bucket4j.distributed.remote.RemoteCommand;
import io.github.bucket4j.distributed.remote.commands.TryConsumeCommand;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What several callers of one bucket are answered at once.
 */
class BatchingTests {

	@Test
	void executeWhenBatchFindsNoBucketThenEachCallerIsToldSo() throws Exception {
		CountDownLatch oneIsUnderWay = new CountDownLatch(1);
		CountDownLatch othersWait = new CountDownLatch(1);
		AtomicInteger executions = new AtomicInteger();
		CommandExecutor batching = new Batching().apply(new CommandExecutor() {

			@Override
			public <T> CommandResult<T> execute(RemoteCommand<T> command) {
				executions.incrementAndGet();
				oneIsUnderWay.countDown();
				await(othersWait);
				return CommandResult.bucketNotFound();
			}

		});
		List<FutureTask<CommandResult<Boolean>>> calls = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			FutureTask<CommandResult<Boolean>> call = new FutureTask<>(
					() -> batching.execute(TryConsumeCommand.create(1)));
			calls.add(call);
			Thread thread = new Thread(call);
			thread.start();
			await(oneIsUnderWay);
			Await.until("the call waits", () -> thread.getState() == Thread.State.WAITING);
		}
		othersWait.countDown();
		for (FutureTask<CommandResult<Boolean>> call : calls) {
			assertThat(call.get().isBucketNotFound()).isTrue();
		}
		assertThat(executions).as("one alone, the others together").hasValue(2);
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
