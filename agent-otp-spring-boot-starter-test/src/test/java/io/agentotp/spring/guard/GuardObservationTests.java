package io.agentotp.spring.guard;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.AgentOtpClient;
import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpObservationAutoConfiguration;
import io.agentotp.spring.event.PermissionEvent;
import io.agentotp.spring.event.PermissionRequestedEvent;
import io.agentotp.test.FakeAgentOtp;
import io.agentotp.test.TestApprover;
import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.transport.SenderContext;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.event.EventListener;

import static io.agentotp.test.Await.await;
import static io.micrometer.observation.tck.TestObservationRegistryAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What can be seen of guarded calls: observations, traces and events.
 */
class GuardObservationTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	private final TestObservationRegistry observations = TestObservationRegistry.create();

	private final List<String> traced = new CopyOnWriteArrayList<>();

	@Test
	void callWhenApprovedThenOneObservationAroundTheBody() {
		runner().run((context) -> {
			Deed deed = context.getBean(Deed.class);
			assertThat(deed.act(false)).isEqualTo("agentotp.permission");
			assertThat(this.observations).hasNumberOfObservationsEqualTo(1)
				.hasObservationWithNameEqualTo("agentotp.permission")
				.that()
				.hasContextualNameEqualTo("permission act")
				.hasLowCardinalityKeyValue("agentotp.action", "act")
				.hasLowCardinalityKeyValue("agentotp.outcome", "succeeded")
				.hasBeenStopped();
		});
	}

	@Test
	void callWhenTheBodyFailsThenTheObservationHasTheError() {
		runner().run((context) -> {
			assertThatIllegalStateException().isThrownBy(() -> context.getBean(Deed.class).act(true));
			assertThat(this.observations).hasSingleObservationThat()
				.hasLowCardinalityKeyValue("agentotp.outcome", "failed")
				.hasError();
		});
	}

	@Test
	void callWhenDeniedThenTheOutcomeIsDenied() {
		this.service.deny("act", "No");
		runner().run((context) -> {
			assertThatExceptionOfType(PermissionDeniedException.class)
				.isThrownBy(() -> context.getBean(Deed.class).act(false));
			assertThat(this.observations).hasSingleObservationThat()
				.hasLowCardinalityKeyValue("agentotp.outcome", "denied")
				.hasBeenStopped();
		});
	}

	@Test
	void callWhenNotSignedThenTheOutcomeIsUnsigned() {
		runner()
			.withPropertyValues("agentotp.trust.actions=act",
					"agentotp.trust.file=" + TestApprover.trustFile(TestApprover.named("alice")))
			.run((context) -> {
				assertThatExceptionOfType(CallRefusedException.class)
					.isThrownBy(() -> context.getBean(Deed.class).act(false));
				assertThat(this.observations).hasSingleObservationThat()
					.hasLowCardinalityKeyValue("agentotp.outcome", "unsigned")
					.hasBeenStopped();
			});
	}

	@Test
	void monoWhenWaitingThenTheWaitIsObservedInsideTheCall() {
		this.service.leavePending("later");
		runner().run((context) -> {
			var result = context.getBean(Deed.class).later().toFuture();
			this.service.awaitPending(1);
			this.service.decidePending(true, null);
			assertThat(result.join()).isEqualTo("done");
			assertThat(this.observations).hasNumberOfObservationsWithNameEqualTo("agentotp.permission", 1)
				.hasNumberOfObservationsWithNameEqualTo("agentotp.permission.wait", 1)
				.hasObservationWithNameEqualTo("agentotp.permission.wait")
				.that()
				.hasLowCardinalityKeyValue("agentotp.action", "later")
				.hasBeenStopped()
				.hasParentObservation();
		});
	}

	@Test
	void callWhenTracedThenTheCallsToTheServiceCarryTheTrace() {
		runner().run((context) -> {
			context.getBean(Deed.class).act(false);
			assertThat(this.traced).containsExactly("request 00-trace", "use 00-trace");
		});
	}

	@Test
	void eventsWhenApprovedByAHumanThenInOrder() {
		this.service.leavePending("later");
		runner().withBean(Events.class).run((context) -> {
			var result = context.getBean(Deed.class).later().toFuture();
			// By the fake's clock the request is older than the application, whose feed
			// may
			// be faster than the call.
			await().until(() -> context.getBean(Events.class).seen.contains("PermissionPendingEvent"));
			this.service.decidePending(true, null);
			result.join();
			assertThat(context.getBean(Events.class).seen).containsExactly("PermissionRequestedEvent",
					"PermissionPendingEvent", "PermissionGrantedEvent", "PermissionUsedEvent");
		});
	}

	@Test
	void eventsWhenDeniedOrExpiredThenThoseOnly() {
		this.service.deny("act", "No");
		this.service.expire("later");
		runner().withBean(Events.class).run((context) -> {
			Deed deed = context.getBean(Deed.class);
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> deed.act(false));
			deed.later().onErrorComplete().block();
			assertThat(context.getBean(Events.class).seen).containsExactly("PermissionRequestedEvent",
					"PermissionDeniedEvent", "PermissionRequestedEvent", "PermissionExpiredEvent");
		});
	}

	private ApplicationContextRunner runner() {
		// As a tracer does.
		this.observations.observationConfig().observationHandler(new TraceWriter());
		return this.guarded.runner(Deed.class)
			.withConfiguration(AutoConfigurations.of(AgentOtpObservationAutoConfiguration.class))
			.withAllowBeanDefinitionOverriding(true)
			.withBean(AgentOtpClient.class, this::tracedClient)
			.withBean(ObservationRegistry.class, () -> this.observations);
	}

	private AgentOtpClient tracedClient() {
		HttpTransport transport = this.service.transport();
		return AgentOtpClient.builder()
			.apiKey("ak_test_fake")
			.baseUrl("http://localhost")
			.transport(new HttpTransport() {

				@Override
				public TransportResponse send(TransportRequest request, Duration timeout)
						throws IOException, InterruptedException {
					String path = request.uri().getPath();
					String trace = request.headers().get("traceparent");
					if (trace != null) {
						GuardObservationTests.this.traced.add(path.substring(path.lastIndexOf('/') + 1) + " " + trace);
					}
					return transport.send(request, timeout);
				}

				@Override
				public void close() {
					transport.close();
				}

			})
			.build();
	}

	private static final class TraceWriter implements ObservationHandler<SenderContext<Object>> {

		@Override
		public void onStart(SenderContext<Object> context) {
			context.getSetter().set(context.getCarrier(), "traceparent", "00-trace");
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return context instanceof SenderContext<?>;
		}

	}

	public static class Deed {

		private final ObservationRegistry registry;

		Deed(ObservationRegistry registry) {
			this.registry = registry;
		}

		@RequiresPermission(action = "act")
		public String act(boolean fail) {
			if (fail) {
				throw new IllegalStateException("detail");
			}
			Observation current = this.registry.getCurrentObservation();
			return (current != null) ? current.getContext().getName() : "none";
		}

		@RequiresPermission(action = "later")
		public Mono<String> later() {
			return Mono.just("done");
		}

	}

	static class Events {

		final List<String> seen = new CopyOnWriteArrayList<>();

		@EventListener
		synchronized void on(PermissionRequestedEvent event) {
			this.seen.add(event.getClass().getSimpleName());
		}

		@EventListener
		synchronized void on(PermissionEvent event) {
			this.seen.add(event.getClass().getSimpleName());
		}

	}

}
