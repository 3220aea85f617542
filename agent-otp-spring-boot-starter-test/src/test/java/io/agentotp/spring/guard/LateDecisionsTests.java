package io.agentotp.spring.guard;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.agentotp.AgentOtpClient;
import io.agentotp.DecisionPage;
import io.agentotp.Permission;
import io.agentotp.PermissionPendingException;
import io.agentotp.PermissionRequest;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.event.PermissionDecidedLateEvent;
import io.agentotp.spring.event.PermissionEvent;
import io.agentotp.spring.event.PermissionPendingEvent;
import io.agentotp.test.FakeAgentOtp;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Decisions that no call waits for any more are published to the application.
 */
class LateDecisionsTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service.leavePending((request) -> true);

	@Test
	void decisionWhenTheCallDoesNotWaitThenPublishedWithoutToken() {
		run((payments, late) -> {
			String id = pending(payments, 1);
			this.service.decidePending(true, "fine");
			PermissionDecidedLateEvent event = late.next();
			assertThat(event.outcome()).isEqualTo("approved");
			assertThat(event.permission().id()).isEqualTo(id);
			assertThat(event.permission().action()).isEqualTo("pay");
			assertThat(event.permission().resource()).hasValue("account:1");
			assertThat(event.permission().reason()).hasValue("fine");
			assertThat(event.permission().token()).isEmpty();
			assertThat(event.permission().isGranted()).isFalse();
			payments.pay(1);
			assertThat(payments.paid()).containsExactly(1);
		});
	}

	@Test
	void decisionWhenDeniedOrOverThenPublishedWithItsOutcome() {
		run((payments, late) -> {
			pending(payments, 1);
			this.service.decidePending(false, "not today");
			PermissionDecidedLateEvent denied = late.next();
			assertThat(denied.outcome()).isEqualTo("denied");
			assertThat(denied.permission().reason()).hasValue("not today");
			pending(payments, 2);
			this.service.advance(Duration.ofMinutes(11));
			assertThat(late.next().outcome()).isEqualTo("expired");
		});
		assertThat(this.service.asked()).hasSize(2);
	}

	@Test
	void decisionWhenTheCallWaitsOrHasPickedItUpThenNotPublished() {
		this.service.advance(Duration.ofMinutes(1));
		run((payments, late) -> {
			Thread caller = Guarded.start(payments::wait1);
			this.service.awaitPending(1);
			this.service.decidePending(true, null);
			caller.join();
			pending(payments, 2);
			this.service.decidePending(true, null);
			late.next("account:2");
			pending(payments, 3);
			this.service.decidePending(false, null);
			late.next("account:3");
			late.assertNothingElse();
		});
	}

	@Test
	void decisionWhenRestartedThenPublishedWheneverItWasMade() {
		run((payments, late) -> {
			pending(payments, 1);
			pending(payments, 2);
		});
		this.service.decidePending((asked) -> "account:1".equals(asked.resource()), false, null);
		run((payments, late) -> {
			late.next("account:1");
			this.service.decidePending(true, null);
			late.next("account:2");
			late.assertNothingElse();
			payments.pay(2);
		});
		run((payments, late) -> {
			// Told again, since nobody knows that it was: but not what has run.
			late.next("account:1");
			pending(payments, 3);
			this.service.decidePending(false, null);
			late.next("account:3");
			late.assertNothingElse();
		});
	}

	@Test
	void decisionWhenRestartedWithAStoreThenPublishedOnce() {
		Cursors cursors = new Cursors();
		ApplicationContextRunner runner = runner().withBean(DecisionCursorStore.class, () -> cursors);
		run(runner, (payments, late) -> {
			pending(payments, 1);
			pending(payments, 2);
			this.service.decidePending((asked) -> "account:1".equals(asked.resource()), false, null);
			late.next("account:1");
			cursors.awaitSaved("1");
		});
		this.service.decidePending(false, null);
		run(runner, (payments, late) -> {
			late.next("account:2");
			late.assertNothingElse();
		});
	}

	@Test
	void decisionWhenTheCursorIsOfAnotherDatabaseThenTheLastDayIsReadAgain() {
		Cursors cursors = new Cursors();
		cursors.save("gone");
		run((payments, late) -> pending(payments, 1));
		this.service.decidePending(false, null);
		run(runner().withBean(DecisionCursorStore.class, () -> cursors), (payments, late) -> late.next("account:1"));
	}

	@Test
	void decisionWhenTheRequestIsOfAnotherNodeThenPublishedThereOnly() {
		this.service.advance(Duration.ofMinutes(1));
		run((payments, late) -> run((others, otherLate) -> {
			pending(others, 1);
			this.service.decidePending(false, null);
			otherLate.next("account:1");
			pending(payments, 2);
			this.service.decidePending(false, null);
			late.next("account:2");
			late.assertNothingElse();
			otherLate.assertNothingElse();
		}));
	}

	@Test
	void decisionWhenAListenerFailsThenFurtherOnesArePublished() {
		run(runner().withBean(FailingListener.class), (payments, late) -> {
			pending(payments, 1);
			this.service.decidePending(false, null);
			pending(payments, 2);
			this.service.decidePending(false, null);
			late.next("account:1");
			late.next("account:2");
		});
	}

	@Test
	void decisionWhenTheServiceCannotBeReachedForAWhileThenPublishedAfterwards() {
		run((payments, late) -> {
			pending(payments, 1);
			this.service.unreachable();
			this.service.decidePending(false, null);
			this.service.reachable();
			late.next("account:1");
			late.assertNothingElse();
		});
	}

	@Test
	void applicationWhenNobodyListensThenTheFeedIsNotRead() {
		this.guarded.runner(Payments.class)
			.run((context) -> assertThat(context.getBean(LateDecisions.class).isRunning()).isFalse());
		this.guarded.runner(OtherListener.class)
			.run((context) -> assertThat(context.getBean(LateDecisions.class).isRunning()).isFalse());
		this.guarded.runner(AnyPermissionListener.class)
			.run((context) -> assertThat(context.getBean(LateDecisions.class).isRunning()).isTrue());
		this.guarded.runner(PayloadListener.class)
			.run((context) -> assertThat(context.getBean(LateDecisions.class).isRunning()).isTrue());
	}

	@Test
	void applicationWhenItDecidesItselfThenTheFeedIsNotRead() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class))
			.withBean(Late.class)
			.withPropertyValues("agentotp.mode=DENY_ALL")
			.run((context) -> assertThat(context.getBean(LateDecisions.class).isRunning()).isFalse());
	}

	@Test
	void requestsWhenDecidedBeforeTheirCallHasEndedThenGivenToIt() {
		KnownRequests requests = new KnownRequests();
		Permission permission = this.service.client()
			.requestPermission(PermissionRequest.builder("pay").waitForApproval(false).build());
		requests.ask(() -> permission);
		assertThat(requests.decided(permission, true)).isFalse();
		assertThat(requests.open(permission.id())).isSameAs(permission);
		assertThat(requests.decided(permission, false)).isTrue();
		requests.told(permission.id());
		assertThat(requests.open(permission.id())).isNull();
		assertThat(requests.decided(permission, true)).isFalse();
	}

	@Test
	void decisionWhenTheFeedIsFasterThanTheAnswerThenNotPublishedThoughTheClockOfTheServiceIsBehind() {
		CountDownLatch read = new CountDownLatch(1);
		run(runner().withBean(FeedFirst.class, () -> new FeedFirst(this.service, read)), (payments, late) -> {
			payments.wait1();
			assertThat(read.getCount()).isZero();
			pending(payments, 1);
			this.service.decidePending(false, null);
			late.next("account:1");
			late.assertNothingElse();
			assertThat(payments.paid()).containsExactly(0);
		});
	}

	private void run(Scenario test) {
		run(runner(), test);
	}

	private static void run(ApplicationContextRunner runner, Scenario test) {
		runner.run((context) -> test.run(context.getBean(Payments.class), context.getBean(Late.class)));
	}

	private ApplicationContextRunner runner() {
		return this.guarded.runner(Payments.class, Late.class);
	}

	private static String pending(Payments payments, int account) {
		List<String> ids = new ArrayList<>();
		assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> payments.pay(account))
			.satisfies((ex) -> ids.add(ex.permission().id()));
		return ids.get(0);
	}

	interface Scenario {

		void run(Payments payments, Late late) throws Exception;

	}

	static class Payments {

		private final List<Integer> paid = new ArrayList<>();

		@RequiresPermission(action = "pay", resource = "account:#{#account}", onPending = OnPending.THROW)
		public void pay(int account) {
			this.paid.add(account);
		}

		@RequiresPermission(action = "wait")
		public void wait1() {
			this.paid.add(0);
		}

		List<Integer> paid() {
			return this.paid;
		}

	}

	/** Gives a call its answer when the feed has given the decision. */
	record FeedFirst(FakeAgentOtp service, CountDownLatch read) implements BeanPostProcessor {

		@Override
		public Object postProcessAfterInitialization(Object bean, String name) {
			return (bean instanceof AgentOtpClient client) ? wrap(client) : bean;
		}

		private Object wrap(AgentOtpClient client) {
			ProxyFactory factory = new ProxyFactory(AgentOtpClient.class, (MethodInterceptor) (call) -> {
				Object result = call.getMethod().invoke(client, call.getArguments());
				if (result instanceof DecisionPage page && !page.permissions().isEmpty()) {
					this.read.countDown();
				}
				if (result instanceof Permission && "requestPermission".equals(call.getMethod().getName())
						&& this.read.getCount() > 0) {
					this.service.decidePending(true, null);
					this.read.await();
				}
				return (result instanceof AgentOtpClient other) ? wrap(other) : result;
			});
			return factory.getProxy();
		}

	}

	static class Late {

		private final BlockingQueue<PermissionDecidedLateEvent> events = new LinkedBlockingQueue<>();

		@EventListener
		void on(PermissionDecidedLateEvent event) {
			this.events.add(event);
		}

		PermissionDecidedLateEvent next() throws InterruptedException {
			PermissionDecidedLateEvent event = this.events.poll(1, TimeUnit.MINUTES);
			assertThat(event).isNotNull();
			return event;
		}

		void next(String resource) throws InterruptedException {
			assertThat(next().permission().resource()).hasValue(resource);
		}

		void assertNothingElse() {
			assertThat(this.events).isEmpty();
		}

	}

	static class FailingListener {

		@EventListener
		void on(PermissionDecidedLateEvent event) {
			throw new IllegalStateException("fails");
		}

	}

	static class OtherListener {

		@EventListener
		void on(PermissionPendingEvent event) {
		}

	}

	static class AnyPermissionListener {

		@EventListener
		void on(PermissionEvent event) {
		}

	}

	static class PayloadListener implements ApplicationListener<PayloadApplicationEvent<PermissionDecidedLateEvent>> {

		@Override
		public void onApplicationEvent(PayloadApplicationEvent<PermissionDecidedLateEvent> event) {
		}

	}

	static class Cursors implements DecisionCursorStore {

		private final List<String> saved = new ArrayList<>();

		@Override
		public synchronized @Nullable String load() {
			return this.saved.isEmpty() ? null : this.saved.get(this.saved.size() - 1);
		}

		@Override
		public synchronized void save(String cursor) {
			this.saved.add(cursor);
			notifyAll();
		}

		synchronized void awaitSaved(String cursor) throws InterruptedException {
			while (!this.saved.contains(cursor)) {
				wait(60_000);
			}
		}

	}

}
