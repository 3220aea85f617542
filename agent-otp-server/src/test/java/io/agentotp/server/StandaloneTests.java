package io.agentotp.server;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import io.agentotp.server.web.LongPollCapacity;
import io.agentotp.server.web.LongPolling;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The service on its own: at the root, with files that outlive it.
 */
class StandaloneTests {

	@TempDir
	Path directory;

	@Test
	void runWhenRestartedThenKeepsPermissionsAndTokensForTheOwnerOnly() throws IOException {
		String id;
		String token;
		JsonNode keys;
		try (ServletWebServerApplicationContext context = run()) {
			Api mailer = new Api(url(context), TestServer.MAILER_KEY);
			id = mailer.pending("mail.send");
			assertThat(mailer.get("/permissions/" + id).data().path("approvalUrl").stringValue())
				.isEqualTo(url(context) + "/approvals/" + id);
			new Api(url(context), TestServer.ALICE_KEY).decide(id, true).expect(200);
			token = mailer.token(id);
			keys = new Api(url(context), TestServer.ALICE_KEY).get("/audit/keys").data();
			assertThat(new Browser(url(context)).get("/").path()).isEqualTo("/sign-in");
			assertThat(new Browser(url(context)).signedIn("alice").get("/").text()).contains("id=\"inbox\"");
		}
		assertThat(mode("data")).isEqualTo("rwx------");
		assertThat(mode("data/agent-otp.mv.db")).isEqualTo("rw-------");
		assertThat(mode("data/secret")).isEqualTo("rw-------");
		try (ServletWebServerApplicationContext context = run()) {
			Api mailer = new Api(url(context), TestServer.MAILER_KEY);
			assertThat(mailer.token(id)).isEqualTo(token);
			assertThat(mailer.use(id, token).data().path("success").booleanValue()).isTrue();
			assertThat(new Api(url(context), TestServer.ALICE_KEY).get("/audit/keys").data()).isEqualTo(keys);
		}
	}

	private String mode(String file) throws IOException {
		return PosixFilePermissions.toString(Files.getPosixFilePermissions(this.directory.resolve(file)));
	}

	@Test
	void requestsWhenTheyWaitThenEachNeedsLittleRoom() {
		try (ServletWebServerApplicationContext context = run()) {
			LongPollCapacity space = context.getBean(AgentOtpServer.class).context().getBean(LongPollCapacity.class);
			assertThat(space.each()).isEqualTo(56 * 1024).isLessThan(LongPollCapacity.ofApplication(0).each());
			Tomcat tomcat = ((TomcatWebServer) context.getWebServer()).getTomcat();
			assertThat(tomcat.getConnector().getProtocolHandlerClassName())
				.isEqualTo(SmallBuffers.Protocol.class.getName());
		}
	}

	@Test
	void waitsWhenTheirCallersAreGoneThenTheirPlacesAreFree() throws IOException {
		try (ServletWebServerApplicationContext context = run("--agentotp.server.limits.max-waiting-requests=3")) {
			LongPolling longPolling = context.getBean(AgentOtpServer.class).context().getBean(LongPolling.class);
			Api mailer = new Api(url(context), TestServer.MAILER_KEY);
			String id = mailer.pending("mail.send");
			List<Socket> gone = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				gone.add(send(context, wait(id)));
			}
			Await.until("they wait", () -> longPolling.size() == 3);
			mailer.with("Prefer", "wait=30").get("/permissions/" + id).expect(503);
			for (Socket socket : gone) {
				socket.close();
			}
			Await.until("their places are free", () -> longPolling.size() == 0);
			CompletableFuture<Api.Answer> next = mailer.with("Prefer", "wait=30").getLater("/permissions/" + id);
			Await.until("it waits", () -> longPolling.size() == 1);
			new Api(url(context), TestServer.ALICE_KEY).decide(id, true).expect(200);
			assertThat(next.join().expect(200).data().path("status").stringValue()).isEqualTo("approved");
		}
	}

	@Test
	void waitWhenItsCallerSendsTheNextRequestThenBothAreAnswered() throws IOException {
		try (ServletWebServerApplicationContext context = run()) {
			LongPolling longPolling = context.getBean(AgentOtpServer.class).context().getBean(LongPolling.class);
			String id = new Api(url(context), TestServer.MAILER_KEY).pending("mail.send");
			try (Socket here = send(context,
					wait(id) + "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n" + "Connection: close\r\n\r\n");
					Socket gone = send(context, wait(id))) {
				Await.until("they wait", () -> longPolling.size() == 2);
				gone.close();
				// Then the other was looked at, too, or will be while it has the answer.
				Await.until("one is gone", () -> longPolling.size() == 1);
				new Api(url(context), TestServer.ALICE_KEY).decide(id, true).expect(200);
				String answers = new String(here.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
				assertThat(answers).containsSubsequence("HTTP/1.1 200", "\"status\":\"approved\"", "HTTP/1.1 200",
						"\"status\":\"healthy\"");
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "GET /api/v1/hea", "GET /api/v1/health HTTP/1.1\r\nHost: local",
			"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nX-Fill: 2000" })
	void waitWhenItsCallerSendsMoreAheadThenAnsweredAtOnceAndTheNextRequestIsWhole(String more) throws IOException {
		try (ServletWebServerApplicationContext context = run()) {
			LongPolling longPolling = context.getBean(AgentOtpServer.class).context().getBean(LongPolling.class);
			String id = new Api(url(context), TestServer.MAILER_KEY).pending("mail.send");
			String next = "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nX-Fill: " + "2000".repeat(500)
					+ "\r\nConnection: close\r\n\r\n";
			String ahead = more.endsWith("2000") ? next.substring(0, 2000) : more.isEmpty() ? "G" : more;
			try (Socket here = send(context, wait(id)); Socket dropped = send(context, wait(id))) {
				Await.until("they wait", () -> longPolling.size() == 2);
				here.getOutputStream().write(ahead.getBytes(StandardCharsets.US_ASCII));
				dropped.getOutputStream().write(ahead.getBytes(StandardCharsets.US_ASCII));
				dropped.close();
				Await.until("nobody waits", () -> longPolling.size() == 0);
				here.getOutputStream().write(next.substring(ahead.length()).getBytes(StandardCharsets.US_ASCII));
				String answers = new String(here.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
				assertThat(answers).containsSubsequence("HTTP/1.1 200", "\"status\":\"pending\"", "HTTP/1.1 200",
						"\"status\":\"healthy\"");
			}
		}
	}

	@Test
	void bodiesWhenTooManyAreSlowThenOneThatComesIsReadAndOldOnesOfTheSameAddressGiveWay() throws IOException {
		try (ServletWebServerApplicationContext context = run()) {
			String body = "{\"action\":\"mail.send\"}";
			String request = "POST /api/v1/permissions/request HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
					+ "Authorization: Bearer " + TestServer.MAILER_KEY
					+ "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n{";
			List<Socket> slow = new ArrayList<>();
			// 16 have a thread, 1,000 have none, and more than 20 have to go.
			addSlow(context, 20, slow);
			try (Socket early = send(context, request)) {
				addSlow(context, 1020, slow);
				Await.until("some have to go", () -> slow.stream().anyMatch(StandaloneTests::isAnswered));
				try (Socket late = send(context, request)) {
					assertAccepted(late, body.substring(1));
				}
				assertAccepted(early, body.substring(1));
			}
			Socket first = slow.stream().filter(StandaloneTests::isAnswered).findFirst().orElseThrow();
			assertThat(new String(first.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
				.startsWith("HTTP/1.1 503");
			for (Socket socket : slow) {
				socket.close();
			}
		}
	}

	// Of a stranger at another address than the agent.
	private static void addSlow(ServletWebServerApplicationContext context, int count, List<Socket> slow)
			throws IOException {
		for (int i = 0; i < count; i++) {
			Socket socket = new Socket(InetAddress.getLoopbackAddress(), context.getWebServer().getPort(),
					InetAddress.getByName("127.0.0.2"), 0);
			slow.add(socket);
			socket.getOutputStream()
				.write(("POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
						+ "Content-Type: application/x-www-form-urlencoded\r\n\r\nusername=")
					.getBytes(StandardCharsets.US_ASCII));
		}
	}

	private static void assertAccepted(Socket socket, String rest) throws IOException {
		socket.getOutputStream().write(rest.getBytes(StandardCharsets.US_ASCII));
		assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
			.startsWith("HTTP/1.1 202");
	}

	private static boolean isAnswered(Socket socket) {
		try {
			return socket.getInputStream().available() > 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

	private static String wait(String id) {
		return "GET /api/v1/permissions/" + id
				+ " HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=60\r\nAuthorization: Bearer " + TestServer.MAILER_KEY
				+ "\r\n\r\n";
	}

	private static Socket send(ServletWebServerApplicationContext context, String request) throws IOException {
		Socket socket = new Socket(InetAddress.getLoopbackAddress(), context.getWebServer().getPort());
		socket.setSoTimeout(30_000);
		socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
		socket.getOutputStream().flush();
		return socket;
	}

	@Test
	void policiesWhenNotConfiguredThenThoseInTheWorkingDirectory() {
		assertThat(AgentOtpServerApplication.DEFAULTS).containsEntry("agentotp.server.policies.files",
				"optional:./policies.yml");
		assertThat(Files.exists(Path.of("policies.yml"))).isFalse();
		try (ServletWebServerApplicationContext context = run()) {
			assertThat(new Api(url(context), TestServer.ALICE_KEY).get("/policies").data()).isEmpty();
		}
	}

	@Test
	void actuatorWhenNotAskedForThenNowhere() {
		try (ServletWebServerApplicationContext context = run()) {
			assertThat(context.getEnvironment().getProperty("local.management.port")).isNull();
			assertThat(asAgent(url(context), "/actuator/prometheus")).isEqualTo(404);
		}
	}

	@Test
	void actuatorWhenGivenAPortThenThereOnlyAndOnlyForThisMachine() throws IOException {
		try (ServletWebServerApplicationContext context = run("--management.server.port=0")) {
			String management = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.management.port");
			new Api(url(context), TestServer.MAILER_KEY).pending("mail.send");
			String metrics = new Browser(management).get("/actuator/prometheus").text();
			assertThat(metrics).contains("agentotp_server_requests_total{agent=\"mailer\",outcome=\"pending\"} 1.0")
				.contains("agentotp_server_pending 1.0")
				.contains("uri=\"/api/v1/permissions/request\"")
				.doesNotContain("mail.send");
			assertThat(new Browser(management).get("/actuator/health").text()).contains("\"agentotp-server\"");
			for (String closed : List.of("/actuator/env", "/actuator/heapdump", "/actuator/beans", "/api/v1/health")) {
				assertThat(new Browser(management).get(closed).status()).as(closed).isEqualTo(404);
			}
			for (String path : List.of("/actuator", "/actuator/health", "/actuator/prometheus")) {
				assertThat(asAgent(url(context), path)).as(path).isEqualTo(404);
			}
			int port = context.getEnvironment().getRequiredProperty("local.management.port", Integer.class);
			assertThat(NetworkInterface.networkInterfaces()
				.flatMap(NetworkInterface::inetAddresses)
				.filter((address) -> !address.isLoopbackAddress()))
				.allSatisfy((address) -> assertThatExceptionOfType(ConnectException.class)
					.isThrownBy(() -> new Socket(address, port).close()));
		}
	}

	// What the key of an agent gets.
	private static int asAgent(String url, String path) {
		return new Browser(url).send("GET", path, null, Map.of("Authorization", "Bearer " + TestServer.MAILER_KEY))
			.status();
	}

	@Test
	void defaultsWhenReadThenNoFileOfOursIsPickedUpByAHost() {
		assertThat(getClass().getResource("/application.yml")).isNull();
		assertThat(getClass().getResource("/application.properties")).isNull();
		assertThat(Files.exists(Path.of("data"))).isFalse();
	}

	private ServletWebServerApplicationContext run(String... more) {
		List<String> args = new ArrayList<>(List.of("--server.port=0",
				"--spring.datasource.url=jdbc:h2:file:" + this.directory.resolve("data/agent-otp"),
				"--agentotp.server.secret-file=" + this.directory.resolve("data/secret"),
				"--agentotp.server.audit.key-file=" + this.directory.resolve("audit.key"),
				"--agentotp.server.audit.checkpoint-file=" + this.directory.resolve("checkpoints.jsonl"),
				"--agentotp.server.agents.mailer.api-key=" + TestServer.MAILER_KEY,
				"--agentotp.server.users.alice.password=" + TestServer.PASSWORD_HASH,
				"--agentotp.server.users.alice.api-key=" + TestServer.ALICE_KEY,
				ServerProcess.WITHOUT_SECURITY_OF_A_HOST));
		args.addAll(List.of(more));
		return (ServletWebServerApplicationContext) AgentOtpServerApplication.application()
			.run(args.toArray(String[]::new));
	}

	private static String url(ServletWebServerApplicationContext context) {
		return "http://localhost:" + context.getWebServer().getPort();
	}

}
