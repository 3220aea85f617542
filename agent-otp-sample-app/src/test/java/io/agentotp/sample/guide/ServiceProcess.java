package io.agentotp.sample.guide;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.agentotp.sample.FreePort;
import org.awaitility.Awaitility;

/**
 * The service on its own, as a process with a working directory and an environment.
 */
final class ServiceProcess implements AutoCloseable {

	// What the program does not have.
	private static final Pattern FOREIGN = Pattern
		.compile("agent-otp-(sample|spring|core)|spring-ai|mail|spring-boot-(jdbc|sql|thymeleaf|restclient|test)");

	private final Process process;

	private final Path log;

	private final int port;

	private final int managementPort;

	private ServiceProcess(Process process, Path log, int port, int managementPort) {
		this.process = process;
		this.log = log;
		this.port = port;
		this.managementPort = managementPort;
	}

	static ServiceProcess start(Path directory, Map<String, String> environment) throws IOException {
		int port = FreePort.next();
		int managementPort = FreePort.next();
		Path log = directory.resolve("log-" + port + ".txt");
		ProcessBuilder builder = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(),
				"-XX:TieredStopAtLevel=1", "-cp", classPath(), "io.agentotp.server.AgentOtpServerApplication",
				"--server.port=" + port)
			.directory(directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(log.toFile());
		builder.environment().putAll(environment);
		if (environment.containsKey("MANAGEMENT_SERVER_PORT")) {
			builder.environment().put("MANAGEMENT_SERVER_PORT", "" + managementPort);
		}
		return new ServiceProcess(builder.start(), log, port, managementPort);
	}

	private static String classPath() {
		String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
		return Arrays.stream(all.split(System.getProperty("path.separator")))
			.filter((
					entry) -> !FOREIGN.matcher(entry.contains("/target/") ? entry : entry.replaceAll(".*/", "")).find())
			.collect(Collectors.joining(System.getProperty("path.separator")));
	}

	ServiceProcess awaitReady() {
		await(URI.create(url() + "/api/v1/health"));
		return this;
	}

	ServiceProcess awaitProbe(String path) {
		await(URI.create("http://127.0.0.1:" + this.managementPort + path));
		return this;
	}

	private void await(URI uri) {
		HttpClient http = HttpClient.newHttpClient();
		Awaitility.await(uri.toString()).atMost(Duration.ofMinutes(2)).until(() -> {
			if (!this.process.isAlive()) {
				throw new IllegalStateException("The service has ended:\n" + log());
			}
			try {
				return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding()).statusCode() == 200;
			}
			catch (IOException ex) {
				return false;
			}
		});
	}

	int awaitEnd() throws InterruptedException {
		if (!this.process.waitFor(2, TimeUnit.MINUTES)) {
			throw new IllegalStateException("The service has not ended");
		}
		return this.process.exitValue();
	}

	String log() throws IOException {
		return Files.readString(this.log);
	}

	int port() {
		return this.port;
	}

	String url() {
		return "http://localhost:" + this.port;
	}

	@Override
	public void close() throws InterruptedException {
		this.process.destroy();
		if (!this.process.waitFor(1, TimeUnit.MINUTES)) {
			this.process.destroyForcibly();
		}
	}

}
