package io.agentotp.generators;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * What generators make of the description of the API compiles, and takes a permission
 * from the request to its use.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = { "agentotp.server.agents.mailer.api-key=" + GeneratedClientsTests.AGENT_KEY,
				"agentotp.server.users.alice.api-key=" + GeneratedClientsTests.USER_KEY,
				"agentotp.server.users.alice.roles=approver" })
class GeneratedClientsTests {

	static final String AGENT_KEY = "ak_live_mailer-0123456789abcdefghij";

	static final String USER_KEY = "uk_alice-0123456789abcdefghijklmn";

	private static final Path CLIENTS = Path.of("target/clients");

	private static final Path SOURCES = Path.of("src/test/clients");

	@LocalServerPort
	private int port;

	@Test
	void javaWhenItUsesTheJdkThenThePermissionIsUsed() throws Exception {
		var agent = jdk(AGENT_KEY);
		var user = jdk(USER_KEY);
		assertThat(new io.agentotp.generators.jdk.api.ServiceApi(agent).getHealth().getData().getStatus())
			.isEqualTo("healthy");
		var permissions = new io.agentotp.generators.jdk.api.PermissionsApi(agent);
		var asked = permissions
			.requestPermission(new io.agentotp.generators.jdk.model.RequestPermission().action("mail.send")
				.scope(Map.of("max_emails", 2)), null)
			.getData();
		assertThat(asked.getStatus()).isEqualTo("pending");
		assertThat(asked.getScope()).isEqualTo(Map.of("max_emails", 2));
		var deciding = new io.agentotp.generators.jdk.api.DecidingApi(user);
		assertThat(
				deciding.decidePermission(asked.getId(), new io.agentotp.generators.jdk.model.Decision().approved(true))
					.getData()
					.getAgentId())
			.isEqualTo("mailer");
		String token = permissions.getPermission(asked.getId(), null).getData().getToken();
		assertThat(permissions.verifyToken(asked.getId(), new io.agentotp.generators.jdk.model.Token().token(token))
			.getData()
			.getValid()).isTrue();
		var use = new io.agentotp.generators.jdk.model.Use().token(token).actionDetails(Map.of("sent", 1));
		assertThat(permissions.useToken(asked.getId(), use, null).getData().getSuccess()).isTrue();
		assertThat(permissions.useToken(asked.getId(), use, null).getData().getCode()).isEqualTo("TOKEN_USED");
		assertThatExceptionOfType(io.agentotp.generators.jdk.ApiException.class)
			.isThrownBy(() -> permissions
				.requestPermission(new io.agentotp.generators.jdk.model.RequestPermission().action(" "), null))
			.satisfies((ex) -> assertThat(ex.getCode()).isEqualTo(400))
			.satisfies((ex) -> assertThat(ex.getResponseBody()).contains("VALIDATION_ERROR"));
	}

	private io.agentotp.generators.jdk.ApiClient jdk(String key) {
		var client = new io.agentotp.generators.jdk.ApiClient();
		client.updateBaseUri(baseUrl());
		client.setRequestInterceptor((request) -> request.header("Authorization", "Bearer " + key));
		return client;
	}

	@Test
	void javaWhenItUsesOkHttpAndGsonThenThePermissionIsUsed() throws Exception {
		var agent = okHttp(AGENT_KEY);
		var user = okHttp(USER_KEY);
		assertThat(new io.agentotp.generators.okhttp.api.ServiceApi(agent).getHealth().getData().getStatus())
			.isEqualTo("healthy");
		var permissions = new io.agentotp.generators.okhttp.api.PermissionsApi(agent);
		var asked = permissions
			.requestPermission(new io.agentotp.generators.okhttp.model.RequestPermission().action("mail.send")
				.scope(Map.of("max_emails", 2)), null)
			.getData();
		assertThat(asked.getStatus()).isEqualTo("pending");
		var deciding = new io.agentotp.generators.okhttp.api.DecidingApi(user);
		assertThat(deciding
			.decidePermission(asked.getId(), new io.agentotp.generators.okhttp.model.Decision().approved(true))
			.getData()
			.getAgentId()).isEqualTo("mailer");
		String token = permissions.getPermission(asked.getId(), null).getData().getToken();
		assertThat(permissions.verifyToken(asked.getId(), new io.agentotp.generators.okhttp.model.Token().token(token))
			.getData()
			.getValid()).isTrue();
		var use = new io.agentotp.generators.okhttp.model.Use().token(token).actionDetails(Map.of("sent", 1));
		assertThat(permissions.useToken(asked.getId(), use, null).getData().getSuccess()).isTrue();
		assertThat(permissions.useToken(asked.getId(), use, null).getData().getCode()).isEqualTo("TOKEN_USED");
		assertThatExceptionOfType(io.agentotp.generators.okhttp.ApiException.class)
			.isThrownBy(() -> permissions
				.requestPermission(new io.agentotp.generators.okhttp.model.RequestPermission().action(" "), null))
			.satisfies((ex) -> assertThat(ex.getCode()).isEqualTo(400));
	}

	private io.agentotp.generators.okhttp.ApiClient okHttp(String key) {
		var client = new io.agentotp.generators.okhttp.ApiClient();
		client.setBasePath(baseUrl());
		client.addDefaultHeader("Authorization", "Bearer " + key);
		return client;
	}

	@Test
	void pythonWhenDrivenThenThePermissionIsUsed() throws Exception {
		assumeTrue(isThere("python3"), "SKIPPED: there is no python3, so the generated Python client is not driven");
		Path packages = CLIENTS.resolve("python-packages").toAbsolutePath();
		Result installed = run(SOURCES, Map.of(), "python3", "-m", "pip", "install", "-q", "--target",
				packages.toString(), "-r", "requirements.txt");
		assumeTrue(installed.code() == 0,
				() -> "SKIPPED: pip cannot install what the generated Python client needs: " + installed.output());
		assertDriven(run(SOURCES, Map.of("PYTHONPATH", CLIENTS.resolve("python").toAbsolutePath() + ":" + packages),
				"python3", "drive.py"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "fetch", "axios" })
	void typescriptWhenDrivenThenThePermissionIsUsed(String library) throws Exception {
		node();
		assertThat(run(CLIENTS, Map.of(), "node_modules/.bin/tsc", "-p", ".").output()).isEmpty();
		assertDriven(run(CLIENTS, Map.of(), "node", "out/" + library + ".js"));
	}

	@Test
	void descriptionWhenLintedThenNothingIsFound() throws Exception {
		node();
		Path description = Path.of("../agent-otp-server/src/main/resources/io/agentotp/server/api/openapi.yaml");
		Result linted = run(CLIENTS, Map.of("REDOCLY_TELEMETRY", "off"), "node_modules/.bin/redocly", "lint",
				"--max-problems=100", description.toAbsolutePath().normalize().toString());
		assertThat(linted.output()).contains("Your API description is valid").doesNotContain("[1]");
		assertThat(linted.code()).isZero();
	}

	/** Installs what TypeScript needs, once. */
	private void node() throws IOException, InterruptedException {
		assumeTrue(isThere("node") && isThere("npm"),
				"SKIPPED: there is no Node.js with npm, so the generated TypeScript clients are not driven");
		try (Stream<Path> files = Files.list(SOURCES)) {
			for (Path file : files.toList()) {
				Files.write(CLIENTS.resolve(file.getFileName()), Files.readAllBytes(file));
			}
		}
		if (!Files.exists(CLIENTS.resolve("node_modules/.bin/redocly"))) {
			Result installed = run(CLIENTS, Map.of(), "npm", "install", "--no-audit", "--no-fund");
			assumeTrue(installed.code() == 0,
					() -> "SKIPPED: npm cannot install what the generated TypeScript clients need: "
							+ installed.output());
		}
	}

	private static void assertDriven(Result driven) {
		assertThat(driven.output()).contains("all done");
		assertThat(driven.code()).isZero();
	}

	private static boolean isThere(String program) throws InterruptedException {
		try {
			return new ProcessBuilder(program, "--version").redirectErrorStream(true).start().waitFor() == 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

	private Result run(Path folder, Map<String, String> environment, String... command)
			throws IOException, InterruptedException {
		ProcessBuilder builder = new ProcessBuilder(List.of(command)).directory(folder.toFile())
			.redirectErrorStream(true);
		builder.environment().putAll(Map.of("BASE_URL", baseUrl(), "AGENT_KEY", AGENT_KEY, "USER_KEY", USER_KEY));
		builder.environment().putAll(environment);
		Process process = builder.start();
		process.getOutputStream().close();
		String output = new String(process.getInputStream().readAllBytes()).strip();
		assertThat(process.waitFor(3, TimeUnit.MINUTES)).as(String.join(" ", command) + " has ended").isTrue();
		return new Result(process.exitValue(), output);
	}

	private String baseUrl() {
		return "http://localhost:" + this.port + "/agent-otp/api/v1";
	}

	@SpringBootApplication
	static class Application {

	}

	private record Result(int code, String output) {
	}

}
