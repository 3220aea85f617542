package io.agentotp.spring.guard;

import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionStatus;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import kotlinx.coroutines.Job;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

@Timeout(60)
class GuardedSuspendTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@Test
	void suspendWhenApprovedThenTheBodyRunsWithTheGrantAndIsReported() {
		this.guarded.run(SuspendingMailer.class, (mailer) -> {
			assertThat(Coroutines.send(mailer, "a@b.c")).isEqualTo("sent to a@b.c");
			AskedPermission asked = this.service.asked().get(0);
			assertThat(mailer.getSent()).containsExactly("a@b.c " + asked.id());
			assertThat(asked.resource()).isEqualTo("email:a@b.c");
			assertThat(asked.arguments()).hasToString("{to=a@b.c}");
			assertThat(asked.outcome()).isEqualTo("succeeded");
		});
	}

	@Test
	void suspendWhenDeniedThenTheBodyDoesNotRun() {
		this.service.deny("suspending", "No");
		this.guarded.run(SuspendingMailer.class, (mailer) -> {
			assertThatExceptionOfType(PermissionDeniedException.class)
				.isThrownBy(() -> Coroutines.send(mailer, "a@b.c"));
			assertThat(mailer.getSent()).isEmpty();
		});
	}

	@Test
	void suspendWhenCancelledWhileWaitingThenTheQuestionIsWithdrawn() {
		this.service.leavePending("suspending");
		this.guarded.run(SuspendingMailer.class, (mailer) -> {
			Job job = Coroutines.start(mailer, "a@b.c");
			awaitPending();
			Coroutines.cancel(job);
			await().until(() -> this.service.asked().get(0).status() == PermissionStatus.REVOKED);
			assertThat(mailer.getSent()).isEmpty();
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { DefaultCaller.class, CoroutineCaller.class })
	void startWhenKotlinCallsItselfThenFails(Class<?> bean) {
		this.guarded.runner(bean)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("sendAll() calls send()"));
	}

	@Test
	void flowWhenCollectedThenAskedAndReported() {
		this.guarded.run(SuspendingMailer.class, (mailer) -> {
			mailer.flow();
			assertThat(this.service.asked()).isEmpty();
			assertThat(Coroutines.collect(mailer)).containsExactly(1, 2, 3);
			assertThat(mailer.getSent()).containsExactly("assembled");
			assertThat(this.service.asked().get(0).outcome()).isEqualTo("succeeded");
		});
	}

	private void awaitPending() {
		try {
			this.service.awaitPending(1);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
