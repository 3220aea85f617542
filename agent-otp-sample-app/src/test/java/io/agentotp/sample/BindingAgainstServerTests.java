package io.agentotp.sample;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionRequest;
import io.agentotp.ValidationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Holds the sentences about the service on the page about what is bound: each is the name
 * of a test.
 */
@SpringBootTest(webEnvironment = WebEnvironment.DEFINED_PORT)
@DirtiesContext
class BindingAgainstServerTests {

	private static final Map<String, Object> SCOPE = Map.of("max_emails", 1);

	@LocalServerPort
	private int port;

	private AgentOtpClient client;

	@DynamicPropertySource
	static void settings(DynamicPropertyRegistry registry) {
		RunningSample.settings().forEach((name, value) -> registry.add(name, () -> value));
		registry.add("spring.datasource.url", () -> "jdbc:h2:mem:binding-against-server");
	}

	@BeforeEach
	void open() {
		this.client = AgentOtpClient.builder()
			.apiKey(RunningSample.AGENT_KEY)
			.baseUrl("http://localhost:" + this.port + "/agent-otp")
			.build();
	}

	@AfterEach
	void close() {
		this.client.close();
	}

	@Test
	void pageWhenReadThenEachSentenceIsATest() throws IOException {
		String page = Files.readString(Path.of("../docs/binding.md"));
		String service = page.substring(page.indexOf("## What the service checks"), page.indexOf("## What a lying"));
		assertThat(Arrays.stream(service.strip().split("\n- ")).skip(1).map(String::strip))
			.containsExactlyInAnyOrderElementsOf(Arrays.stream(BindingAgainstServerTests.class.getDeclaredMethods())
				.filter((method) -> method.isAnnotationPresent(DisplayName.class))
				.map((method) -> method.getAnnotation(DisplayName.class).value())
				.toList());
	}

	@Test
	@DisplayName("The service computes the digest from what it shows, and refuses another one.")
	void requestWhenTheDigestIsOfAnotherCallThenRefused() {
		Map<String, Object> shown = call("client@example.com");
		String digest = digest(shown);
		Permission permission = this.client.requestPermission(request().withCall(shown, digest));
		assertThat(permission.callDigest()).hasValue(digest);
		assertThat(refusal(call("thief@example.com"), digest)).containsOnlyKeys("callDigest");
		assertThat(refusal(shown, digest(call("thief@example.com")))).containsOnlyKeys("callDigest");
	}

	@Test
	@DisplayName("The service refuses a digest that is not SHA-256 in lower-case hex.")
	void requestWhenTheDigestHasAnotherFormThenRefused() {
		Map<String, Object> shown = call("client@example.com");
		String digest = digest(shown);
		for (String other : List.of("", "sha256:", digest.toUpperCase(), digest.substring(7), digest + "0",
				"the call")) {
			assertThat(refusal(shown, other)).as(other).containsKey("callDigest");
		}
	}

	private Map<String, String> refusal(Map<String, Object> call, String digest) {
		return catchThrowableOfType(ValidationException.class,
				() -> this.client.requestPermission(request().withCall(call, digest)))
			.details();
	}

	private static PermissionRequest request() {
		return PermissionRequest.builder("email.send").scope(SCOPE).waitForApproval(false).build();
	}

	/** By hand, from what the protocol says. */
	private static String digest(Map<String, Object> call) {
		String to = call.toString().contains("thief") ? "thief@example.com" : "client@example.com";
		String canonical = """
				{"action":"email.send","call":{"arguments":[{"name":"to","value":"%s"}],"target":{"bean":"mails",\
				"method":"send(String)","type":"com.example.Mails"}},"resource":null,"scope":{"max_emails":1},"v":2}""";
		try {
			return "sha256:" + HexFormat.of()
				.formatHex(MessageDigest.getInstance("SHA-256")
					.digest(canonical.formatted(to).getBytes(StandardCharsets.UTF_8)));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Map<String, Object> call(String to) {
		return Map.of("target", Map.of("bean", "mails", "type", "com.example.Mails", "method", "send(String)"),
				"arguments", List.of(Map.of("name", "to", "value", to)));
	}

}
