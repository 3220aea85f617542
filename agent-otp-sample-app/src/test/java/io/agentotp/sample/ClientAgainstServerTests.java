package io.agentotp.sample;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.agentotp.AgentOtpClient;
import io.agentotp.AgentOtpClientBuilder;
import io.agentotp.AuthenticationException;
import io.agentotp.NotFoundException;
import io.agentotp.OtpToken;
import io.agentotp.Permission;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionPendingException;
import io.agentotp.PermissionRequest;
import io.agentotp.PermissionStatus;
import io.agentotp.TokenException;
import io.agentotp.sample.RunningSample.Approver;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The real client against the real service in the same JVM.
 */
@SpringBootTest(webEnvironment = WebEnvironment.DEFINED_PORT,
		properties = "agentotp.server.agents.other-agent.api-key=ak_live_other-agent-key-of-the-tests")
@DirtiesContext
class ClientAgainstServerTests {

	private static final String CALL = "sha256:" + "1".repeat(64);

	private static final PermissionRequest MAIL = PermissionRequest.builder("email.send")
		.resource("email:client@example.com")
		.scope("max_emails", 1)
		.reason("A test")
		.timeout(Duration.ofSeconds(20))
		.build();

	private static final PermissionRequest REPORT = PermissionRequest.builder("file.read")
		.resource("file:reports/report.txt")
		.callDigest(CALL)
		.build();

	@LocalServerPort
	private int port;

	private AgentOtpClient client;

	private Approver approver;

	@DynamicPropertySource
	static void settings(DynamicPropertyRegistry registry) {
		RunningSample.settings().forEach((name, value) -> registry.add(name, () -> value));
		registry.add("spring.datasource.url", () -> "jdbc:h2:mem:client-against-server");
	}

	@BeforeEach
	void open() {
		this.client = client(RunningSample.AGENT_KEY).build();
		this.approver = RunningSample.approver(this.port);
	}

	@AfterEach
	void close() {
		this.client.close();
	}

	@Test
	void requestPermissionWhenThePolicyApprovesThenTheTokenWorksOnce() {
		Permission permission = this.client.requestPermission(REPORT);
		assertThat(permission.isGranted()).isTrue();
		assertThat(permission.decidedBy()).contains("policy:read-reports");
		OtpToken token = permission.token().orElseThrow();
		assertThat(this.client.verifyToken(permission.id(), token).valid()).isTrue();
		assertThat(this.client.useToken(permission, Map.of("outcome", "succeeded")).usesRemaining()).isZero();
		assertThatExceptionOfType(TokenException.class).isThrownBy(() -> this.client.useToken(permission, Map.of()))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("TOKEN_USED"));
		assertThat(this.client.verifyToken(permission.id(), token).valid()).isFalse();
		Permission used = this.client.getPermission(permission.id());
		assertThat(used.status()).isEqualTo(PermissionStatus.USED);
		assertThat(used.token()).isEmpty();
	}

	@Test
	void useTokenWhenTheDigestOrThePermissionIsAnotherThenRejectedAndNothingChanges() {
		Permission permission = this.client.requestPermission(REPORT);
		Permission another = this.client.requestPermission(REPORT);
		OtpToken token = permission.token().orElseThrow();
		assertThatExceptionOfType(TokenException.class)
			.isThrownBy(() -> this.client.useToken(permission.id(), token, null, "sha256:" + "2".repeat(64)));
		assertThatExceptionOfType(TokenException.class)
			.isThrownBy(() -> this.client.useToken(permission.id(), token, null, null));
		assertThatExceptionOfType(TokenException.class)
			.isThrownBy(() -> this.client.useToken(another.id(), token, null, CALL));
		assertThat(this.client.useToken(permission, Map.of()).usesRemaining()).isZero();
	}

	@Test
	void requestPermissionWhenThePolicyDeniesThenDenied() {
		Permission permission = this.client.requestPermission(PermissionRequest.builder("database.drop").build());
		assertThat(permission.status()).isEqualTo(PermissionStatus.DENIED);
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(permission::orThrow);
	}

	@Test
	void requestPermissionWhenAHumanApprovesDuringTheWaitThenGranted() {
		CompletableFuture<Permission> waiting = this.client.async().requestPermission(MAIL);
		this.approver.decide(pendingId(), true, "ok");
		Permission permission = waiting.orTimeout(1, TimeUnit.MINUTES).join();
		assertThat(permission.isGranted()).isTrue();
		assertThat(permission.decidedBy()).contains("user:approver");
		this.client.useToken(permission, Map.of());
	}

	@Test
	void executeWithPermissionWhenAHumanDeniesThenTheBodyDoesNotRun() {
		CompletableFuture<String> waiting = this.client.async()
			.executeWithPermission(MAIL, (permission) -> CompletableFuture.completedFuture("ran"));
		this.approver.decide(pendingId(), false, "no");
		assertThat(waiting.handle((result, ex) -> ex).join()).isInstanceOf(PermissionDeniedException.class)
			.hasMessageContaining("no");
	}

	@Test
	void executeWithPermissionWhenNobodyDecidesThenThePermissionIsWithdrawn() {
		PermissionRequest impatient = PermissionRequest.builder("email.send").timeout(Duration.ofMillis(200)).build();
		assertThatExceptionOfType(PermissionPendingException.class)
			.isThrownBy(() -> this.client.executeWithPermission(impatient, (permission) -> "ran"))
			// The caller goes on while the request is withdrawn.
			.satisfies(
					(ex) -> assertThat(this.client.awaitDecision(ex.permission().id(), Duration.ofSeconds(20)).status())
						.isEqualTo(PermissionStatus.REVOKED));
	}

	@Test
	void revokeTokenWhenGrantedThenTheTokenIsWorthless() {
		Permission permission = this.client.requestPermission(REPORT);
		this.client.revokeToken(permission.id(), "changed my mind");
		assertThatExceptionOfType(TokenException.class).isThrownBy(() -> this.client.useToken(permission, Map.of()))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("TOKEN_REVOKED"));
	}

	@Test
	void getPermissionWhenItIsAnotherAgentsThenNotFound() {
		Permission permission = this.client.requestPermission(REPORT);
		try (AgentOtpClient other = client("ak_live_other-agent-key-of-the-tests").build()) {
			assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> other.getPermission(permission.id()));
			assertThatExceptionOfType(NotFoundException.class)
				.isThrownBy(() -> other.useToken(permission.id(), permission.token().orElseThrow(), null, null));
		}
		assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> this.client.getPermission("no-such-id"));
	}

	@Test
	void requestPermissionWhenTheKeyIsWrongThenAuthenticationException() {
		try (AgentOtpClient stranger = client("ak_live_nobody-knows-this-key-at-all").build()) {
			assertThatExceptionOfType(AuthenticationException.class).isThrownBy(() -> stranger.requestPermission(MAIL));
			assertThatExceptionOfType(AuthenticationException.class).isThrownBy(stranger::checkAccess);
		}
		this.client.checkAccess();
		assertThat(this.client.health().status()).isNotBlank();
	}

	private String pendingId() {
		return Awaitility.await()
			.atMost(Duration.ofMinutes(1))
			.until(() -> this.approver.data("/permissions?status=pending&limit=1"), (list) -> !list.isEmpty())
			.get(0)
			.path("id")
			.asString();
	}

	private AgentOtpClientBuilder client(String key) {
		return AgentOtpClient.builder().apiKey(key).baseUrl("http://localhost:" + this.port + "/agent-otp").retries(0);
	}

}
