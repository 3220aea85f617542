package io.agentotp.spring.guard;

import java.security.Principal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import io.agentotp.PermissionPendingException;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.FakeAgentOtp;
import org.assertj.core.api.ThrowingConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpSession;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.ListeningSecurityContextHolderStrategy;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.core.DefaultOAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.user.DefaultOAuth2User;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthentication;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Which principals are the same one: only that one picks up what was approved for it.
 */
class SamePrincipalTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service.leavePending("pay");

	@AfterEach
	void forget() {
		SecurityContextHolder.clearContext();
		RequestContextHolder.resetRequestAttributes();
	}

	static Stream<Arguments> others() {
		return Stream.of(Arguments.of("registrations", oauth2("google", "1"), oauth2("github", "1")),
				Arguments.of("issuers", jwt("https://one", "1", "a"), jwt("https://two", "1", "a")),
				Arguments.of("opaque tokens", opaque("https://one"), opaque("https://two")),
				Arguments.of("classes of tokens", authenticated("ann"),
						new TestingAuthenticationToken("ann", "", "USER")),
				Arguments.of("classes of principals", authenticated(user("ann")), authenticated(new Member("ann"))),
				Arguments.of("own tokens", new Own("google", "1"), new Own("github", "1")),
				Arguments.of("own principals", authenticated(new Person("ann", 1)),
						authenticated(new Person("ann", 2))),
				Arguments.of("tokens as principals", authenticated(oauth2("google", "1")),
						authenticated(oauth2("github", "1"))),
				Arguments.of("tokens in own tokens", new Around(oauth2("google", "1")),
						new Around(oauth2("github", "1"))),
				Arguments.of("credentials of own tokens", new ApiKey("k1"), new ApiKey("k2")),
				Arguments.of("no tenant", new ApiKey(null), new ApiKey("client")),
				Arguments.of("subjects with one name", named("1"), named("2")),
				Arguments.of("names", authenticated("ann"), authenticated("Ann")));
	}

	static Stream<Arguments> same() {
		return Stream.of(Arguments.of("registration", oauth2("google", "1"), oauth2("google", "1")),
				Arguments.of("new access token", jwt("https://one", "1", "a"), jwt("https://one", "1", "b")),
				Arguments.of("opaque token", opaque("https://one"), opaque("https://one")),
				Arguments.of("user", authenticated(user("ann")), authenticated(user("ann"))),
				Arguments.of("own token", new Own("google", "1"), new Own("google", "1")), Arguments.of("own principal",
						authenticated(new Person("ann", 1)), authenticated(new Person("ann", 1))));
	}

	static Stream<Arguments> nobodies() {
		return Stream.of(
				Arguments.of("not authenticated", UsernamePasswordAuthenticationToken.unauthenticated("ann", "guess")),
				Arguments.of("no name", UsernamePasswordAuthenticationToken.authenticated(null, null, List.of())),
				Arguments.of("an empty name", authenticated("")), Arguments.of("a blank name", authenticated(" ")),
				Arguments.of("what cannot be written", authenticated((Runnable) () -> {
				})));
	}

	@Test
	void startWhenContextsAreKeptByABeanThatIsNotTheHoldersThenFails() {
		this.guarded.runner(Payments.class)
			.withBean(SecurityContextHolderStrategy.class, () -> new ListeningSecurityContextHolderStrategy((event) -> {
			}))
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("is not the one of SecurityContextHolder"));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("others")
	void callWhenThePrincipalIsAnotherThenPicksNothingUp(String what, Authentication one, Authentication other) {
		run((payments) -> {
			signIn(one);
			assertPending(payments);
			this.service.decidePending(true, null);
			signIn(other);
			assertPending(payments);
			assertThat(payments.paid()).isEmpty();
			signIn(one);
			payments.pay(1);
			assertThat(payments.paid()).hasSize(1);
		});
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("others")
	void monoWhenTheSubscriberIsAnotherThenPicksNothingUp(String what, Authentication one, Authentication other) {
		run((payments) -> {
			assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> subscribe(payments, one));
			this.service.decidePending(true, null);
			assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> subscribe(payments, other));
			assertThat(payments.paid()).isEmpty();
			subscribe(payments, one);
			assertThat(payments.paid()).hasSize(1);
		});
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("same")
	void callWhenThePrincipalIsTheSameThenPicksItUp(String what, Authentication one, Authentication again) {
		run((payments) -> {
			signIn(one);
			assertPending(payments);
			this.service.decidePending(true, null);
			signIn(again);
			payments.pay(1);
			assertThat(payments.paid()).hasSize(1);
			assertThat(this.service.asked()).hasSize(1);
		});
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("nobodies")
	void callWhenNobodyCanBeToldFromThePrincipalThenRefused(String what, Authentication nobody) {
		run((payments) -> {
			signIn(authenticated("ann"));
			assertPending(payments);
			this.service.decidePending(true, null);
			signIn(nobody);
			assertUnknown(payments);
			request(nobody, null);
			assertUnknown(payments);
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> subscribe(payments, nobody))
				.extracting(CallRefusedException::code)
				.isEqualTo("CALLER_UNKNOWN");
			assertThat(payments.paid()).isEmpty();
			assertThat(this.service.asked()).hasSize(1);
		});
	}

	@Test
	void callWhenTheContainersPrincipalHasNoNameThenRefused() {
		run((payments) -> {
			for (String name : new String[] { null, "", " " }) {
				request(() -> name, null);
				assertUnknown(payments);
			}
			assertThat(this.service.asked()).isEmpty();
		});
	}

	@Test
	void callWhenTheRequestIsOverThenItsSessionIsNobodys() {
		run((payments) -> {
			ServletRequestAttributes attributes = request(null, new MockHttpSession());
			assertPending(payments);
			this.service.decidePending(true, null);
			attributes.requestCompleted();
			assertUnknown(payments);
			assertThat(payments.paid()).isEmpty();
		});
	}

	/** The caller was known when the call was made. */
	@Test
	void futureWhenItsRequestIsOverThenItsBodyCallsForTheSameCaller() {
		this.guarded.service.leavePending("fire");
		run((payments) -> {
			MockHttpSession session = new MockHttpSession();
			request(null, session);
			assertPending(payments);
			this.service.decidePending(true, null);
			for (MockHttpSession caller : List.of(new MockHttpSession(), session)) {
				ServletRequestAttributes attributes = request(null, caller);
				CompletableFuture<String> fired = payments.fire(payments);
				attributes.requestCompleted();
				RequestContextHolder.resetRequestAttributes();
				this.service.awaitPending(1);
				this.service.decidePending(true, null);
				Throwable failure = catchThrowable(fired::join);
				assertThat(failure == null).isEqualTo(caller == session);
				assertThat(payments.paid()).hasSize((caller == session) ? 1 : 0);
				this.service.decidePending(false, null);
			}
		});
	}

	private void run(ThrowingConsumer<Payments> test) {
		this.guarded.run(Payments.class, test);
	}

	private static void subscribe(Payments payments, Authentication subscriber) {
		payments.payMono(1)
			.subscribeOn(Schedulers.boundedElastic())
			.contextWrite(ReactiveSecurityContextHolder.withAuthentication(subscriber))
			.block();
	}

	private static void assertPending(Payments payments) {
		assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> payments.pay(1));
	}

	private static void assertUnknown(Payments payments) {
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> payments.pay(1))
			.withMessageContainingAll("Payments.pay", "java.security.Principal")
			.extracting(CallRefusedException::code)
			.isEqualTo("CALLER_UNKNOWN");
	}

	private static void signIn(Authentication authentication) {
		RequestContextHolder.resetRequestAttributes();
		SecurityContextHolder.clearContext();
		SecurityContextHolder.getContext().setAuthentication(authentication);
	}

	private static ServletRequestAttributes request(@Nullable Principal user, @Nullable MockHttpSession session) {
		SecurityContextHolder.clearContext();
		MockHttpServletRequest request = new MockHttpServletRequest();
		request.setUserPrincipal(user);
		if (session != null) {
			request.setSession(session);
		}
		ServletRequestAttributes attributes = new ServletRequestAttributes(request);
		RequestContextHolder.setRequestAttributes(attributes);
		return attributes;
	}

	private static Authentication authenticated(Object principal) {
		return UsernamePasswordAuthenticationToken.authenticated(principal, null, List.of());
	}

	private static UserDetails user(String name) {
		return User.withUsername(name).password("x").authorities("USER").build();
	}

	private static Authentication oauth2(String registration, String subject) {
		return new OAuth2AuthenticationToken(
				new DefaultOAuth2User(AuthorityUtils.createAuthorityList("USER"), Map.of("sub", subject), "sub"),
				AuthorityUtils.createAuthorityList("USER"), registration);
	}

	private static Authentication jwt(String issuer, String subject, String token) {
		return new JwtAuthenticationToken(
				Jwt.withTokenValue(token).header("alg", "none").issuer(issuer).subject(subject).build(),
				AuthorityUtils.createAuthorityList("USER"));
	}

	private static Authentication named(String subject) {
		return new JwtAuthenticationToken(
				Jwt.withTokenValue("t").header("alg", "none").issuer("https://one").subject(subject).build(),
				AuthorityUtils.createAuthorityList("USER"), "John Smith");
	}

	private static Authentication opaque(String issuer) {
		Instant now = Instant.now();
		return new BearerTokenAuthentication(
				new DefaultOAuth2AuthenticatedPrincipal("ann", Map.of("iss", issuer, "sub", "ann"), List.of()),
				new OAuth2AccessToken(OAuth2AccessToken.TokenType.BEARER, "t" + now, now, now.plusSeconds(60)),
				List.of());
	}

	static final class ApiKey extends AbstractAuthenticationToken {

		private final @Nullable String key;

		ApiKey(@Nullable String key) {
			super(AuthorityUtils.createAuthorityList("USER"));
			this.key = key;
			setAuthenticated(true);
		}

		@Override
		public @Nullable Object getCredentials() {
			return this.key;
		}

		@Override
		public Object getPrincipal() {
			return "client";
		}

	}

	static final class Around extends AbstractAuthenticationToken {

		private final Authentication inside;

		Around(Authentication inside) {
			super(inside.getAuthorities());
			this.inside = inside;
			setAuthenticated(true);
		}

		@Override
		public @Nullable Object getCredentials() {
			return this.inside.getCredentials();
		}

		@Override
		public @Nullable Object getPrincipal() {
			return this.inside.getPrincipal();
		}

	}

	static final class Own extends AbstractAuthenticationToken {

		private final String registration;

		private final String subject;

		Own(String registration, String subject) {
			super(AuthorityUtils.createAuthorityList("USER"));
			this.registration = registration;
			this.subject = subject;
			setAuthenticated(true);
		}

		@Override
		public Object getCredentials() {
			return "";
		}

		@Override
		public Object getPrincipal() {
			return this.subject;
		}

	}

	static final class Member extends User {

		Member(String name) {
			super(name, "x", List.of());
		}

	}

	static final class Person {

		private final String name;

		private final int tenant;

		Person(String name, int tenant) {
			this.name = name;
			this.tenant = tenant;
		}

		@Override
		public String toString() {
			return this.name;
		}

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
		public Mono<String> payMono(int amount) {
			return Mono.fromCallable(() -> {
				this.paid.add(amount);
				return "paid";
			});
		}

		@RequiresPermission(action = "fire")
		public CompletableFuture<String> fire(@NotBound Payments proxy) {
			return CompletableFuture.completedFuture(proxy.pay(1));
		}

	}

}
