package io.agentotp.spring.guard;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import io.agentotp.AgentOtpClient;
import io.agentotp.PermissionPendingException;
import io.agentotp.PermissionRequest;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.Consume;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpHealthContributorAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.boot.health.AgentOtpHealthIndicator;
import io.agentotp.spring.event.PermissionUnsignedEvent;
import io.agentotp.test.FakeAgentOtp;
import io.agentotp.test.TestApprover;
import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import io.agentotp.trust.SignedGrants;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.event.EventListener;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Where approvers must have signed, a body runs on nothing else, whatever the service
 * says.
 */
class SignedGrantTests {

	private static final TestApprover ALICE = TestApprover.named("alice", "finance");

	private static final TestApprover BOB = TestApprover.named("bob");

	private static final TestApprover STRANGER = TestApprover.named("alice");

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	private final Path file = TestApprover.trustFile(ALICE, BOB);

	private ApplicationContextRunner runner() {
		return this.guarded.runner(Bank.class, Listener.class)
			.withConfiguration(AutoConfigurations.of(AgentOtpHealthContributorAutoConfiguration.class))
			.withPropertyValues("agentotp.trust.file=" + this.file, "agentotp.trust.actions=pay*");
	}

	enum Kind {

		VALUE, CONSUMED_BEFORE, FUTURE, MONO, FLUX;

		Object call(Bank bank) {
			return switch (this) {
				case VALUE -> bank.pay(5);
				case CONSUMED_BEFORE -> bank.payOnce(5);
				case FUTURE -> bank.payLater(5).join();
				case MONO -> String.valueOf(bank.payMono(5).block());
				case FLUX -> String.valueOf(bank.payFlux(5).blockLast());
			};
		}

	}

	@ParameterizedTest
	@EnumSource
	void callWhenAnApproverHasSignedThenBodyRuns(Kind kind) {
		Stream.of("pay", "payOnce", "payLater", "payMono", "payFlux")
			.forEach((action) -> this.service.approveSigned(action, ALICE));
		runner().run((context) -> {
			assertThat(kind.call(context.getBean(Bank.class))).isEqualTo("paid 5");
			assertThat(context.getBean(Bank.class).ran()).isOne();
			assertThat(context.getBean(Listener.class).seen).isEmpty();
		});
	}

	@ParameterizedTest
	@EnumSource
	void callWhenNobodyHasSignedThenRefusedAndGivenBackAndTold(Kind kind) {
		runner().run((context) -> {
			Throwable refusal = catchThrowable(() -> kind.call(context.getBean(Bank.class)));
			assertThat((refusal.getCause() != null && !(refusal instanceof CallRefusedException)) ? refusal.getCause()
					: refusal)
				.isInstanceOfSatisfying(CallRefusedException.class, (ex) -> {
					assertThat(ex.code()).isEqualTo("GRANT_NOT_SIGNED");
					assertThat(ex).hasMessageContaining("signed by nobody");
					assertThat(ex.explanation()).doesNotContain("alice");
				});
			assertThat(context.getBean(Bank.class).ran()).isZero();
			assertThat(context.getBean(Listener.class).seen).singleElement()
				.satisfies((event) -> assertThat(event.permission().token()).isEmpty());
			await().until(() -> this.service.asked().get(0).status() == PermissionStatus.REVOKED);
		});
	}

	@Test
	void callWhenSignedBySomebodyElseThenRefused() {
		this.service.approveSigned("pay", STRANGER);
		runner().run((context) -> {
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> context.getBean(Bank.class).pay(5))
				.withMessageContaining("does not have");
			assertThat(context.getBean(Bank.class).ran()).isZero();
		});
	}

	@Test
	void callWhenActionNeedNotBeSignedThenBodyRuns() {
		runner().run((context) -> assertThat(context.getBean(Bank.class).look()).isEqualTo("looked"));
	}

	@Test
	void callWhenQuorumIsTwoThenTwoMustHaveSigned() {
		this.service.approveSigned("pay", ALICE, ALICE);
		runner().withPropertyValues("agentotp.trust.quorum=2").run((context) -> {
			Bank bank = context.getBean(Bank.class);
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> bank.pay(5))
				.withMessageContaining("1 of this one counts");
			this.service.approveSigned("pay", ALICE, BOB);
			assertThat(bank.pay(5)).isEqualTo("paid 5");
			assertThat(bank.ran()).isOne();
		});
	}

	@Test
	void callWhenOnlyAGroupCountsThenOthersDoNot() {
		this.service.approveSigned("pay", BOB);
		runner().withPropertyValues("agentotp.trust.groups=finance").run((context) -> {
			Bank bank = context.getBean(Bank.class);
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> bank.pay(5));
			assertThat(bank.ran()).isZero();
		});
	}

	@Test
	void callWhenItWaitsThenSignedDecisionLetsItRun() {
		this.service.leavePending("pay");
		runner().run((context) -> {
			Bank bank = context.getBean(Bank.class);
			CompletableFuture<String> paid = CompletableFuture.supplyAsync(() -> bank.pay(5));
			this.service.awaitPending(1);
			this.service.approvePendingSigned(ALICE);
			assertThat(paid.join()).isEqualTo("paid 5");
		});
	}

	@Test
	void callWhenItPicksItsDecisionUpThenSignedOneLetsItRunOnce() {
		this.service.leavePending("payAgain");
		runner().run((context) -> {
			Bank bank = context.getBean(Bank.class);
			assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> bank.payAgain(5));
			this.service.approvePendingSigned(ALICE);
			assertThat(bank.payAgain(5)).isEqualTo("paid 5");
			assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> bank.payAgain(5));
			this.service.decidePending(true, null);
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> bank.payAgain(5))
				.withMessageContaining("signed by nobody");
			assertThat(bank.ran()).isOne();
		});
	}

	@Test
	void callWhenTheServiceGivesTheSameGrantAgainThenBodyRunsOnce() {
		this.service.approveSigned("pay", ALICE);
		runner().withAllowBeanDefinitionOverriding(true)
			.withBean(AgentOtpClient.class, () -> client(new Replaying(this.service.transport())))
			.run((context) -> {
				Bank bank = context.getBean(Bank.class);
				bank.pay(5);
				assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> bank.pay(5))
					.satisfies((ex) -> assertThat(ex.code()).isEqualTo("GRANT_REPLAYED"));
				assertThat(bank.ran()).isOne();
			});
	}

	@Test
	void callWhenTheTrustFileChangesThenTheNewOneCountsAndABrokenOneIsTold() {
		this.service.approveSigned("pay", BOB);
		runner().run((context) -> {
			Bank bank = context.getBean(Bank.class);
			assertThat(bank.pay(5)).isEqualTo("paid 5");
			replace(TestApprover.trustFile(ALICE));
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> bank.pay(5))
				.withMessageContaining("does not have");
			Path broken = Files.writeString(Files.createTempFile(this.file.getParent(), "trust", ".json"), "{");
			replace(broken);
			this.service.approveSigned("pay", ALICE);
			assertThat(bank.pay(5)).isEqualTo("paid 5");
			assertThat(context.getBean(AgentOtpHealthIndicator.class).health().getDetails().get("trustFile")).asString()
				.contains("is not one JSON object");
			assertThat(bank.ran()).isEqualTo(2);
		});
	}

	private void replace(Path other) throws IOException {
		Files.move(other, this.file, StandardCopyOption.REPLACE_EXISTING);
	}

	@ParameterizedTest
	@ValueSource(strings = { "agentotp.trust.actions=pay", "agentotp.trust.quorum=2", "agentotp.trust.groups=finance",
			"agentotp.trust.origins=https://otp.example.com" })
	void startWhenThereIsNoTrustFileThenFails(String property) {
		this.guarded.runner(Bank.class)
			.withPropertyValues(property)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("agentotp.trust.file is missing"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "agentotp.trust.actions=", "agentotp.trust.actions=pay, \"*.delete\"",
			"agentotp.trust.quorum=0", "agentotp.trust.max-age=0s", "agentotp.trust.groups=fianance",
			"agentotp.trust.quorum=9", "agentotp.trust.file=/no/such/file" })
	void startWhenASettingIsWrongThenFails(String property) {
		runner().withPropertyValues(property).run((context) -> assertThat(context).hasFailed());
	}

	@Test
	void callWhenTheModeIsAllowAllThenNothingIsSigned() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class))
			.withBean(Bank.class)
			.withPropertyValues("agentotp.trust.file=" + this.file, "agentotp.trust.actions=*",
					"agentotp.mode=allow-all")
			.run((context) -> assertThat(context.getBean(Bank.class).pay(5)).isEqualTo("paid 5"));
	}

	@Test
	void executeWhenTheClientIsTheApplicationsThenSignedGrantsOnly() {
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_test_fake")
			.baseUrl("http://localhost")
			.transport(this.service.transport())
			.grantVerifier(SignedGrants.builder(this.file).actions("pay").build())
			.build()) {
			this.service.approveSigned("pay", Map.of("max", 5), ALICE);
			PermissionRequest request = PermissionRequest.builder("pay").scope("max", 6).build();
			assertThat(client.<String>executeWithPermission(request, (permission) -> "paid")).isEqualTo("paid");
		}
	}

	private static AgentOtpClient client(HttpTransport transport) {
		return AgentOtpClient.builder()
			.apiKey("ak_test_fake")
			.baseUrl("http://localhost")
			.transport(transport)
			.retries(0)
			.build();
	}

	public static class Bank {

		private int ran;

		public int ran() {
			return this.ran;
		}

		private String paid(int amount) {
			this.ran++;
			return "paid " + amount;
		}

		@RequiresPermission(action = "pay", scope = "{max: #amount}")
		public String pay(int amount) {
			return paid(amount);
		}

		@RequiresPermission(action = "payOnce", consume = Consume.BEFORE)
		public String payOnce(int amount) {
			return paid(amount);
		}

		@RequiresPermission(action = "payLater")
		public CompletableFuture<String> payLater(int amount) {
			return CompletableFuture.completedFuture(paid(amount));
		}

		@RequiresPermission(action = "payMono")
		public Mono<String> payMono(int amount) {
			return Mono.fromSupplier(() -> paid(amount));
		}

		@RequiresPermission(action = "payFlux")
		public Flux<String> payFlux(int amount) {
			return Flux.defer(() -> Flux.just(paid(amount)));
		}

		@RequiresPermission(action = "payAgain", onPending = OnPending.THROW)
		public String payAgain(int amount) {
			return paid(amount);
		}

		@RequiresPermission(action = "look")
		public String look() {
			return "looked";
		}

	}

	public static class Listener {

		final List<PermissionUnsignedEvent> seen = new CopyOnWriteArrayList<>();

		@EventListener
		void on(PermissionUnsignedEvent event) {
			this.seen.add(event);
		}

	}

	/** Gives the first grant to each request. */
	private static final class Replaying implements HttpTransport {

		private final HttpTransport service;

		private @Nullable TransportResponse first;

		Replaying(HttpTransport service) {
			this.service = service;
		}

		@Override
		public TransportResponse send(TransportRequest request, Duration timeout)
				throws IOException, InterruptedException {
			if (!request.uri().getPath().endsWith("/request")) {
				return this.service.send(request, timeout);
			}
			if (this.first == null) {
				this.first = this.service.send(request, timeout);
			}
			return this.first;
		}

		@Override
		public void close() {
			this.service.close();
		}

	}

}
