package io.agentotp.spring.guard;

import java.math.BigDecimal;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.URI;
import java.security.Principal;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.agentotp.PermissionPendingException;
import io.agentotp.spring.BoundForm;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.Sensitive;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.support.BasicAuthenticationInterceptor;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.CredentialsContainer;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.core.user.DefaultOAuth2User;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * No approver sees a credential because a class holds one.
 */
class CredentialsTests {

	private static final String SECRET = "hunter2-4711";

	private static final List<Object> ran = new ArrayList<>();

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@ParameterizedTest
	@MethodSource
	void callWhenWhoItIsIsAnArgumentThenShownByNameAndAuthorities(Object who, String name) {
		this.guarded.run(Calls.class, (calls) -> {
			calls.any(who);
			calls.any(Map.of("k", List.of(who)));
			assertThat(this.service.asked()).allSatisfy((asked) -> assertThat(asked.toString()).doesNotContain(SECRET)
				.contains("name=" + name, "ROLE_ADMIN", "@form=name and authorities", who.getClass().getName()));
		});
	}

	static Stream<Object[]> callWhenWhoItIsIsAnArgumentThenShownByNameAndAuthorities() {
		UserDetails user = User.withUsername("ann").password(SECRET).roles("ADMIN").build();
		return Stream
			.of(new UsernamePasswordAuthenticationToken("ann", SECRET,
					AuthorityUtils.createAuthorityList("ROLE_ADMIN")),
					UsernamePasswordAuthenticationToken.authenticated(user, SECRET, user.getAuthorities()),
					new TestingAuthenticationToken("ann", SECRET, "ROLE_ADMIN"), user)
			.map((who) -> new Object[] { who, "ann" });
	}

	@Test
	void callWhenAnAuthenticationIsDeclaredThenAnotherNameOrAuthorityIsAnotherCall() {
		this.service.leavePending((asked) -> true);
		ran.clear();
		this.guarded.run(Calls.class, (calls) -> {
			pending(() -> calls.who(authentication("ann", "x", "A", "B")));
			this.service.decidePending(true, null);
			pending(() -> calls.who(authentication("bob", "x", "A", "B")));
			pending(() -> calls.who(authentication("ann", "x", "A", "C")));
			pending(() -> calls.principal(authentication("ann", "x", "A", "B")));
			assertThat(ran).isEmpty();
			calls.who(authentication("ann", "another", "B", "A"));
			assertThat(ran).hasSize(1);
		});
	}

	@Test
	void callWhenAnotherProviderHasGivenTheSameNameThenAnotherCall() {
		this.service.leavePending((asked) -> true);
		ran.clear();
		this.guarded.run(Calls.class, (calls) -> {
			pending(() -> calls.who(login("one")));
			this.service.decidePending(true, null);
			pending(() -> calls.who(login("another")));
			assertThat(ran).isEmpty();
			calls.who(login("one"));
			assertThat(ran).hasSize(1);
		});
	}

	private static Authentication login(String registration) {
		return new OAuth2AuthenticationToken(new DefaultOAuth2User(List.of(), Map.of("sub", "ann"), "sub"), List.of(),
				registration);
	}

	private static Authentication authentication(String name, String secret, String... authorities) {
		return new UsernamePasswordAuthenticationToken(name, secret, AuthorityUtils.createAuthorityList(authorities));
	}

	@ParameterizedTest
	@MethodSource
	void callWhenACredentialIsInAnArgumentThenRefusedAndNamesTheRemedy(Object holder) {
		ran.clear();
		this.guarded.run(Calls.class, (calls) -> {
			for (Consumer<Object> call : List.<Consumer<Object>>of(calls::any, (value) -> calls.any(List.of(value)))) {
				assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> call.accept(holder))
					.withMessageContainingAll("Calls.any(Object)", "'value'", "BoundForm", "@NotBound")
					.withMessageNotContaining(SECRET)
					.satisfies((ex) -> assertThat(ex.code()).isEqualTo("ARGUMENT_NOT_BINDABLE"));
			}
			assertThat(this.service.asked()).isEmpty();
			assertThat(ran).isEmpty();
		});
	}

	static Stream<Object> callWhenACredentialIsInAnArgumentThenRefusedAndNamesTheRemedy() {
		HttpHeaders headers = new HttpHeaders();
		headers.setBearerAuth(SECRET);
		return Stream.of(SECRET.toCharArray(), new Login("ann", SECRET.toCharArray()),
				new PasswordAuthentication("ann", SECRET.toCharArray()), new Erasable(SECRET), headers,
				HttpHeaders.readOnlyHttpHeaders(headers), Secrets.of(SECRET), new Secret(SECRET), new Card(SECRET),
				new BusinessCard(SECRET), new Tenant("ann", SECRET, "acme"), new Resident(SECRET),
				new UsernamePasswordAuthenticationToken(new Account("ann", SECRET), null),
				new UsernamePasswordAuthenticationToken(SECRET, SECRET),
				new SecurityContextImpl(authentication("a", SECRET)),
				new DriverManagerDataSource("jdbc:h2:mem:", "sa", SECRET),
				new SingleConnectionDataSource("jdbc:h2:mem:", "sa", SECRET, true),
				new BasicAuthenticationInterceptor("u", SECRET), URI.create("ftp://u:" + SECRET + "@host/x"),
				URI.create("https://" + SECRET + "@host/x"), URI.create("jdbc:x://u:" + SECRET + "@host/x"));
	}

	@Test
	void callWhenAUriHasNoKeyThenShown() {
		this.guarded.run(Calls.class, (calls) -> {
			for (String uri : List.of("https://host/a@b", "ssh://git@host/x", "mailto:ann@host",
					"https://host/?a=//b@c", "/a//b@c")) {
				calls.any(URI.create(uri));
			}
			assertThat(this.service.asked()).hasSize(5);
		});
	}

	@Test
	void callWhenTheParameterIsACharArrayThenMasked() {
		this.service.leavePending((asked) -> true);
		ran.clear();
		this.guarded.run(Calls.class, (calls) -> {
			pending(() -> calls.login("ann", SECRET.toCharArray()));
			AskedPermission asked = this.service.asked().get(0);
			assertThat(asked.arguments()).containsEntry("user", "ann").containsEntry("phrase", "••••••");
			assertThat(asked.toString()).doesNotContain(SECRET);
			this.service.decidePending(true, null);
			pending(() -> calls.login("ann", "other".toCharArray()));
			assertThat(ran).isEmpty();
			calls.login("ann", SECRET.toCharArray());
			assertThat(ran).hasSize(1);
		});
	}

	@Test
	void callWhenACredentialIsSensitiveThenMaskedAndBound() {
		this.service.leavePending((asked) -> true);
		ran.clear();
		this.guarded.run(Calls.class, (calls) -> {
			pending(() -> calls.sensitive(new Login("ann", SECRET.toCharArray())));
			assertThat(this.service.asked().get(0).toString()).doesNotContain(SECRET).doesNotContain("ann");
			this.service.decidePending(true, null);
			pending(() -> calls.sensitive(new Login("ann", "other".toCharArray())));
			calls.sensitive(new Login("ann", SECRET.toCharArray()));
			assertThat(ran).hasSize(1);
		});
	}

	@Test
	void callWhenACredentialHasAFormThenBoundInIt() {
		this.guarded.runner(Calls.class).withUserConfiguration(Forms.class).run((context) -> {
			Calls calls = context.getBean(Calls.class);
			calls.any(new Tenant("ann", SECRET, "acme"));
			calls.any(new UsernamePasswordAuthenticationToken(new Tenant("ann", SECRET, "acme"), SECRET));
			assertThat(this.service.asked()).allSatisfy((asked) -> assertThat(asked.toString()).doesNotContain(SECRET)
				.contains("@form=tenantForm", "ann of acme"));
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { Headers.class, Nested.class, Context.class, Database.class })
	void startWhenAParameterHoldsCredentialsThenStopsWithTheRemedy(Class<?> bean) {
		this.guarded.runner(bean)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOfSatisfying(InvalidAnnotationException.class, (ex) -> {
					assertThat(ex.problem()).contains("'value'", "it holds credentials");
					assertThat(ex.remedy()).contains("BoundForm", "@NotBound");
				}));
	}

	@Test
	void startWhenAnAttributeReadsACharArrayThenStops() {
		this.guarded.runner(Telling.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("uses #phrase, which is sensitive"));
	}

	static Stream<Object> callWhenAnAttributeWouldShowACredentialThenRefused() {
		return callWhenACredentialIsInAnArgumentThenRefusedAndNamesTheRemedy()
			.filter((holder) -> !(holder instanceof Login || holder instanceof Card));
	}

	@ParameterizedTest
	@MethodSource
	void callWhenATemplateWouldShowWhatIsNoTextThenRefused(Object holder) {
		ran.clear();
		this.guarded.run(Calls.class, (calls) -> {
			for (Consumer<Object> call : List.<Consumer<Object>>of(calls::resource, calls::reason)) {
				assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> call.accept(holder))
					.withMessageContaining("is no text: name a property of it")
					.withMessageNotContaining(SECRET)
					.satisfies((ex) -> assertThat(ex.code()).isEqualTo("ATTRIBUTE_INVALID"));
			}
			assertThat(this.service.asked()).isEmpty();
			assertThat(ran).isEmpty();
		});
	}

	static Stream<Object> callWhenATemplateWouldShowWhatIsNoTextThenRefused() {
		HttpHeaders headers = new HttpHeaders();
		headers.setBearerAuth(SECRET);
		Sent sent = new Sent("url", headers);
		return Stream.of(sent, new Card(SECRET), List.of(sent), Map.of("k", sent), Map.of(sent, 1), Optional.of(sent),
				new Sent[] { sent }, new Text(SECRET), new AtomicReference<>(sent));
	}

	@Test
	void callWhenATemplateShowsWhatHasATextThenThat() {
		this.guarded.run(Calls.class, (calls) -> {
			for (Object value : List.of(1, 1.5, true, 'c', new BigDecimal("0.10"), LocalDate.EPOCH, DayOfWeek.MONDAY,
					List.of("a", 1), new int[] { 1, 2 }, Map.of("a", List.of(1)), URI.create("a:b"))) {
				calls.resource(value);
			}
			assertThat(this.service.asked()).extracting(AskedPermission::resource)
				.containsExactly("1", "1.5", "true", "c", "0.10", "1970-01-01", "MONDAY", "a,1", "1,2", "{a=[1]}",
						"a:b");
		});
	}

	@ParameterizedTest
	@MethodSource
	void callWhenAnAttributeWouldShowACredentialThenRefused(Object holder) {
		ran.clear();
		this.guarded.run(Calls.class, (calls) -> {
			for (Consumer<Object> call : List.<Consumer<Object>>of(calls::resource, calls::context)) {
				assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> call.accept(holder))
					.withMessageContaining("it holds credentials")
					.satisfies((ex) -> assertThat(ex.code()).isEqualTo("ATTRIBUTE_INVALID"));
			}
			assertThat(this.service.asked()).isEmpty();
			assertThat(ran).isEmpty();
		});
	}

	private static void pending(Runnable call) {
		assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(call::run);
	}

	static class Calls {

		@RequiresPermission(action = "call.any")
		public void any(Object value) {
			ran.add(value);
		}

		@RequiresPermission(action = "call.who", onPending = OnPending.THROW)
		public void who(Authentication who) {
			ran.add(who);
		}

		@RequiresPermission(action = "call.who", onPending = OnPending.THROW)
		public void principal(Principal who) {
			ran.add(who);
		}

		@RequiresPermission(action = "call.login", onPending = OnPending.THROW)
		public void login(String user, char[] phrase) {
			ran.add(user);
		}

		@RequiresPermission(action = "call.sensitive", onPending = OnPending.THROW)
		public void sensitive(@Sensitive Login login) {
			ran.add(login);
		}

		@RequiresPermission(action = "call.resource", resource = "#{#value}")
		public void resource(@NotBound Object value) {
			ran.add(value);
		}

		@RequiresPermission(action = "call.reason", reason = "#{#value}")
		public void reason(@NotBound Object value) {
			ran.add(value);
		}

		@RequiresPermission(action = "call.context", context = "{value: #value}")
		public void context(Object value) {
			ran.add(value);
		}

	}

	public static class Database {

		@RequiresPermission(action = "call")
		public void call(DriverManagerDataSource value) {
		}

	}

	static class Headers {

		@RequiresPermission(action = "call.headers")
		public void call(HttpHeaders value) {
		}

	}

	static class Nested {

		@RequiresPermission(action = "call.nested")
		public void call(List<Login> value) {
		}

	}

	static class Context {

		@RequiresPermission(action = "call.context")
		public void call(SecurityContext value) {
		}

	}

	static class Telling {

		@RequiresPermission(action = "call.telling", resource = "#{#phrase}")
		public void call(char[] phrase) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Forms {

		@Bean
		BoundForm<Tenant> tenantForm() {
			return (tenant) -> tenant.getUsername() + " of " + tenant.tenant();
		}

	}

	record Login(String user, char[] phrase) {
	}

	record Sent(String url, HttpHeaders headers) {
	}

	record Text(String secret) implements CharSequence {

		@Override
		public int length() {
			return this.secret.length();
		}

		@Override
		public char charAt(int index) {
			return this.secret.charAt(index);
		}

		@Override
		public CharSequence subSequence(int start, int end) {
			return this.secret.subSequence(start, end);
		}

	}

	static class Card {

		private final String number;

		Card(@Sensitive String number) {
			this.number = number;
		}

		@Override
		public String toString() {
			return this.number;
		}

	}

	static class BusinessCard extends Card {

		BusinessCard(String number) {
			super(number);
		}

	}

	static class Secrets extends LinkedHashMap<String, String> implements CredentialsContainer {

		static Secrets of(String phrase) {
			Secrets secrets = new Secrets();
			secrets.put("phrase", phrase);
			return secrets;
		}

		@Override
		public void eraseCredentials() {
			clear();
		}

	}

	static class Secret extends ArrayList<String> implements CredentialsContainer {

		Secret(String phrase) {
			super(List.of(phrase));
		}

		@Override
		public void eraseCredentials() {
			clear();
		}

	}

	static class Erasable implements CredentialsContainer {

		private String phrase;

		Erasable(String phrase) {
			this.phrase = phrase;
		}

		@Override
		public void eraseCredentials() {
			this.phrase = "";
		}

		boolean isErased() {
			return this.phrase.isEmpty();
		}

	}

	/** Has more than its name and authorities. */
	static class Tenant extends User {

		private final String tenant;

		Tenant(String name, String password, String tenant) {
			super(name, password, AuthorityUtils.NO_AUTHORITIES);
			this.tenant = tenant;
		}

		String tenant() {
			return this.tenant;
		}

	}

	record Account(String name, String password) implements UserDetails {

		@Override
		public String getUsername() {
			return this.name;
		}

		@Override
		public String getPassword() {
			return this.password;
		}

		@Override
		public Collection<? extends GrantedAuthority> getAuthorities() {
			return List.of();
		}

	}

	/** What a contract of a contract says counts, too. */
	interface AppUser extends UserDetails {

	}

	record Resident(String getPassword) implements AppUser {

		@Override
		public String getUsername() {
			return "ann";
		}

		@Override
		public Collection<? extends GrantedAuthority> getAuthorities() {
			return List.of();
		}

	}

}
