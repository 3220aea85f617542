package io.agentotp.spring.guard;

import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import io.agentotp.PermissionPendingException;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.FakeAgentOtp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

import org.springframework.context.annotation.Configuration;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpSession;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.mock.web.server.MockWebSession;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.concurrent.DelegatingSecurityContextExecutor;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;
import org.springframework.web.filter.reactive.ServerWebExchangeContextFilter;
import org.springframework.web.server.ServerWebExchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Calls that do not wait, made in web requests: what was decided for one client is not
 * picked up by another, whether or not somebody has signed in.
 */
class WebCallerTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service.leavePending("pay");

	@AfterEach
	void forget() {
		RequestContextHolder.resetRequestAttributes();
		SecurityContextHolder.clearContext();
		Hooks.disableAutomaticContextPropagation();
	}

	@ParameterizedTest
	@EnumSource
	void callWhenNobodyIsSignedInThenOnlyTheSameSessionPicksItUp(Kind kind) {
		run((payments) -> {
			MockHttpSession one = new MockHttpSession();
			assertPending(() -> request(one, null, () -> kind.pay(payments)));
			this.service.decidePending(true, null);
			assertPending(() -> request(new MockHttpSession(), null, () -> kind.pay(payments)));
			assertPending(() -> kind.pay(payments));
			assertThat(payments.paid()).isEmpty();
			request(one, null, () -> kind.pay(payments));
			assertThat(payments.paid()).hasSize(1);
		});
	}

	@ParameterizedTest
	@EnumSource
	void callWhenNobodyIsSignedInAndThereIsNoSessionThenRefused(Kind kind) {
		run((payments) -> {
			anonymous();
			assertUnknown(() -> request(null, null, () -> kind.pay(payments)));
			assertThat(payments.paid()).isEmpty();
			assertThat(this.service.asked()).isEmpty();
		});
	}

	@ParameterizedTest
	@EnumSource
	void callWhenAPoolWorksForAStrangerThenRefused(Kind kind) {
		run((payments) -> {
			Executor pool = new DelegatingSecurityContextExecutor((task) -> new Thread(task).start());
			anonymous();
			assertUnknown(() -> CompletableFuture.supplyAsync(() -> kind.pay(payments), pool).join());
			assertUnknown(() -> kind.pay(payments));
			assertThat(payments.paid()).isEmpty();
			assertThat(this.service.asked()).isEmpty();
		});
	}

	@Test
	void monoWhenAStrangerSubscribesWithoutAnExchangeThenRefused() {
		run((payments) -> {
			assertUnknown(() -> elsewhere(
					payments.payMono(1).contextWrite(ReactiveSecurityContextHolder.withAuthentication(stranger()))));
			assertThat(payments.paid()).isEmpty();
			assertThat(this.service.asked()).isEmpty();
		});
	}

	@ParameterizedTest
	@EnumSource
	void callWhenTheApplicationAuthenticatesNobodyThenItIsTheApplications(Kind kind) {
		run((payments) -> {
			assertPending(() -> request(null, null, () -> kind.pay(payments)));
			this.service.decidePending(true, null);
			assertPending(() -> request(new MockHttpSession(), null, () -> kind.pay(payments)));
			assertThat(payments.paid()).isEmpty();
			request(null, null, () -> kind.pay(payments));
			assertThat(payments.paid()).hasSize(1);
		});
	}

	@ParameterizedTest
	@EnumSource
	void callWhenSomebodyIsSignedInThenPicksItUpInAnySession(Kind kind) {
		run((payments) -> {
			assertPending(() -> request(new MockHttpSession(), "ann", () -> kind.pay(payments)));
			this.service.decidePending(true, null);
			assertPending(() -> request(new MockHttpSession(), "bob", () -> kind.pay(payments)));
			assertThat(payments.paid()).isEmpty();
			request(new MockHttpSession(), "ann", () -> kind.pay(payments));
			assertThat(payments.paid()).hasSize(1);
		});
	}

	@Test
	void callWhenAUserAndASessionHaveOneNameThenTheyAreTwo() {
		run((payments) -> {
			MockHttpSession session = new MockHttpSession(null, "ann");
			assertPending(() -> request(session, null, () -> Kind.VALUE.pay(payments)));
			this.service.decidePending(true, null);
			assertPending(() -> request(null, "ann", () -> Kind.VALUE.pay(payments)));
			assertThat(payments.paid()).isEmpty();
		});
	}

	@Test
	void toolWhenTwoSessionsSayTheSameConversationThenTheirApprovalsAreTheirOwn() {
		run((payments) -> {
			MockHttpSession one = new MockHttpSession();
			assertPending(() -> request(one, null, () -> tool(() -> payments.pay(1))));
			this.service.decidePending(true, null);
			assertPending(() -> request(new MockHttpSession(), null, () -> tool(() -> payments.pay(1))));
			assertThat(payments.paid()).isEmpty();
			request(one, null, () -> tool(() -> payments.pay(1)));
			assertThat(payments.paid()).hasSize(1);
		});
	}

	@Test
	void callWhenItWaitsThenAStrangerMayMakeIt() {
		this.service.approve("pay");
		run((payments) -> {
			request(null, null, () -> payments.payAndWait(1));
			assertThat(payments.paid()).hasSize(1);
		});
	}

	@Test
	void monoWhenItIsSubscribedToElsewhereThenItsCallerCounts() {
		run((payments) -> {
			signIn("ann");
			assertPending(() -> elsewhere(payments.payMono(1)));
			this.service.decidePending(true, null);
			signIn("bob");
			assertPending(() -> elsewhere(payments.payMono(1)));
			SecurityContextHolder.clearContext();
			assertPending(() -> elsewhere(payments.payMono(1)));
			assertThat(payments.paid()).isEmpty();
			signIn("ann");
			elsewhere(payments.payMono(1));
			assertThat(payments.paid()).hasSize(1);
		});
	}

	@Test
	void blockingCallWhenOnlyReactorKnowsTheUserThenRefused() {
		run((payments) -> {
			for (Kind kind : List.of(Kind.VALUE, Kind.FUTURE, Kind.ASYNC)) {
				assertUnknown(() -> elsewhere(Mono.fromCallable(() -> kind.pay(payments)).contextWrite(user("ann"))));
			}
			assertThat(payments.paid()).isEmpty();
			assertThat(this.service.asked()).isEmpty();
		});
	}

	@Test
	void callWhenItIsMadeInsideAPublisherWithoutItsContextThenRefused() {
		run((payments) -> {
			assertUnknown(() -> elsewhere(Coroutines.elsewhere(() -> payments.pay(1)).contextWrite(user("ann"))));
			assertUnknown(
					() -> elsewhere(Mono.fromCallable(() -> payments.payMono(1).block()).contextWrite(user("ann"))));
			assertThat(payments.paid()).isEmpty();
			assertThat(this.service.asked()).isEmpty();
		});
	}

	@Test
	void blockingCallWhenReactorsContextIsCarriedToThreadsThenItsUserCounts() {
		Hooks.enableAutomaticContextPropagation();
		run((payments) -> {
			for (Kind kind : List.of(Kind.VALUE, Kind.FUTURE, Kind.ASYNC)) {
				payments.paid().clear();
				assertPending(() -> elsewhere(Mono.fromCallable(() -> kind.pay(payments)), "ann"));
				this.service.decidePending(true, null);
				assertPending(() -> elsewhere(Mono.fromCallable(() -> kind.pay(payments)), "bob"));
				assertThat(payments.paid()).isEmpty();
				elsewhere(Mono.fromCallable(() -> kind.pay(payments)), "ann");
				assertThat(payments.paid()).hasSize(1);
				this.service.decidePending(false, null);
			}
		});
	}

	@Test
	void monoWhenAReactiveWebRequestIsKnownThenOnlyTheSameSessionOrUserPicksItUp() {
		run((payments) -> {
			MockWebSession session = new MockWebSession();
			session.start();
			MockWebSession other = new MockWebSession();
			other.start();
			assertPending(() -> elsewhere(payments.payMono(1).contextWrite(exchange(session, null))));
			this.service.decidePending(true, null);
			assertPending(() -> elsewhere(payments.payMono(1).contextWrite(exchange(other, null))));
			assertPending(() -> elsewhere(payments.payMono(1).contextWrite(exchange(session, "ann"))));
			assertPending(() -> elsewhere(payments.payMono(1).contextWrite(exchange(new MockWebSession(), null))));
			assertUnknown(() -> elsewhere(payments.payMono(1)
				.contextWrite(exchange(new MockWebSession(), null))
				.contextWrite(ReactiveSecurityContextHolder.withSecurityContext(Mono.empty()))));
			assertThat(payments.paid()).isEmpty();
			elsewhere(payments.payMono(1).contextWrite(exchange(session, null)));
			assertThat(payments.paid()).hasSize(1);
		});
	}

	@ParameterizedTest
	@EnumSource
	void callWhenTwoProvidersKnowTheSameNameThenTheyAreTwo(Kind kind) {
		run((payments) -> {
			for (List<Authentication> users : List.of(
					List.<Authentication>of(new Registered("google"), new Registered("github")),
					List.<Authentication>of(new Issued("https://a"), new Issued("https://b")),
					List.<Authentication>of(new Registered("a"), new TestingAuthenticationToken("a|1", "", "USER")))) {
				payments.paid().clear();
				SecurityContextHolder.getContext().setAuthentication(users.get(0));
				assertPending(() -> kind.pay(payments));
				this.service.decidePending(true, null);
				SecurityContextHolder.getContext().setAuthentication(users.get(1));
				assertPending(() -> kind.pay(payments));
				assertThat(payments.paid()).isEmpty();
				SecurityContextHolder.getContext().setAuthentication(users.get(0));
				kind.pay(payments);
				assertThat(payments.paid()).hasSize(1);
				this.service.decidePending(false, null);
			}
		});
	}

	@ParameterizedTest
	@EnumSource
	void callWhenTheUserHasNotProvedItOrHasNoNameThenRefused(Kind kind) {
		run((payments) -> {
			for (Authentication user : List.of(UsernamePasswordAuthenticationToken.unauthenticated("ann", "guess"),
					new TestingAuthenticationToken("", "", "USER"), new TestingAuthenticationToken(" ", "", "USER"))) {
				SecurityContextHolder.getContext().setAuthentication(user);
				assertUnknown(() -> kind.pay(payments));
				assertUnknown(() -> request(null, null, () -> kind.pay(payments)));
			}
			SecurityContextHolder.clearContext();
			assertUnknown(() -> request(new MockHttpSession(), "", () -> kind.pay(payments)));
			assertThat(payments.paid()).isEmpty();
			assertThat(this.service.asked()).isEmpty();
		});
	}

	@Test
	void futureWhenItsRequestIsOverThenItsGuardedCallsAreOfTheSameCaller() {
		this.service.leavePending("slow");
		this.guarded.runner(Payments.class, Slow.class).run((context) -> {
			Payments payments = context.getBean(Payments.class);
			MockHttpSession session = new MockHttpSession();
			assertPending(() -> request(session, null, () -> payments.pay(1)));
			this.service.decidePending(true, null);
			Over request = new Over();
			request.setSession(session);
			RequestContextHolder.setRequestAttributes(new ServletRequestAttributes(request));
			CompletableFuture<String> built = context.getBean(Slow.class).build();
			RequestContextHolder.resetRequestAttributes();
			request.over = true;
			this.service.awaitPending(1);
			this.service.decidePending(true, null);
			assertThat(built.get(1, TimeUnit.MINUTES)).isEqualTo("paid");
			assertThat(payments.paid()).hasSize(1);
			RequestContextHolder.setRequestAttributes(new ServletRequestAttributes(request));
			assertUnknown(() -> payments.pay(1));
		});
	}

	private void run(ThrowingConsumer test) {
		this.guarded.runner(Payments.class).withUserConfiguration(Application.class).run((context) -> {
			assertThat(context).hasNotFailed();
			test.accept(context.getBean(Payments.class));
		});
	}

	private static Object elsewhere(Mono<?> work) {
		return String.valueOf(work.subscribeOn(Schedulers.boundedElastic()).block());
	}

	private static Object elsewhere(Mono<?> work, String user) {
		return String.valueOf(work.subscribeOn(Schedulers.boundedElastic()).contextWrite(user(user)).block());
	}

	private static Context user(String name) {
		return ReactiveSecurityContextHolder.withAuthentication(new TestingAuthenticationToken(name, "", "USER"));
	}

	private static Context exchange(MockWebSession session, @Nullable String user) {
		MockServerWebExchange.Builder exchange = MockServerWebExchange.builder(MockServerHttpRequest.get("/"))
			.session(session);
		if (user != null) {
			exchange.principal(() -> user);
		}
		ServerWebExchange built = exchange.build();
		return Context.of(ServerWebExchangeContextFilter.EXCHANGE_CONTEXT_ATTRIBUTE, built);
	}

	private static void anonymous() {
		SecurityContextHolder.getContext().setAuthentication(stranger());
	}

	private static AnonymousAuthenticationToken stranger() {
		return new AnonymousAuthenticationToken("key", "anonymousUser",
				AuthorityUtils.createAuthorityList("ROLE_ANONYMOUS"));
	}

	private static void signIn(String name) {
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken(name, "", "USER"));
	}

	private static Object request(@Nullable MockHttpSession session, @Nullable String user, Callable<?> work)
			throws Exception {
		MockHttpServletRequest request = new MockHttpServletRequest();
		if (session != null) {
			request.setSession(session);
		}
		if (user != null) {
			request.setUserPrincipal(() -> user);
		}
		RequestContextHolder.setRequestAttributes(new ServletRequestAttributes(request));
		try {
			return String.valueOf(work.call());
		}
		finally {
			RequestContextHolder.resetRequestAttributes();
		}
	}

	private static String tool(Callable<String> work) throws Exception {
		try (ToolCallContext call = ToolCallContext.of(Map.of(ToolCallContext.CONVERSATION, "1"), "1", null, null)) {
			return call.run(work);
		}
	}

	private static void assertPending(Callable<?> call) {
		assertThat(failure(call)).isInstanceOf(PermissionPendingException.class);
	}

	private static void assertUnknown(Callable<?> call) {
		assertThat(failure(call)).isInstanceOfSatisfying(CallRefusedException.class, (ex) -> {
			assertThat(ex.code()).isEqualTo("CALLER_UNKNOWN");
			assertThat(ex.getMessage()).contains("Payments.pay", "session", "onPending = WAIT");
		});
	}

	private static @Nullable Throwable failure(Callable<?> call) {
		Throwable failure = catchThrowable(call::call);
		while (failure != null && !(failure instanceof io.agentotp.AgentOtpException) && failure.getCause() != null) {
			failure = failure.getCause();
		}
		return failure;
	}

	/** As an OAuth 2 login. */
	public static class Registered extends TestingAuthenticationToken {

		private final String registration;

		Registered(String registration) {
			super("1", "", "USER");
			this.registration = registration;
		}

		public String getAuthorizedClientRegistrationId() {
			return this.registration;
		}

	}

	/** As a JWT. */
	public static class Issued extends TestingAuthenticationToken {

		private final String issuer;

		Issued(String issuer) {
			super("1", "", "USER");
			this.issuer = issuer;
		}

		public Map<String, Object> getTokenAttributes() {
			return Map.of("iss", this.issuer);
		}

	}

	static class Over extends MockHttpServletRequest {

		private volatile boolean over;

		@Override
		public @Nullable Principal getUserPrincipal() {
			if (this.over) {
				throw new IllegalStateException("The request object has been recycled");
			}
			return super.getUserPrincipal();
		}

	}

	public static class Slow {

		private final Payments payments;

		Slow(Payments payments) {
			this.payments = payments;
		}

		@RequiresPermission(action = "slow")
		public CompletableFuture<String> build() {
			return CompletableFuture.completedFuture(this.payments.pay(1));
		}

	}

	@FunctionalInterface
	interface ThrowingConsumer {

		void accept(Payments payments) throws Exception;

	}

	enum Kind {

		VALUE {
			@Override
			String pay(Payments payments) {
				return payments.pay(1);
			}
		},
		FUTURE {
			@Override
			String pay(Payments payments) {
				return payments.payFuture(1).join();
			}
		},
		ASYNC {
			@Override
			String pay(Payments payments) {
				return payments.payLater(1).join();
			}
		},
		MONO {
			@Override
			String pay(Payments payments) {
				return String.valueOf(payments.payMono(1).block());
			}
		};

		abstract String pay(Payments payments);

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class Application {

	}

	public static class Payments {

		private final List<Integer> paid = new CopyOnWriteArrayList<>();

		public List<Integer> paid() {
			return this.paid;
		}

		@RequiresPermission(action = "pay", onPending = OnPending.THROW)
		public String pay(int amount) {
			this.paid.add(amount);
			return "paid";
		}

		@RequiresPermission(action = "pay", onPending = OnPending.THROW)
		public CompletableFuture<String> payFuture(int amount) {
			return CompletableFuture.completedFuture(pay(amount, this.paid));
		}

		@Async
		@RequiresPermission(action = "pay", onPending = OnPending.THROW)
		public CompletableFuture<String> payLater(int amount) {
			return CompletableFuture.completedFuture(pay(amount, this.paid));
		}

		@RequiresPermission(action = "pay", onPending = OnPending.THROW)
		public Mono<String> payMono(int amount) {
			return Mono.fromCallable(() -> pay(amount, this.paid));
		}

		@RequiresPermission(action = "pay", onPending = OnPending.WAIT)
		public String payAndWait(int amount) {
			return pay(amount, this.paid);
		}

		private static String pay(int amount, List<Integer> paid) {
			paid.add(amount);
			return "paid";
		}

	}

}
