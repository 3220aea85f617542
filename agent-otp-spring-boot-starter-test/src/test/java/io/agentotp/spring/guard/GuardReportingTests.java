package io.agentotp.spring.guard;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.PermissionStatus;
import io.agentotp.spring.Consume;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.event.PermissionGrantedEvent;
import io.agentotp.spring.event.PermissionUseFailedEvent;
import io.agentotp.spring.event.PermissionUsedEvent;
import io.agentotp.test.FakeAgentOtp;
import org.junit.jupiter.api.Test;

import org.springframework.context.event.EventListener;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * What is told to the service about a body that has run, and that the caller never hears
 * of it.
 */
class GuardReportingTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@Test
	void callWhenReportingFailsThenTheResultIsReturnedAndItIsReportedLater() {
		this.guarded.runner(Deed.class, Listener.class).run((context) -> {
			Deed deed = context.getBean(Deed.class);
			deed.setBody(this.service::unreachable);
			assertThat(deed.act()).isEqualTo("done");
			assertThat(this.service.asked().get(0).status()).isEqualTo(PermissionStatus.APPROVED);
			this.service.reachable();
			awaitUsed();
			awaitEvents(context.getBean(Listener.class), "used succeeded");
		});
	}

	@Test
	void callWhenReportingFailsUntilTheEndOfTheApplicationThenItIsTriedOnceMore() {
		this.guarded.runner(Deed.class).run((context) -> {
			Deed deed = context.getBean(Deed.class);
			deed.setBody(this.service::unreachable);
			deed.act();
			this.service.reachable();
		});
		assertThat(this.service.asked().get(0).outcome()).isEqualTo("succeeded");
	}

	@Test
	void callWhenTheTokenHasEndedDuringTheBodyThenUseFailedAndTheResultIsReturned() {
		this.guarded.runner(Deed.class, Listener.class).run((context) -> {
			Deed deed = context.getBean(Deed.class);
			deed.setBody(() -> this.service.advance(Duration.ofMinutes(5)));
			assertThat(deed.act()).isEqualTo("done");
			awaitEvents(context.getBean(Listener.class), "failed succeeded TOKEN_EXPIRED");
		});
	}

	@Test
	void callWhenInterruptedInTheBodyThenTheFlagStaysAndItIsReported() {
		this.guarded.runner(Deed.class).run((context) -> {
			Deed deed = context.getBean(Deed.class);
			deed.setBody(() -> Thread.currentThread().interrupt());
			assertThat(deed.act()).isEqualTo("done");
			assertThat(Thread.interrupted()).isTrue();
			awaitUsed();
		});
	}

	@Test
	void callWhenConsumedBeforeThenUsedWhenTheBodyBegins() {
		this.guarded.run(Deed.class, (deed) -> {
			deed.setBody(() -> assertThat(this.service.asked().get(0).status()).isEqualTo(PermissionStatus.USED));
			assertThat(deed.actOnce()).isEqualTo("done");
			assertThat(this.service.asked().get(0).outcome()).isEqualTo("started");
		});
	}

	@Test
	void callWhenConsumingBeforeFailsThenTheBodyDoesNotRun() {
		this.guarded.runner(Deed.class, Expirer.class)
			.withBean(FakeAgentOtp.class, () -> this.service)
			.run((context) -> {
				Deed deed = context.getBean(Deed.class);
				assertThat(catchThrowable(deed::actOnce)).hasMessageContaining("TOKEN_EXPIRED");
				assertThat(deed.ran()).isZero();
			});
	}

	@Test
	void callWhenConsumeIsSetForAllThenUsedBeforeTheBody() {
		this.guarded.runner(Deed.class).withPropertyValues("agentotp.method.consume=before").run((context) -> {
			context.getBean(Deed.class).act();
			assertThat(this.service.asked().get(0).outcome()).isEqualTo("started");
		});
	}

	private void awaitUsed() {
		await().until(() -> this.service.asked().get(0).status() == PermissionStatus.USED);
	}

	private static void awaitEvents(Listener listener, String event) {
		await().untilAsserted(() -> assertThat(listener.seen).containsExactly(event));
	}

	public static class Deed {

		Runnable body = () -> {
		};

		int ran;

		public int ran() {
			return this.ran;
		}

		public void setBody(Runnable body) {
			this.body = body;
		}

		@RequiresPermission(action = "act")
		public String act() {
			this.ran++;
			this.body.run();
			return "done";
		}

		@RequiresPermission(action = "act", consume = Consume.BEFORE)
		public String actOnce() {
			this.ran++;
			this.body.run();
			return "done";
		}

	}

	static class Listener {

		final List<String> seen = new CopyOnWriteArrayList<>();

		@EventListener
		void on(PermissionUsedEvent event) {
			this.seen.add("used " + event.outcome());
		}

		@EventListener
		void on(PermissionUseFailedEvent event) {
			this.seen.add("failed " + event.outcome() + " " + event.failure().code());
		}

	}

	/** Lets the grant end between the decision and its use. */
	static class Expirer {

		private final FakeAgentOtp service;

		Expirer(FakeAgentOtp service) {
			this.service = service;
		}

		@EventListener
		void on(PermissionGrantedEvent event) {
			this.service.advance(Duration.ofMinutes(5));
		}

	}

}
