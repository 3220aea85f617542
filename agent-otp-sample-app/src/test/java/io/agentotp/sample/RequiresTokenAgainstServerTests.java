package io.agentotp.sample;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionRequest;
import io.agentotp.spring.RequiresToken;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A receiver that demands a token, and the real service that gives and verifies it.
 */
@SpringBootTest(webEnvironment = WebEnvironment.DEFINED_PORT)
@Import(RequiresTokenAgainstServerTests.Receiver.class)
@DirtiesContext
class RequiresTokenAgainstServerTests {

	private static final PermissionRequest REPORT = PermissionRequest.builder("file.read")
		.resource("file:reports/report.txt")
		.build();

	@LocalServerPort
	private int port;

	@Autowired
	private Receiver receiver;

	private AgentOtpClient client;

	@DynamicPropertySource
	static void settings(DynamicPropertyRegistry registry) {
		RunningSample.settings().forEach((name, value) -> registry.add(name, () -> value));
		registry.add("spring.datasource.url", () -> "jdbc:h2:mem:requires-token-against-server");
	}

	@BeforeEach
	void open() {
		this.client = AgentOtpClient.builder()
			.apiKey(RunningSample.AGENT_KEY)
			.baseUrl("http://localhost:" + this.port + "/agent-otp")
			.build();
		this.receiver.ran.clear();
	}

	@AfterEach
	void close() {
		this.client.close();
	}

	@Test
	void requestWhenTheTokenIsGoodThenTheHandlerRunsUntilItIsUsed() {
		Permission permission = this.client.requestPermission(REPORT);
		assertThat(read("report.txt", carried(permission))).isEqualTo(200);
		assertThat(read("report.txt", carried(permission))).isEqualTo(200);
		assertThat(this.receiver.ran).containsExactly(permission.id(), permission.id());
		this.client.useToken(permission, Map.of());
		assertThat(read("report.txt", carried(permission))).isEqualTo(403);
		assertThat(this.receiver.ran).hasSize(2);
	}

	@Test
	void requestWhenTheReceiverConsumesThenTheHandlerRunsOnce() {
		Permission permission = this.client.requestPermission(REPORT);
		assertThat(get("/received/once/report.txt", carried(permission))).isEqualTo(200);
		assertThat(get("/received/once/report.txt", carried(permission))).isEqualTo(403);
		assertThat(this.receiver.ran).containsExactly(permission.id());
	}

	@Test
	void requestWhenThePermissionIsForSomethingElseThenTheHandlerDoesNotRun() {
		Permission permission = this.client.requestPermission(REPORT);
		Permission another = this.client.requestPermission(REPORT);
		assertThat(read("report.txt", null)).isEqualTo(401);
		assertThat(read("report.txt", "nonsense")).isEqualTo(401);
		assertThat(read("other.txt", carried(permission))).isEqualTo(403);
		assertThat(get("/received/written/report.txt", carried(permission))).isEqualTo(403);
		assertThat(read("report.txt", another.id() + " " + permission.token().orElseThrow().value())).isEqualTo(403);
		assertThat(this.receiver.ran).isEmpty();
	}

	@Test
	void requestWhenThePermissionIsRevokedThenTheHandlerDoesNotRun() {
		Permission permission = this.client.requestPermission(REPORT);
		this.client.revokeToken(permission.id(), "changed my mind");
		assertThat(read("report.txt", carried(permission))).isEqualTo(403);
		assertThat(this.receiver.ran).isEmpty();
	}

	private static String carried(Permission permission) {
		return permission.id() + " " + permission.token().orElseThrow().value();
	}

	private int read(String name, @Nullable String header) {
		return get("/received/" + name, header);
	}

	private int get(String path, @Nullable String header) {
		return RestClient.create("http://localhost:" + this.port).get().uri(path).headers((headers) -> {
			if (header != null) {
				headers.set("Agent-OTP-Permission", header);
			}
		}).exchange((request, response) -> response.getStatusCode().value());
	}

	@RestController
	@TestConfiguration(proxyBeanMethods = false)
	static class Receiver {

		final List<String> ran = new CopyOnWriteArrayList<>();

		@GetMapping("/received/{name}")
		@RequiresToken(action = "file.read", resource = "file:reports/{name}")
		String read(@PathVariable String name, @RequestAttribute(RequiresToken.PERMISSION) Permission permission) {
			this.ran.add(permission.id());
			return "read";
		}

		@GetMapping("/received/once/{name}")
		@RequiresToken(action = "file.read", resource = "file:reports/{name}", consume = true)
		String readOnce(@PathVariable String name, @RequestAttribute(RequiresToken.PERMISSION) Permission permission) {
			this.ran.add(permission.id());
			return "read";
		}

		@GetMapping("/received/written/{name}")
		@RequiresToken(action = "file.write", resource = "file:reports/{name}")
		String write(@PathVariable String name) {
			this.ran.add("write");
			return "written";
		}

	}

}
