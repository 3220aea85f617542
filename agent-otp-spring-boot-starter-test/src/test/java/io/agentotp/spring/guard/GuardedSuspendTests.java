package io.agentotp.spring.guard;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionStatus;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import kotlinx.coroutines.Job;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

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

	@ParameterizedTest
	@ValueSource(
			classes = { SuspendingFlow.class, SuspendingFunction.class, SuspendingSequence.class, StartsJob.class })
	void startWhenTheWorkIsDoneAfterItHasEndedThenStops(Class<?> bean) {
		this.guarded.runner(bean)
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.hasMessageContaining("lets work be done later"));
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
	void suspendWhenCancelledWhileWaitingThenTheRequestIsWithdrawn() {
		this.service.leavePending("suspending");
		this.guarded.run(SuspendingMailer.class, (mailer) -> {
			Job job = Coroutines.start(mailer, "a@b.c");
			awaitPending();
			Coroutines.cancel(job);
			await().until(() -> this.service.asked().get(0).status() == PermissionStatus.REVOKED);
			assertThat(mailer.getSent()).isEmpty();
		});
	}

	/** As many bodies run as grants were used for one. */
	@ParameterizedTest
	@EnumSource
	void suspendWhenAnythingStandsAroundThenOneRunForOneGrant(OneRunForOneGrantTests.Surroundings around) {
		around.add(this.guarded.runner(SuspendingDesk.class))
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.run((context) -> {
				SuspendingDesk desk = context.getBean(SuspendingDesk.class);
				for (String function : List.of("value", "late", "failing", "flow")) {
					for (OneRunForOneGrantTests.Answer answer : OneRunForOneGrantTests.Answer.values()) {
						desk.getRan().set(0);
						this.service.reset();
						answer.prepare(this.service);
						Throwable failure = catchThrowable(() -> Coroutines.desk(desk, function));
						List<String> outcomes = this.service.asked().stream().map(AskedPermission::outcome).toList();
						String cell = function + ", " + answer + ": " + outcomes + ", " + failure;
						assertThat(desk.getRan().get()).as(cell)
							.isEqualTo((int) outcomes.stream()
								.filter((outcome) -> outcome != null && !outcome.equals("not run"))
								.count());
						assertThat(desk.getRan().get() > 0).as(cell)
							.isEqualTo(answer == OneRunForOneGrantTests.Answer.APPROVE);
						assertThat(this.service.asked()).as(cell).isNotEmpty();
					}
				}
			});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void suspendWhenTheCallerHasAContextThenTheBodyHasIt(boolean waits) {
		if (waits) {
			this.service.leavePending("context");
		}
		this.guarded.run(SuspendingDesk.class, (desk) -> {
			SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("ann", "", "USER"));
			MDC.put("order", "42");
			LocaleContextHolder.setLocale(Locale.CANADA_FRENCH);
			try {
				if (waits) {
					Guarded.start(() -> {
						awaitPending();
						this.service.decidePending(true, null);
					});
				}
				assertThat(Coroutines.desk(desk, "context")).isEqualTo("ann 42 fr_CA");
			}
			finally {
				SecurityContextHolder.clearContext();
				MDC.clear();
				LocaleContextHolder.resetLocaleContext();
			}
		});
	}

	@Test
	void suspendWhenCancelledBetweenTheGrantAndTheBodyThenGivenBack() {
		BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
		this.guarded.runner(SuspendingMailer.class)
			.withBean(PermissionGuardCustomizer.class, () -> (builder) -> builder.executor(tasks::add))
			.run((context) -> {
				SuspendingMailer mailer = context.getBean(SuspendingMailer.class);
				Job job = Coroutines.start(mailer, "a@b.c");
				Runnable check = tasks.poll(60, TimeUnit.SECONDS);
				assertThat(check).isNotNull();
				Coroutines.cancel(job);
				check.run();
				await().until(() -> this.service.asked().get(0).status() == PermissionStatus.REVOKED);
				assertThat(mailer.getSent()).isEmpty();
			});
	}

	@Test
	void suspendWhenItsTimeIsOverThenWithdrawn() {
		this.service.leavePending("work");
		this.guarded.run(SuspendingDesk.class, (desk) -> {
			assertThat(catchThrowable(() -> Coroutines.within(desk, 50))).isNotNull();
			await().until(() -> this.service.asked()
				.stream()
				.allMatch((asked) -> asked.status() == PermissionStatus.REVOKED));
			assertThat(desk.getRan()).hasValue(0);
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { DefaultCaller.class, CoroutineCaller.class, NestedCoroutineCaller.class,
			NestedLambdaCaller.class, LazyCaller.class, ReferenceCaller.class, ListCaller.class, DelegateCaller.class,
			MapCaller.class, PairCaller.class, SequenceCaller.class, SequenceLoopCaller.class })
	void startWhenKotlinCallsItselfThenFails(Class<?> bean) {
		this.guarded.runner(bean)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("calls guarded methods of its own")
				.hasMessageContaining(" calls send("));
	}

	@Test
	void callWhenAnArgumentIsOfAValueClassThenWhatItHoldsIsBound() {
		this.guarded.run(ValueClasses.class, (bean) -> {
			Coroutines.pay(bean);
			assertThat(this.service.asked().get(0).arguments())
				.isEqualTo(Map.of("amount", -1, "within", 2_000_000_000));
			assertThat(bean.getRan()).hasValue(1);
		});
	}

	@Test
	void startWhenAFunctionReturnsNothingThenStops() {
		this.guarded.runner(NeverReturns.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("the return type Nothing"));
	}

	@Test
	void startWhenASequenceYieldsSomethingElseThenStarts() {
		this.guarded.run(SequenceOfOthers.class, (bean) -> assertThat(bean.all()).containsExactly("A", "B"));
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
