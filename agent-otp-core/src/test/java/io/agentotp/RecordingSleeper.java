package io.agentotp;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Remembers the delays instead of sleeping.
 */
final class RecordingSleeper implements Sleeper {

	final List<Duration> delays = new CopyOnWriteArrayList<>();

	/** What happens in the meantime. */
	volatile Runnable meanwhile = () -> {
	};

	@Override
	public void sleep(Duration duration) throws InterruptedException {
		this.delays.add(duration);
		this.meanwhile.run();
		if (Thread.interrupted()) {
			throw new InterruptedException();
		}
	}

}
