package io.agentotp.server.limit;

import io.github.bucket4j.distributed.proxy.AsyncCommandExecutor;
import io.github.bucket4j.distributed.proxy.BucketNotFoundException;
import io.github.bucket4j.distributed.proxy.CommandExecutor;
import io.github.bucket4j.distributed.proxy.optimization.Optimization;
import io.github.bucket4j.distributed.proxy.optimization.OptimizationListener;
import io.github.bucket4j.distributed.proxy.optimization.Optimizations;
import io.github.bucket4j.distributed.remote.CommandResult;
import io.github.bucket4j.distributed.remote.RemoteCommand;
import io.github.bucket4j.util.concurrent.batch.BatchHelper.BatchFailedException;

/**
 * The library's batching: what callers of one bucket ask for while a transaction runs is
 * done by the next one. The library fails a batch on a bucket that does not exist yet;
 * here each of its callers is told so, and makes the bucket as a single one would.
 */
final class Batching implements Optimization {

	private final Optimization batching;

	Batching() {
		this(Optimizations.batching());
	}

	private Batching(Optimization batching) {
		this.batching = batching;
	}

	@Override
	public Optimization withListener(OptimizationListener listener) {
		return new Batching(this.batching.withListener(listener));
	}

	@Override
	public CommandExecutor apply(CommandExecutor executor) {
		CommandExecutor batched = this.batching.apply(executor);
		return new CommandExecutor() {

			@Override
			public <T> CommandResult<T> execute(RemoteCommand<T> command) {
				try {
					return batched.execute(command);
				}
				catch (BatchFailedException ex) {
					if (ex.getCause() instanceof BucketNotFoundException) {
						return CommandResult.bucketNotFound();
					}
					throw ex;
				}
			}

		};
	}

	@Override
	public AsyncCommandExecutor apply(AsyncCommandExecutor executor) {
		return this.batching.apply(executor);
	}

}
