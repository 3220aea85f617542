package io.agentotp.spring.method;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import com.github.tomakehurst.wiremock.client.MappingBuilder;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.agentotp.AgentOtpException;
import io.agentotp.AuthenticationException;
import io.agentotp.NetworkException;
import io.agentotp.Permission;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionExpiredException;
import io.agentotp.PermissionPendingException;
import io.agentotp.ProtocolException;
import io.agentotp.ServerException;
import io.agentotp.ValidationException;
import io.agentotp.spring.Await;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.PermissionContext;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.event.PermissionPendingEvent;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.AbstractAdvisingBeanPostProcessor;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.NameMatchMethodPointcut;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * What the guard does with each answer. The answers come from a stub, because a real
 * service would not give most of them.
 */
@ExtendWith(OutputCaptureExtension.class)
class PermissionMethodInterceptorTests {

	private static final String END = "\"expiresAt\":\"2099-01-01T00:00:00Z\",";

	private static final String TOKEN = "otp_secret-token-of-the-test";

	@RegisterExtension
	static final WireMockExtension service = WireMockExtension.newInstance().build();

	private final JsonMapper json = JsonMapper.shared();

	@Test
	void invokeWhenApprovedThenBodyRunsWithTheGrantAndItIsMarkedUsed() {
		stubApproval("\"resource\":\"email:a@b.c\",\"scope\":{\"max_emails\":1,\"allowed_recipients\":[\"a@b.c\"]}");
		run((mailer) -> {
			mailer.send("a@b.c", "Hello", null);
			assertThat(mailer.ran()).containsExactly("a@b.c Hello p1");
			assertThat(mailer.seenInContext()).containsExactly("p1");
			assertThat(PermissionContext.find()).isEmpty();
		});
		JsonNode asked = body(requests("/api/v1/permissions/request").get(0));
		assertThat(asked.path("action").asString()).isEqualTo("email.send");
		assertThat(asked.path("resource").asString()).isEqualTo("email:a@b.c");
		assertThat(asked.path("scope").toString()).isEqualTo("{\"max_emails\":1,\"allowed_recipients\":[\"a@b.c\"]}");
		assertThat(asked.at("/context/reason").asString()).isEqualTo("Mail Hello");
		assertThat(asked.at("/call/arguments").toString())
			.isEqualTo("[{\"name\":\"to\",\"value\":\"a@b.c\"},{\"name\":\"subject\",\"value\":\"Hello\"}]");
		JsonNode used = body(requests("/api/v1/permissions/p1/use").get(0));
		assertThat(used.path("token").asString()).isEqualTo(TOKEN);
		assertThat(used.at("/actionDetails/outcome").asString()).isEqualTo("succeeded");
		assertThat(asked.path("callDigest").asString()).startsWith("sha256:").hasSize(71);
	}

	@Test
	void invokeWhenTheBodyFailsThenItsExceptionAndFailedIsReported() {
		stubApproval("\"scope\":{}");
		run((mailer) -> assertThatIllegalStateException().isThrownBy(() -> mailer.fail("secret detail"))
			.withMessage("secret detail"));
		JsonNode used = body(requests("/api/v1/permissions/p1/use").get(0));
		assertThat(used.at("/actionDetails/outcome").asString()).isEqualTo("failed");
		assertThat(used.toString()).doesNotContain("secret detail");
	}

	@Test
	void invokeWhenReportingFailsThenTheResultIsReturnedAndTheFailureLogged(CapturedOutput output) {
		stubApproval("\"scope\":{}");
		stub(post(urlPathEqualTo("/api/v1/permissions/p1/use")), aResponse().withStatus(500));
		run((mailer) -> assertThat(mailer.plain("x")).isEqualTo("done x"));
		assertThat(output).contains("Permission p1 was used for plain, but reporting it failed").doesNotContain(TOKEN);
	}

	@Test
	void invokeWhenDeniedThenRefusedWithTheReason() {
		stub(post(urlPathEqualTo("/api/v1/permissions/request")),
				okJson(data("\"id\":\"p1\",\"status\":\"denied\",\"action\":\"plain\",\"reason\":\"Too late\"")));
		assertRefused(PermissionDeniedException.class, "Too late");
	}

	@Test
	void invokeWhenDeniedThenARetryOfTheInvocationAsksNobody() {
		stub(post(urlPathEqualTo("/api/v1/permissions/request")),
				okJson(data("\"id\":\"p1\",\"status\":\"denied\",\"action\":\"plain\"")));
		runner().withBean(Retries.class).run((context) -> {
			Mailer mailer = context.getBean(Mailer.class);
			assertThat(catchThrowable(() -> mailer.plain("x"))).isInstanceOf(PermissionDeniedException.class);
			assertThat(mailer.ran()).isEmpty();
			assertThat(context.getBean(Retries.class).tries).isEqualTo(3);
		});
		assertThat(requests("/api/v1/permissions/request")).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "used", "revoked", "brand-new-status" })
	void invokeWhenTheStatusIsNoGrantThenRefused(String status) {
		stub(post(urlPathEqualTo("/api/v1/permissions/request")), okJson(
				data("\"id\":\"p1\",\"action\":\"plain\",\"token\":\"" + TOKEN + "\",\"status\":\"" + status + "\"")));
		assertRefused(PermissionDeniedException.class, status);
	}

	@Test
	void invokeWhenExpiredThenRefused() {
		stub(post(urlPathEqualTo("/api/v1/permissions/request")),
				okJson(data("\"id\":\"p1\",\"status\":\"expired\",\"action\":\"plain\"")));
		assertRefused(PermissionExpiredException.class, "plain");
	}

	@Test
	void invokeWhenApprovedWithoutATokenThenRefused() {
		stub(post(urlPathEqualTo("/api/v1/permissions/request")),
				okJson(data("\"id\":\"p1\",\"status\":\"approved\",\"action\":\"plain\"")));
		assertRefused(ProtocolException.class, "no token");
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"action\":\"other\"", "\"action\":\"plain\",\"callDigest\":\"sha256:00\"" })
	void invokeWhenAnotherCallIsGrantedThenRefusedAndGivenBack(String fields) {
		stub(post(urlPathEqualTo("/api/v1/permissions/request")),
				okJson(data("\"id\":\"p1\",\"status\":\"approved\",\"token\":\"" + TOKEN + "\"," + END + fields)));
		assertRefused(CallRefusedException.class, "another call");
	}

	@Test
	void invokeWhenTheScopeWasNarrowedAndNobodyLooksThenRefused() {
		stubApproval("\"scope\":{\"limit\":1}");
		run((mailer) -> {
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> mailer.limited(5))
				.withMessageContaining("[limit]")
				.withMessageContaining("attribute check");
			assertThat(mailer.ran()).isEmpty();
		});
	}

	@Test
	void invokeWhenTheOriginalServiceApprovesThenTheBodyRuns() {
		stub(post(urlPathEqualTo("/api/v1/permissions/request")),
				okJson(data("\"id\":\"p1\",\"status\":\"approved\"," + END + "\"token\":\"" + TOKEN + "\""))
					.withStatus(201));
		stub(post(urlPathEqualTo("/api/v1/permissions/p1/use")), okJson(data("\"success\":true,\"usesRemaining\":0")));
		run((mailer) -> {
			mailer.send("a@b.c", "Hello", null);
			assertThat(mailer.ran()).hasSize(1);
		});
	}

	@Test
	void invokeWhenTheOriginalServiceDeniesThenTheMessageNamesTheAction() {
		stub(post(urlPathEqualTo("/api/v1/permissions/request")),
				okJson(data("\"id\":\"p1\",\"status\":\"denied\",\"reason\":\"no\"")));
		assertRefused(PermissionDeniedException.class, "Permission denied for plain: no");
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"resource\":null,", "\"resource\":\"email:b\",", "", "\"resource\":7," })
	void invokeWhenTheResourceIsNotTheOneAskedForThenRefused(String resource) {
		stubApproval(resource + "\"scope\":{\"max_emails\":1,\"allowed_recipients\":[\"a@b.c\"]}");
		run((mailer) -> {
			assertThatExceptionOfType(AgentOtpException.class).isThrownBy(() -> mailer.send("a@b.c", "Hello", null));
			assertThat(mailer.ran()).isEmpty();
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "\"callDigest\":null,", "\"callDigest\":\"sha256:00\",", "\"callDigest\":5," })
	void invokeWhenALaterAnswerDropsTheDigestThenRefused(String digest) {
		stubPending();
		stubDecision(digest + "\"scope\":{}");
		service.stubFor(post(urlPathEqualTo("/api/v1/permissions/request")).willReturn(aResponse().withStatus(202)
			.withTransformers("response-template")
			.withBody(data("\"id\":\"p1\",\"status\":\"pending\",\"action\":\"plain\","
					+ "\"callDigest\":\"{{jsonPath request.body '$.callDigest'}}\""))));
		run((mailer) -> {
			assertThatExceptionOfType(AgentOtpException.class).isThrownBy(() -> mailer.plain("x"));
			assertThatExceptionOfType(AgentOtpException.class).isThrownBy(() -> mailer.resumed("x"));
			assertThat(mailer.ran()).isEmpty();
		});
		awaitRequests("/api/v1/permissions/p1/revoke");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "\"expiresAt\":null,", "\"expiresAt\":4070908800,", "\"expiresAt\":\"never\"," })
	void invokeWhenTheApprovalHasNoEndThenRefused(String end) {
		stub(post(urlPathEqualTo("/api/v1/permissions/request")), okJson(data("\"id\":\"p1\",\"status\":\"approved\","
				+ "\"action\":\"plain\",\"scope\":{}," + end + "\"token\":\"" + TOKEN + "\"")));
		assertRefused(ProtocolException.class, "");
	}

	@Test
	void invokeWhenAnArgumentChangesDuringTheWaitThenRefused() {
		stubPending();
		List<String> recipients = new ArrayList<>(List.of("a@b.c"));
		stubDecision("\"scope\":{}");
		runner()
			.withBean("listener", ApplicationListener.class, () -> onPending(() -> recipients.add("evil@example.com")))
			.run((context) -> {
				Mailer mailer = context.getBean(Mailer.class);
				assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> mailer.sendAll(recipients))
					.satisfies((ex) -> assertThat(ex.code()).isEqualTo("CALL_CHANGED"));
				assertThat(mailer.ran()).isEmpty();
			});
	}

	@Test
	void invokeWhenPendingThenAnEventWithTheApprovalUrlAndThenTheBody() {
		stubPending();
		stubDecision("\"scope\":{}");
		List<String> urls = new ArrayList<>();
		runner().withBean("listener", ApplicationListener.class, () -> onPending(() -> urls.add("asked")))
			.run((context) -> {
				assertThat(context.getBean(Mailer.class).plain("x")).isEqualTo("done x");
				assertThat(urls).containsExactly("asked");
			});
	}

	@Test
	void invokeWhenNobodyDecidesThenRefusedAndTheRequestIsWithdrawn() {
		stubPending();
		run((mailer) -> {
			assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(mailer::impatient)
				.withMessageContaining("Nobody decided within 300 ms for plain; the permission request was withdrawn")
				.satisfies((ex) -> {
					assertThat(ex.code()).isEqualTo("PERMISSION_WITHDRAWN");
					assertThat(ex.approvalUrl()).isEmpty();
					assertThat(ex.permission().id()).isEqualTo("p1");
				});
			assertThat(mailer.ran()).isEmpty();
			awaitRequests("/api/v1/permissions/p1/revoke");
		});
	}

	@Test
	void invokeWhenInterruptedWhileWaitingThenRefusedWithTheFlagSetAndTheRequestWithdrawn() {
		stubPending();
		runner()
			.withBean("listener", ApplicationListener.class, () -> onPending(() -> Thread.currentThread().interrupt()))
			.run((context) -> {
				Mailer mailer = context.getBean(Mailer.class);
				assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> mailer.plain("x"));
				assertThat(Thread.interrupted()).isTrue();
				assertThat(mailer.ran()).isEmpty();
				awaitRequests("/api/v1/permissions/p1/revoke");
			});
	}

	@Test
	void invokeWhenTheKeyIsRejectedThenRefused() {
		stub(post(anyUrl()), aResponse().withStatus(401)
			.withBody("{\"success\":false,\"error\":{\"code\":\"INVALID_API_KEY\",\"message\":\"no\"}}"));
		assertRefused(AuthenticationException.class, "agentotp.api-key");
	}

	@Test
	void invokeWhenTheServiceFailsThenRefused() {
		stub(post(anyUrl()), aResponse().withStatus(500));
		assertRefused(ServerException.class, "500");
	}

	@Test
	void invokeWhenTheServiceAnswersNonsenseThenRefused() {
		stub(post(anyUrl()), aResponse().withStatus(200).withBody("<html>approved</html>"));
		assertRefused(ProtocolException.class, "agentotp.base-url");
	}

	@Test
	void invokeWhenTheServiceIsDownThenRefused() {
		runner().withPropertyValues("agentotp.base-url=http://localhost:1").run((context) -> {
			Mailer mailer = context.getBean(Mailer.class);
			assertThatExceptionOfType(NetworkException.class).isThrownBy(() -> mailer.plain("x"))
				.withMessageContaining("Could not connect to localhost:1");
			assertThat(mailer.ran()).isEmpty();
		});
	}

	@Test
	void invokeWhenATemplatePartIsNullThenRefusedBeforeAsking() {
		run((mailer) -> {
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> mailer.send(null, "Hello", null))
				.withMessageContaining("'resource'")
				.withMessageContaining("#{#to} is null");
			assertThat(mailer.ran()).isEmpty();
		});
		assertThat(requests("/api/v1/permissions/request")).isEmpty();
	}

	@Test
	void invokeWhenTheResourceIsTooLongThenRefusedBeforeAsking() {
		run((mailer) -> {
			assertThatExceptionOfType(CallRefusedException.class)
				.isThrownBy(() -> mailer.send("a".repeat(300), "Hello", null))
				.withMessageContaining("send(")
				.withMessageContaining("are not valid: resource must have at most 255 characters")
				.withCauseInstanceOf(ValidationException.class);
			assertThat(mailer.ran()).isEmpty();
		});
		assertThat(requests("/api/v1/permissions/request")).isEmpty();
	}

	@Test
	void invokeWhenAnArgumentLooksLikeAnExpressionThenItStaysText() {
		stubApproval("\"resource\":\"email:#{T(java.lang.Runtime)}\","
				+ "\"scope\":{\"max_emails\":1,\"allowed_recipients\":[\"#{T(java.lang.Runtime)}\"]}");
		run((mailer) -> mailer.send("#{T(java.lang.Runtime)}", "${user.home}", null));
		JsonNode asked = body(requests("/api/v1/permissions/request").get(0));
		assertThat(asked.path("resource").asString()).isEqualTo("email:#{T(java.lang.Runtime)}");
		assertThat(asked.at("/context/reason").asString()).isEqualTo("Mail ${user.home}");
	}

	@Test
	void invokeWhenAnArgumentHasNoJsonFormThenRefusedUnlessNotBound() {
		stubApproval("\"scope\":{}");
		run((mailer) -> {
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> mailer.bound(new Object()))
				.withMessageContaining("'thing'");
			assertThat(mailer.ran()).isEmpty();
			mailer.notBound(new Object());
			assertThat(mailer.ran()).containsExactly("not bound");
		});
		JsonNode asked = body(requests("/api/v1/permissions/request").get(0));
		assertThat(asked.at("/call/notBound").toString()).isEqualTo("[\"thing\"]");
	}

	@Test
	void invokeWhenApprovedThenNeitherTokenNorKeyIsLogged(CapturedOutput output) {
		stubApproval("\"scope\":{}");
		runner().withPropertyValues("logging.level.root=trace", "agentotp.debug=true")
			.run((context) -> context.getBean(Mailer.class).plain("x"));
		assertThat(output).contains("request -> HTTP 200").doesNotContain("Bearer ak_live_test");
	}

	private void assertRefused(Class<? extends AgentOtpException> type, String message) {
		run((mailer) -> {
			assertThatExceptionOfType(type).isThrownBy(() -> mailer.plain("x")).withMessageContaining(message);
			assertThat(mailer.ran()).isEmpty();
		});
		assertThat(requests("/api/v1/permissions/p1/use")).isEmpty();
	}

	private void run(Consumer<Mailer> test) {
		runner().run((context) -> test.accept(context.getBean(Mailer.class)));
	}

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class))
			.withPropertyValues("agentotp.base-url=" + service.baseUrl(), "agentotp.api-key=ak_live_test",
					"agentotp.retries=0", "agentotp.approval-timeout=20s")
			.withBean(Mailer.class);
	}

	private static ApplicationListener<PayloadApplicationEvent<PermissionPendingEvent>> onPending(Runnable action) {
		return new PendingListener(action);
	}

	private void stubApproval(String fields) {
		service.stubFor(post(urlPathEqualTo("/api/v1/permissions/request")).willReturn(aResponse().withStatus(200)
			.withTransformers("response-template")
			.withBody(data("\"id\":\"p1\",\"status\":\"approved\",\"token\":\"" + TOKEN + "\"," + END
					+ "\"decidedBy\":\"user:alice\",\"action\":\"{{jsonPath request.body '$.action'}}\"," + fields))));
		stub(post(urlPathEqualTo("/api/v1/permissions/p1/use")), okJson(data("\"success\":true,\"usesRemaining\":0")));
	}

	private void stubPending() {
		stub(post(urlPathEqualTo("/api/v1/permissions/request")),
				aResponse().withStatus(202)
					.withBody(data("\"id\":\"p1\",\"status\":\"pending\",\"action\":\"plain\","
							+ "\"approvalUrl\":\"http://localhost/approvals/p1\"")));
		stub(get(urlPathEqualTo("/api/v1/permissions/p1")),
				okJson(data("\"id\":\"p1\",\"status\":\"pending\",\"action\":\"plain\","
						+ "\"approvalUrl\":\"http://localhost/approvals/p1\"")));
		stub(get(urlPathEqualTo("/api/v1/permissions/decisions")),
				okJson(data("\"permissions\":[],\"cursor\":\"1\"")).withFixedDelay(50));
		stub(post(urlPathEqualTo("/api/v1/permissions/query")), okJson(data("\"permissions\":[]")));
		stub(post(urlPathMatching("/api/v1/permissions/p1/revoke")), okJson(data("\"success\":true")));
	}

	private void stubDecision(String fields) {
		stub(get(urlPathEqualTo("/api/v1/permissions/p1")),
				okJson(data("\"id\":\"p1\",\"status\":\"approved\",\"action\":\"plain\",\"token\":\"" + TOKEN + "\","
						+ END + fields)));
		stub(post(urlPathEqualTo("/api/v1/permissions/p1/use")), okJson(data("\"success\":true,\"usesRemaining\":0")));
	}

	private void stub(MappingBuilder request, ResponseDefinitionBuilder response) {
		service.stubFor(request.willReturn(response));
	}

	private static String data(String fields) {
		return "{\"success\":true,\"data\":{" + fields + "}}";
	}

	private List<LoggedRequest> requests(String path) {
		return service.findAll(postRequestedFor(urlPathEqualTo(path)));
	}

	private void awaitRequests(String path) {
		Await.await().until(() -> !requests(path).isEmpty());
	}

	private JsonNode body(LoggedRequest request) {
		return this.json.readTree(request.getBody());
	}

	static class PendingListener implements ApplicationListener<PayloadApplicationEvent<PermissionPendingEvent>> {

		private final Runnable action;

		PendingListener(Runnable action) {
			this.action = action;
		}

		@Override
		public void onApplicationEvent(PayloadApplicationEvent<PermissionPendingEvent> event) {
			assertThat(event.getPayload().permission().approvalUrl()).contains("http://localhost/approvals/p1");
			assertThat(event.getPayload().permission().token()).isEmpty();
			this.action.run();
		}

	}

	static class Mailer {

		private final List<String> ran = new ArrayList<>();

		private final List<String> seenInContext = new ArrayList<>();

		List<String> ran() {
			return this.ran;
		}

		List<String> seenInContext() {
			return this.seenInContext;
		}

		@RequiresPermission(action = "email.send", resource = "email:#{#to}",
				scope = "{max_emails: 1, allowed_recipients: {#to}}", reason = "Mail #{#subject}", ttl = "2m")
		public void send(@Nullable String to, String subject, @Nullable Permission permission) {
			this.ran.add(to + " " + subject + " " + permission.id());
			this.seenInContext.add(PermissionContext.current().id());
		}

		@RequiresPermission(action = "plain")
		public String plain(String text) {
			this.ran.add(text);
			return "done " + text;
		}

		@RequiresPermission(action = "plain", onPending = OnPending.THROW)
		public void resumed(String text) {
			this.ran.add(text);
		}

		@RequiresPermission(action = "plain", timeout = "300ms")
		public void impatient() {
			this.ran.add("impatient");
		}

		@RequiresPermission(action = "plain")
		public void sendAll(List<String> recipients) {
			this.ran.add(recipients.toString());
		}

		@RequiresPermission(action = "limited", scope = "{limit: #amount}")
		public void limited(int amount) {
			this.ran.add("limited");
		}

		@RequiresPermission(action = "plain")
		public void fail(String detail) {
			throw new IllegalStateException(detail);
		}

		@RequiresPermission(action = "plain")
		public void bound(Object thing) {
			this.ran.add("bound");
		}

		@RequiresPermission(action = "plain")
		public void notBound(@NotBound Object thing) {
			this.ran.add("not bound");
		}

	}

	/** Stands outside the guard as {@code @Retryable} does. */
	static class Retries extends AbstractAdvisingBeanPostProcessor {

		int tries;

		Retries() {
			setBeforeExistingAdvisors(true);
			this.advisor = new DefaultPointcutAdvisor(new NameMatchMethodPointcut().addMethodName("plain"),
					(MethodInterceptor) (invocation) -> {
						ProxyMethodInvocation call = (ProxyMethodInvocation) invocation;
						for (int attempt = 1;; attempt++) {
							this.tries++;
							try {
								return call.invocableClone().proceed();
							}
							catch (PermissionDeniedException ex) {
								if (attempt == 3) {
									throw ex;
								}
							}
						}
					});
		}

	}

}
