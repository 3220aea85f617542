package io.agentotp.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import tools.jackson.databind.json.JsonMapper;

/**
 * Runs the real service, asks it for many permissions that a human has to decide, and
 * then starts {@link WaitersClient} with few file descriptors to wait for them.
 */
public final class WaitersProgram {

	static final String APPROVER_KEY = "uk_test_0123456789abcdefghijklmnop";

	private static final int REQUESTERS = 4;

	private static final JsonMapper JSON = new JsonMapper();

	private WaitersProgram() {
	}

	/**
	 * Measures.
	 * @param args directory of the service's executable jar, number of waiters, of timed
	 * decisions, of polled decisions, of file descriptors, of seconds to leave the client
	 * alone
	 * @throws Exception if the service does not run
	 */
	public static void main(String[] args) throws Exception {
		int count = Integer.parseInt(args[1]);
		Path directory = Files.createTempDirectory("agent-otp-bench");
		int port = freePort();
		try (Program service = Program.start(directory, serviceCommand(Path.of(args[0]), port))) {
			awaitHealth(service, port, directory);
			Path ids = directory.resolve("ids.txt");
			Files.write(ids, request(count, port));
			System.out.printf("service runs, %,d permissions wait for a human%n", count);
			List<String> command = Program.java("-Xmx512m");
			command.addAll(List.of(WaitersClient.class.getName(), Integer.toString(port), ids.toString(), args[2],
					args[3], args[5]));
			int exit = new ProcessBuilder(limited(args[4], command)).inheritIO().start().waitFor();
			if (exit != 0) {
				throw new IllegalStateException("The client ended with " + exit);
			}
		}
		finally {
			deleteAll(directory);
		}
	}

	private static List<String> limited(String files, List<String> command) {
		List<String> limited = new ArrayList<>(
				List.of("bash", "-c", "ulimit -n " + Integer.parseInt(files) + "; exec \"$@\"", "bash"));
		limited.addAll(command);
		return limited;
	}

	private static List<String> serviceCommand(Path target, int port) throws IOException {
		try (DirectoryStream<Path> jars = Files.newDirectoryStream(target, "*-exec.jar")) {
			return List.of(Program.javaExecutable(), "-Xmx1g", "-jar",
					jars.iterator().next().toAbsolutePath().normalize().toString(), "--server.address=127.0.0.1",
					"--server.port=" + port, "--agentotp.server.datasource.url=jdbc:h2:mem:bench",
					"--agentotp.server.secret=0123456789abcdef0123456789abcdef",
					"--agentotp.server.approval-window=1h",
					"--agentotp.server.agents.bench.api-key=" + Exchange.API_KEY,
					"--agentotp.server.agents.bench.requests-per-minute=1000000",
					"--agentotp.server.agents.bench.max-pending=1000000",
					"--agentotp.server.users.bench-approver.api-key=" + APPROVER_KEY);
		}
	}

	private static void awaitHealth(Program service, int port, Path directory) throws Exception {
		IOException last = null;
		for (int i = 0; i < 1800 && service.isAlive(); i++) {
			try (RawHttp http = new RawHttp(port, Exchange.API_KEY)) {
				http.get("/api/v1/health");
				return;
			}
			catch (IOException ex) {
				last = ex;
				Thread.sleep(100);
			}
		}
		throw new IllegalStateException(
				"The service does not answer. It said: " + Files.readString(directory.resolve("output.txt")), last);
	}

	private static List<String> request(int count, int port) throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(REQUESTERS);
		try {
			List<Future<List<String>>> parts = new ArrayList<>();
			for (int i = 0; i < REQUESTERS; i++) {
				int part = count / REQUESTERS + ((i < count % REQUESTERS) ? 1 : 0);
				parts.add(executor.submit(() -> requestPart(part, port)));
			}
			List<String> ids = new ArrayList<>();
			for (Future<List<String>> part : parts) {
				ids.addAll(part.get());
			}
			return ids;
		}
		finally {
			executor.shutdownNow();
		}
	}

	private static List<String> requestPart(int count, int port) throws IOException {
		List<String> ids = new ArrayList<>();
		byte[] body = JSON.writeValueAsBytes(Exchange.QUESTION);
		try (RawHttp http = new RawHttp(port, Exchange.API_KEY)) {
			for (int i = 0; i < count; i++) {
				ids.add(JSON.readTree(http.post(Exchange.PATH, body)).at("/data/id").stringValue());
			}
		}
		return ids;
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	// The service lays out directories of its own.
	private static void deleteAll(Path directory) throws IOException {
		List<Path> all;
		try (Stream<Path> paths = Files.walk(directory)) {
			all = paths.sorted(Comparator.reverseOrder()).toList();
		}
		for (Path path : all) {
			Files.deleteIfExists(path);
		}
	}

}
