package io.agentotp.spring.propagation;

import java.util.List;
import java.util.function.Consumer;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.agentotp.Permission;
import io.agentotp.spring.Grants;
import io.agentotp.spring.PermissionContext;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpPropagationAutoConfiguration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.imperative.ImperativeHttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.temporaryRedirect;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class PropagationTests {

	private static final String HEADER = PermissionHeader.DEFAULT_NAME;

	private static final Permission PERMISSION = Grants.granted("p1", "email.send", "otp_secret-token");

	@RegisterExtension
	static final WireMockExtension named = WireMockExtension.newInstance().build();

	@RegisterExtension
	static final WireMockExtension other = WireMockExtension.newInstance().build();

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AgentOtpAutoConfiguration.class,
				AgentOtpPropagationAutoConfiguration.class, HttpClientAutoConfiguration.class,
				ImperativeHttpClientAutoConfiguration.class, ReactiveHttpClientAutoConfiguration.class,
				RestClientAutoConfiguration.class, WebClientAutoConfiguration.class))
		.withPropertyValues("agentotp.base-url=http://localhost:1", "agentotp.api-key=ak_live_test");

	@BeforeEach
	void answers() {
		named.stubFor(get(urlPathEqualTo("/x")).willReturn(ok("named")));
		named.stubFor(get(urlPathEqualTo("/redirect")).willReturn(temporaryRedirect(other.url("/stolen"))));
		other.stubFor(get(anyUrl()).willReturn(ok("other")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "jdk", "simple" })
	void restClientWhenInAGuardedMethodThenOnlyTheNamedServiceGetsThePermission(String factory, CapturedOutput output) {
		run(factory, (context) -> {
			RestClient client = restClient(context);
			try (PermissionContext.Scope scope = PermissionContext.open(PERMISSION)) {
				assertThat(client.get().uri(named.url("/x")).retrieve().body(String.class)).isEqualTo("named");
				assertThat(client.get().uri(other.url("/x")).retrieve().body(String.class)).isEqualTo("other");
			}
			client.get().uri(named.url("/x")).retrieve().body(String.class);
		});
		assertThat(headers(named, "/x")).containsExactly("p1 otp_secret-token", null);
		assertThat(headers(other, "/x")).containsExactly((String) null);
		assertThat(output).doesNotContain("otp_secret-token");
	}

	@ParameterizedTest
	@ValueSource(strings = { "jdk", "simple" })
	void restClientWhenRedirectedThenThePermissionStays(String factory) {
		run(factory, (context) -> {
			try (PermissionContext.Scope scope = PermissionContext.open(PERMISSION)) {
				assertThat(restClient(context).get().uri(named.url("/redirect")).retrieve().toBodilessEntity())
					.satisfies((answer) -> assertThat(answer.getStatusCode().is3xxRedirection()).isTrue());
			}
			assertThat(restClient(context).get().uri(named.url("/redirect")).retrieve().body(String.class))
				.isEqualTo("other");
		});
		assertThat(headers(named, "/redirect")).containsExactly("p1 otp_secret-token", null);
		assertThat(headers(other, "/stolen")).containsExactly((String) null);
	}

	@Test
	void restClientWhenItHasInterceptorsThenTheyRunAndDoNotSeeTheToken() {
		run("jdk", (context) -> {
			RestClient client = context.getBean(RestClient.Builder.class)
				.requestInterceptor((request, body, execution) -> {
					assertThat(request.getHeaders().containsHeader(HEADER)).isFalse();
					request.getHeaders().setBearerAuth("mine");
					return execution.execute(request, body);
				})
				.build();
			try (PermissionContext.Scope scope = PermissionContext.open(PERMISSION)) {
				client.get().uri(named.url("/x")).retrieve().body(String.class);
			}
		});
		LoggedRequest request = named.findAll(getRequestedFor(urlPathEqualTo("/x"))).get(0);
		assertThat(request.getHeader(HEADER)).isEqualTo("p1 otp_secret-token");
		assertThat(request.getHeader("Authorization")).isEqualTo("Bearer mine");
	}

	@Test
	void webClientWhenInAGuardedMethodThenOnlyTheNamedServiceGetsThePermission() {
		run("jdk", (context) -> {
			WebClient client = context.getBean(WebClient.Builder.class).build();
			PermissionContext.Held held = PermissionContext.hold(PERMISSION);
			try (PermissionContext.Scope scope = held.open()) {
				assertThat(text(client, named.url("/x")).block()).isEqualTo("named");
				assertThat(text(client, other.url("/x")).block()).isEqualTo("other");
				assertThat(text(client, named.url("/redirect")).block()).isEqualTo("");
				// Another thread: the Reactor context tells.
				text(client, named.url("/x")).subscribeOn(Schedulers.boundedElastic())
					.contextWrite((values) -> values.put(PermissionContext.KEY, held))
					.block();
			}
			text(client, named.url("/x")).block();
		});
		assertThat(headers(named, "/x")).containsExactly("p1 otp_secret-token", "p1 otp_secret-token", null);
		assertThat(headers(named, "/redirect")).containsExactly("p1 otp_secret-token");
		assertThat(headers(other, "/x")).containsExactly((String) null);
		assertThat(headers(other, "/stolen")).isEmpty();
	}

	@Test
	void webClientWhenTheWorkInTheReactorContextIsOverThenNoPermission() {
		run("jdk", (context) -> {
			WebClient client = context.getBean(WebClient.Builder.class).build();
			PermissionContext.Held held = PermissionContext.hold(PERMISSION);
			Mono<String> call = text(client, named.url("/x"))
				.contextWrite((values) -> values.put(PermissionContext.KEY, held));
			held.close();
			call.block();
		});
		assertThat(headers(named, "/x")).containsExactly((String) null);
	}

	@Test
	void startWhenNoServiceIsNamedThenNothingIsReplacedAndNothingIsSent() {
		this.runner.run((context) -> {
			assertThat(context.getBean(ClientHttpRequestFactoryBuilder.class).getClass().getPackageName())
				.startsWith("org.springframework.boot");
			try (PermissionContext.Scope scope = PermissionContext.open(PERMISSION)) {
				restClient(context).get().uri(named.url("/x")).retrieve().body(String.class);
				text(context.getBean(WebClient.Builder.class).build(), named.url("/x")).block();
			}
		});
		assertThat(headers(named, "/x")).containsExactly(null, null);
	}

	@Test
	void startWhenAHostIsWrongThenFails() {
		this.runner.withPropertyValues("agentotp.propagation.hosts=*.example.com")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("agentotp.propagation.hosts"));
	}

	private void run(String factory, Consumer<AssertableApplicationContext> test) {
		this.runner
			.withPropertyValues("agentotp.propagation.hosts=" + named.baseUrl(),
					"spring.http.clients.imperative.factory=" + factory, "spring.http.clients.redirects=follow")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				test.accept(context);
			});
	}

	private static RestClient restClient(AssertableApplicationContext context) {
		return context.getBean(RestClient.Builder.class).build();
	}

	private static Mono<String> text(WebClient client, String url) {
		return client.get().uri(url).retrieve().bodyToMono(String.class).defaultIfEmpty("");
	}

	private static List<String> headers(WireMockExtension service, String path) {
		return service.findAll(getRequestedFor(urlPathEqualTo(path)))
			.stream()
			.map((request) -> request.getHeader(HEADER))
			.toList();
	}

}
