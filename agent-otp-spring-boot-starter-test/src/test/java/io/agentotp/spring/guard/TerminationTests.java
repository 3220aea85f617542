package io.agentotp.spring.guard;

import java.util.concurrent.CompletableFuture;

import io.agentotp.AgentOtpException;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.AskedPermission;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An agent that is told to end while its calls wait leaves no permission request open.
 */
class TerminationTests {

	private final Guarded guarded = new Guarded();

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void closeWhenCallsWaitThenAllAreWithdrawn(boolean future) {
		this.guarded.service.leavePending("act");
		this.guarded.runner(Desk.class).run((context) -> {
			Desk desk = context.getBean(Desk.class);
			for (int i = 0; i < 8; i++) {
				int number = i;
				Guarded.start(() -> {
					try {
						if (future) {
							desk.later(number);
						}
						else {
							desk.act(number);
						}
					}
					catch (AgentOtpException ex) {
						// As it should.
					}
				});
			}
			this.guarded.service.awaitPending(8);
			context.getSourceApplicationContext().close();
			assertThat(this.guarded.service.asked()).extracting(AskedPermission::status)
				.containsOnly(PermissionStatus.REVOKED);
		});
	}

	static class Desk {

		@RequiresPermission(action = "act")
		public void act(int number) {
			throw new AssertionError("ran");
		}

		@RequiresPermission(action = "act")
		public CompletableFuture<String> later(int number) {
			throw new AssertionError("ran");
		}

	}

}
