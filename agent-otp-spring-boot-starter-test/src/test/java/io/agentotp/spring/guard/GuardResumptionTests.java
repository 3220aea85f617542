package io.agentotp.spring.guard;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.agentotp.AgentOtpException;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionPendingException;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.FakeAgentOtp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Calls that do not wait: made again, they pick the decision up and run once.
 */
class GuardResumptionTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service.leavePending("pay");

	@Test
	void callWhenPendingThenEndsAtOnceWithTheIdAndTheApprovalUrl() {
		this.guarded.run(Payments.class, (payments) -> {
			assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> payments.pay(1))
				.satisfies((ex) -> {
					assertThat(ex.permission().id()).isEqualTo(this.service.asked().get(0).id());
					assertThat(ex.approvalUrl()).hasValueSatisfying((url) -> assertThat(url).contains("/approvals/"));
				});
			assertThat(payments.paid()).isEmpty();
			assertThat(this.service.asked()).extracting("status").containsExactly(PermissionStatus.PENDING);
		});
	}

	@Test
	void callWhenMadeAgainThenNobodyIsAskedAgain() {
		this.guarded.run(Payments.class, (payments) -> {
			assertPending(payments, 1);
			assertPending(payments, 1);
			assertThat(this.service.asked()).hasSize(1);
			assertThat(payments.paid()).isEmpty();
		});
	}

	@Test
	void callWhenMadeAgainAfterTheApprovalThenRunsOnceAndIsUsedBeforeTheBody() {
		this.guarded.run(Payments.class, (payments) -> {
			assertPending(payments, 1);
			this.service.decidePending(true, null);
			payments.pay(1);
			assertThat(payments.paid()).containsExactly("1 used");
			assertPending(payments, 1);
			assertThat(this.service.asked()).hasSize(2);
			assertThat(payments.paid()).hasSize(1);
		});
	}

	@Test
	void callWhenMadeAgainAfterARestartThenPicksTheDecisionUp() {
		this.guarded.run(Payments.class, (payments) -> assertPending(payments, 1));
		this.service.decidePending(true, null);
		this.guarded.run(Payments.class, (payments) -> {
			payments.pay(1);
			assertThat(payments.paid()).hasSize(1);
		});
		this.guarded.run(Payments.class, (payments) -> {
			assertPending(payments, 1);
			assertThat(payments.paid()).isEmpty();
		});
		assertThat(this.service.asked()).hasSize(2);
	}

	@Test
	void callWhenItsPermissionHasAUseLeftAfterARestartThenAsksAnew() {
		this.guarded.run(Forwarding.class, (forwarding) -> {
			assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(forwarding::pay);
			this.service.decidePending(true, null);
			forwarding.pay();
		});
		this.guarded.run(Forwarding.class, (forwarding) -> {
			assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(forwarding::pay);
			assertThat(forwarding.paid()).isZero();
		});
		assertThat(this.service.asked()).hasSize(2);
	}

	@Test
	void callWhenMadeAtTheSameMomentThenOneRuns() {
		this.guarded.run(Payments.class, (payments) -> {
			assertPending(payments, 1);
			this.service.decidePending(true, null);
			List<Throwable> failures = atTheSameMoment(8, () -> {
				payments.pay(1);
				return null;
			});
			assertThat(payments.paid()).hasSize(1);
			assertThat(failures).hasSize(7)
				.allSatisfy((failure) -> assertThat(failure).isInstanceOfAny(CallRefusedException.class,
						PermissionPendingException.class));
		});
	}

	@Test
	void callWhenFirstMadeAtTheSameMomentThenAskedOnce() {
		this.guarded.run(Payments.class, (payments) -> {
			List<Throwable> failures = atTheSameMoment(8, () -> {
				payments.pay(1);
				return null;
			});
			assertThat(failures).hasSize(8).hasOnlyElementsOfType(PermissionPendingException.class);
			assertThat(this.service.asked()).hasSize(1);
		});
	}

	@Test
	void callWhenAPolicyApprovesThenEachRunsWithAPermissionOfItsOwn() {
		this.service.approve("pay");
		this.guarded.run(Payments.class, (payments) -> {
			assertThat(atTheSameMoment(8, () -> {
				payments.pay(1);
				return null;
			})).isEmpty();
			assertThat(payments.paid()).hasSize(8);
			assertThat(this.service.asked()).hasSize(8).allMatch((asked) -> asked.status() == PermissionStatus.USED);
		});
	}

	@Test
	void callWhenDeniedThenToldOnceAndThenAskedAnew() {
		this.guarded.run(Payments.class, (payments) -> {
			assertPending(payments, 1);
			this.service.decidePending(false, "No");
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> payments.pay(1))
				.withMessageContaining("No");
			assertPending(payments, 1);
			assertThat(this.service.asked()).hasSize(2);
			assertThat(payments.paid()).isEmpty();
		});
	}

	@Test
	void callWhenNobodyDecidedInTimeThenAskedAnew() {
		this.guarded.run(Payments.class, (payments) -> {
			assertPending(payments, 1);
			this.service.advance(Duration.ofMinutes(10));
			assertPending(payments, 1);
			assertThat(this.service.asked()).extracting("status")
				.containsExactly(PermissionStatus.EXPIRED, PermissionStatus.PENDING);
		});
	}

	@Test
	void callWhenMadeWithOtherArgumentsThenAnotherRequest() {
		this.guarded.run(Payments.class, (payments) -> {
			assertPending(payments, 1);
			this.service.decidePending(true, null);
			assertPending(payments, 2);
			assertThat(payments.paid()).isEmpty();
		});
	}

	@Test
	void callWhenItSaysSomethingElseAboutItselfThenAnotherRequest() {
		this.guarded.run(Payments.class, (payments) -> {
			payments.setReason("first");
			assertPending(payments, 1);
			payments.setReason("second");
			assertPending(payments, 1);
			assertThat(this.service.asked()).hasSize(2);
		});
	}

	@Test
	void callWhenItsGrantShallLiveLongerEachTimeThenAnotherRequestEachTime() {
		for (String ttl : List.of("1m", "2m", "3m", "2m")) {
			this.guarded.runner(LivesLonger.class)
				.withPropertyValues("payment.ttl=" + ttl)
				.run((context) -> assertThatExceptionOfType(PermissionPendingException.class)
					.isThrownBy(context.getBean(LivesLonger.class)::pay));
		}
		assertThat(this.service.asked()).hasSize(3);
	}

	@Test
	void callWhenTheUseIsNotRecordedThenTheBodyDoesNotRun() {
		this.guarded.run(Payments.class, (payments) -> {
			assertPending(payments, 1);
			this.service.decidePending(true, null);
			this.service.unreachable();
			assertThat(catchThrowable(() -> payments.pay(1))).isInstanceOf(AgentOtpException.class);
			assertThat(payments.paid()).isEmpty();
		});
	}

	@Test
	void futureWhenPendingThenFailsAtOnceAndPicksTheDecisionUp() {
		this.guarded.run(Payments.class, (payments) -> {
			assertThat(payments.payLater(1)).failsWithin(Duration.ofMinutes(1))
				.withThrowableThat()
				.withCauseInstanceOf(PermissionPendingException.class);
			this.service.decidePending(true, null);
			assertThat(payments.payLater(1).join()).isEqualTo("paid");
			assertThat(payments.paid()).hasSize(1);
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void monoWhenAnotherSubscribesThenOnlyTheFirstPicksTheDecisionUp(boolean atOnce) {
		this.guarded.run(Payments.class, (payments) -> {
			assertThatExceptionOfType(PermissionPendingException.class)
				.isThrownBy(() -> payFor(payments, "ann", atOnce));
			this.service.decidePending(true, null);
			assertThatExceptionOfType(PermissionPendingException.class)
				.isThrownBy(() -> payFor(payments, "bob", atOnce));
			assertThat(payments.paid()).isEmpty();
			assertThat(payFor(payments, "ann", atOnce)).isEqualTo("paid");
			assertThat(payments.paid()).hasSize(1);
		});
	}

	private static @Nullable String payFor(Payments payments, String name, boolean atOnce) {
		Mono<SecurityContext> signedIn = Mono
			.just(new SecurityContextImpl(new TestingAuthenticationToken(name, "x", "USER")));
		return payments.payReactive(1)
			.contextWrite(ReactiveSecurityContextHolder
				.withSecurityContext(atOnce ? signedIn : signedIn.publishOn(Schedulers.boundedElastic())))
			.block();
	}

	@Test
	void monoWhenSubscribedToAgainThenPicksTheDecisionUp() {
		this.guarded.run(Payments.class, (payments) -> {
			Mono<String> payment = payments.payReactive(1);
			assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(payment::block);
			assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(payment::block);
			assertThat(this.service.asked()).hasSize(1);
			this.service.decidePending(true, null);
			assertThat(payment.block()).isEqualTo("paid");
			assertThat(payments.paid()).hasSize(1);
		});
	}

	@Test
	void callWhenMoreAreFinishedThanOneChainHasThenRunsAfterARestart() {
		this.service.approve("pay");
		this.guarded.run(Payments.class, (payments) -> {
			for (int count = 0; count < 100; count++) {
				payments.pay(1);
			}
		});
		this.guarded.run(Payments.class, (payments) -> {
			payments.pay(1);
			payments.pay(1);
			assertThat(payments.paid()).hasSize(2);
		});
		assertThat(this.service.asked()).hasSize(102).allMatch((asked) -> asked.status() == PermissionStatus.USED);
	}

	private static void assertPending(Payments payments, int amount) {
		assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> payments.pay(amount));
	}

	private static List<Throwable> atTheSameMoment(int count, Callable<Void> call) {
		CyclicBarrier barrier = new CyclicBarrier(count);
		ExecutorService executor = Executors.newFixedThreadPool(count);
		try {
			List<Future<Throwable>> ends = new ArrayList<>();
			for (int index = 0; index < count; index++) {
				ends.add(executor.submit(() -> {
					barrier.await();
					return catchThrowable(call::call);
				}));
			}
			List<Throwable> failures = new ArrayList<>();
			for (Future<Throwable> end : ends) {
				Throwable failure = end.get();
				if (failure != null) {
					failures.add(failure);
				}
			}
			return failures;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
		finally {
			executor.shutdownNow();
		}
	}

	public static class Payments {

		final List<String> paid = new CopyOnWriteArrayList<>();

		volatile String reason = "invoice";

		public List<String> paid() {
			return this.paid;
		}

		public void setReason(String reason) {
			this.reason = reason;
		}

		public String getReason() {
			return this.reason;
		}

		@RequiresPermission(action = "pay", reason = "#{reason}", onPending = OnPending.THROW)
		public void pay(int amount) {
			this.paid.add(amount + " used");
		}

		@RequiresPermission(action = "pay", onPending = OnPending.THROW)
		public Mono<String> payReactive(int amount) {
			return Mono.fromSupplier(() -> {
				this.paid.add(amount + " reactive");
				return "paid";
			});
		}

		@RequiresPermission(action = "pay", onPending = OnPending.THROW)
		public CompletableFuture<String> payLater(int amount) {
			this.paid.add(amount + " later");
			return CompletableFuture.completedFuture("paid");
		}

	}

	public static class LivesLonger {

		@RequiresPermission(action = "pay", ttl = "${payment.ttl}", onPending = OnPending.THROW)
		public void pay() {
		}

	}

	/** Of two uses, the second one is the receiver's. */
	public static class Forwarding {

		private int paid;

		@RequiresPermission(action = "pay", scope = "{max_uses: 2}", onPending = OnPending.THROW)
		public void pay() {
			this.paid++;
		}

		int paid() {
			return this.paid;
		}

	}

}
