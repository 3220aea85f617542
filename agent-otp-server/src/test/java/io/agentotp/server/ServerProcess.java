package io.agentotp.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The service as a process of its own, which can be killed.
 */
final class ServerProcess implements AutoCloseable {

	/**
	 * Leaves out what is on the class path of the tests, but not of the program.
	 */
	static final String WITHOUT_SECURITY_OF_A_HOST = "--spring.autoconfigure.exclude="
			+ "org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration,"
			+ "org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration";

	private static final Pattern STARTED = Pattern.compile("Tomcat started on port (\\d+)");

	private final Process process;

	private final CompletableFuture<Integer> port = new CompletableFuture<>();

	private final Queue<String> log = new ConcurrentLinkedQueue<>();

	private ServerProcess(Process process) {
		this.process = process;
		// Not to outlive tests that are broken off.
		Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
		Thread reader = new Thread(this::read, "log-of-server-process");
		reader.setDaemon(true);
		reader.start();
	}

	/**
	 * Starts the service with an agent, an approver and an administrator.
	 * @param directory where its files are kept
	 * @param jvm options of its virtual machine
	 * @param settings its settings
	 * @return the process, once it answers
	 */
	static ServerProcess start(Path directory, List<String> jvm, List<String> settings) {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
		command.addAll(List.of("-cp", System.getProperty("java.class.path")));
		command.addAll(jvm);
		command.addAll(List.of(AgentOtpServerApplication.class.getName(), "--server.port=0", WITHOUT_SECURITY_OF_A_HOST,
				"--agentotp.server.secret-file=" + directory.resolve("secret"),
				"--agentotp.server.audit.key-file=" + directory.resolve("audit.key"),
				"--agentotp.server.audit.checkpoint-file=" + directory.resolve("checkpoints.jsonl"),
				"--agentotp.server.agents.mailer.api-key=" + TestServer.MAILER_KEY,
				"--agentotp.server.users.alice.api-key=" + TestServer.ALICE_KEY,
				"--agentotp.server.users.admin.api-key=" + TestServer.ADMIN_KEY,
				"--agentotp.server.users.admin.roles=administrator",
				"--agentotp.server.limits.requests-per-minute=1000000", "--agentotp.server.limits.max-pending=100000"));
		settings.forEach((setting) -> command.add("--" + setting));
		try {
			ServerProcess server = new ServerProcess(
					new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start());
			server.port.orTimeout(120, TimeUnit.SECONDS).join();
			return server;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void read() {
		try (BufferedReader reader = this.process.inputReader(StandardCharsets.UTF_8)) {
			for (String line = reader.readLine(); line != null; line = reader.readLine()) {
				this.log.add(line);
				Matcher matcher = STARTED.matcher(line);
				if (matcher.find()) {
					this.port.complete(Integer.valueOf(matcher.group(1)));
				}
			}
		}
		catch (IOException ex) {
			this.log.add(ex.toString());
		}
		this.port.completeExceptionally(new IllegalStateException("The service did not start: " + this.log));
	}

	String url() {
		return "http://localhost:" + this.port.join();
	}

	int port() {
		return this.port.join();
	}

	long pid() {
		return this.process.pid();
	}

	List<String> log() {
		return List.copyOf(this.log);
	}

	Api api(String key) {
		return new Api(url(), key);
	}

	/**
	 * Ends the process as {@code kill -9} does.
	 */
	void kill() {
		this.process.destroyForcibly().onExit().join();
	}

	/**
	 * Ends the process as an operator does.
	 */
	void stop() {
		this.process.destroy();
		this.process.onExit().join();
	}

	@Override
	public void close() {
		kill();
	}

}
