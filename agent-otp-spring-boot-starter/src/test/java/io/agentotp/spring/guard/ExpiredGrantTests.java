package io.agentotp.spring.guard;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

import io.agentotp.AgentOtpClient;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.Consume;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.method.RequiresPermissionAdvisor;
import io.agentotp.spring.method.SelfInvocationPolicy;
import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A grant whose time is over when the body would begin is none. The service would say so
 * only after the body.
 */
class ExpiredGrantTests {

	private static final Instant END = Instant.parse("2026-01-01T00:05:00Z");

	private final Mailer target = new Mailer();

	private final List<String> paths = new ArrayList<>();

	private Instant now = END;

	@ParameterizedTest
	@EnumSource(Call.class)
	void invokeWhenTheGrantHasEndedThenRefusedAndNoUseIsReported(Call call) {
		Mailer mailer = guarded();
		assertThat(catchThrowable(() -> call.send.send(mailer)))
			.extracting((ex) -> (ex instanceof CallRefusedException) ? ex : ex.getCause())
			.isInstanceOfSatisfying(CallRefusedException.class, (ex) -> {
				assertThat(ex.code()).isEqualTo("GRANT_EXPIRED");
				assertThat(ex).hasMessageContaining("2026-01-01T00:05:00Z");
			});
		assertThat(this.target.sent).isZero();
		assertThat(this.paths).noneMatch((path) -> path.endsWith("/use"));
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void invokeWhenTheGrantStillLivesThenTheBodyRuns(Call call) {
		this.now = END.minusMillis(1);
		call.send.send(guarded());
		assertThat(this.target.sent).isOne();
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void invokeWhenAdviceInsideTakesTheTimeThenRefused(Call call) {
		this.now = END.minusMillis(1);
		Mailer mailer = guarded((invocation) -> {
			this.now = END;
			return invocation.proceed();
		});
		assertThat(catchThrowable(() -> call.send.send(mailer)))
			.extracting((ex) -> (ex instanceof CallRefusedException) ? ex : ex.getCause())
			.isInstanceOfSatisfying(CallRefusedException.class,
					(ex) -> assertThat(ex.code()).isEqualTo("GRANT_EXPIRED"));
		assertThat(this.target.sent).isZero();
	}

	@Test
	void invokeWhenAdviceInsideSubscribesTooLateThenRefused() {
		this.now = END.minusMillis(1);
		Mailer mailer = guarded((invocation) -> ((Mono<?>) Objects.requireNonNull(invocation.proceed()))
			.transform((publisher) -> Mono.defer(() -> {
				this.now = END;
				return publisher;
			})));
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> mailer.sendReactive().block())
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("GRANT_EXPIRED"));
		assertThat(this.target.sent).isZero();
	}

	private Mailer guarded(MethodInterceptor... inside) {
		AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl("http://localhost:1")
			.retries(0)
			.transport(new Approving(this.paths))
			.build();
		PermissionGuard guard = PermissionGuard.builder(client,
				new GuardSettings(Duration.ofSeconds(1), 10, Consume.AFTER, OnPending.WAIT, TransactionPolicy.IGNORE),
				(event) -> {
				})
			.clock(() -> this.now)
			.delayer((delay, task) -> {
			})
			.build();
		ProxyFactory factory = new ProxyFactory(this.target);
		factory.setProxyTargetClass(true);
		RequiresPermissionAdvisor advisor = new RequiresPermissionAdvisor(new DefaultListableBeanFactory(), () -> guard,
				SelfInvocationPolicy.FAIL);
		factory.addAdvisor(advisor);
		for (MethodInterceptor advice : inside) {
			factory.addAdvice(advice);
		}
		Mailer proxy = (Mailer) factory.getProxy();
		advisor.enter(proxy, "bean");
		return proxy;
	}

	enum Call {

		VALUE(Mailer::send), STAGE((mailer) -> mailer.sendLater().join()),
		REACTIVE((mailer) -> mailer.sendReactive().block());

		private final Send send;

		Call(Send send) {
			this.send = send;
		}

	}

	@FunctionalInterface
	interface Send {

		void send(Mailer mailer);

	}

	static class Mailer {

		private int sent;

		@RequiresPermission(action = "email.send")
		public void send() {
			this.sent++;
		}

		@RequiresPermission(action = "email.send")
		public CompletableFuture<Void> sendLater() {
			this.sent++;
			return CompletableFuture.completedFuture(null);
		}

		@RequiresPermission(action = "email.send")
		public Mono<Void> sendReactive() {
			return Mono.fromRunnable(() -> this.sent++);
		}

	}

	/**
	 * Approves everything until {@link #END}.
	 */
	record Approving(List<String> paths) implements HttpTransport {

		@Override
		public TransportResponse send(TransportRequest request, Duration timeout) {
			String path = request.uri().getPath();
			this.paths.add(path);
			String data = path.endsWith("/request")
					? "{\"id\":\"p1\",\"status\":\"approved\",\"action\":\"email.send\",\"token\":\"otp_x\",\"expiresAt\":\""
							+ END + "\"}"
					: "{\"success\":true,\"usesRemaining\":0}";
			return new TransportResponse(200, Map.of(),
					("{\"success\":true,\"data\":" + data + "}").getBytes(StandardCharsets.UTF_8));
		}

		@Override
		public void close() {
		}

	}

}
