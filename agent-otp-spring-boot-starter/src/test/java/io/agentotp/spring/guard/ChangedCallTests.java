package io.agentotp.spring.guard;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What was approved is what runs, also where the permission is used up between the check
 * of the arguments and the body.
 */
class ChangedCallTests {

	private final List<String> recipients = new ArrayList<>(List.of("a@b.c"));

	private final Mailer target = new Mailer();

	@ParameterizedTest
	@EnumSource(Call.class)
	void invokeWhenAnArgumentChangesWhileThePermissionIsUsedThenRefused(Call call) {
		Mailer mailer = guarded(() -> this.recipients.set(0, "evil@example.com"));
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> call.send.send(mailer, this.recipients))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("CALL_CHANGED"));
		assertThat(this.target.sent).isEmpty();
	}

	@Test
	void invokeWhenAnArgumentIsOnlyWrittenOtherwiseWhileThePermissionIsUsedThenTheBodyRuns() {
		Map<String, Integer> shares = new LinkedHashMap<>(Map.of("a@b.c", 1));
		shares.put("b@b.c", 2);
		guarded(() -> shares.put("a@b.c", shares.remove("a@b.c"))).shared(shares);
		assertThat(this.target.sent).containsExactly("b@b.c", "a@b.c");
	}

	private Mailer guarded(Runnable whileUsed) {
		AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl("http://localhost:1")
			.retries(0)
			.transport(new Approving((path) -> {
				if (path.endsWith("/use")) {
					whileUsed.run();
				}
			}))
			.build();
		PermissionGuard guard = PermissionGuard.builder(client,
				new GuardSettings(Duration.ofSeconds(1), 10, Consume.AFTER, OnPending.WAIT, TransactionPolicy.IGNORE),
				(event) -> {
				})
			.build();
		ProxyFactory factory = new ProxyFactory(this.target);
		factory.setProxyTargetClass(true);
		RequiresPermissionAdvisor advisor = new RequiresPermissionAdvisor(new DefaultListableBeanFactory(), () -> guard,
				SelfInvocationPolicy.FAIL);
		factory.addAdvisor(advisor);
		Mailer proxy = (Mailer) factory.getProxy();
		advisor.enter(proxy, "bean");
		return proxy;
	}

	enum Call {

		CONSUMED_BEFORE(Mailer::consumedBefore), RESUMED(Mailer::resumed),
		REACTIVE((mailer, recipients) -> mailer.reactive(recipients).block());

		private final Send send;

		Call(Send send) {
			this.send = send;
		}

	}

	@FunctionalInterface
	interface Send {

		void send(Mailer mailer, List<String> recipients);

	}

	static class Mailer {

		private final List<String> sent = new ArrayList<>();

		@RequiresPermission(action = "email.send", consume = Consume.BEFORE)
		public void consumedBefore(List<String> recipients) {
			this.sent.addAll(recipients);
		}

		@RequiresPermission(action = "email.send", consume = Consume.BEFORE)
		public void shared(Map<String, Integer> shares) {
			this.sent.addAll(shares.keySet());
		}

		@RequiresPermission(action = "email.send", onPending = OnPending.THROW)
		public void resumed(List<String> recipients) {
			this.sent.addAll(recipients);
		}

		@RequiresPermission(action = "email.send", consume = Consume.BEFORE)
		public Mono<Void> reactive(List<String> recipients) {
			return Mono.fromRunnable(() -> this.sent.addAll(recipients));
		}

	}

	/**
	 * Approves everything.
	 */
	record Approving(Consumer<String> listener) implements HttpTransport {

		@Override
		public TransportResponse send(TransportRequest request, Duration timeout) {
			String path = request.uri().getPath();
			this.listener.accept(path);
			String data = path.endsWith("/request")
					? "{\"id\":\"p1\",\"status\":\"approved\",\"action\":\"email.send\",\"token\":\"otp_x\","
							+ "\"expiresAt\":\"2099-01-01T00:00:00Z\"}"
					: "{\"success\":true,\"usesRemaining\":0}";
			return new TransportResponse(200, Map.of(),
					("{\"success\":true,\"data\":" + data + "}").getBytes(StandardCharsets.UTF_8));
		}

		@Override
		public void close() {
		}

	}

}
