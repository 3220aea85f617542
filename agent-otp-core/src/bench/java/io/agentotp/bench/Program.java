package io.agentotp.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Another JVM on this machine, ended with its owner.
 */
final class Program implements AutoCloseable {

	private final Process process;

	private Program(Process process) {
		this.process = process;
		Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
	}

	/**
	 * Starts a program and leaves its output to itself.
	 */
	static Program start(Path directory, List<String> command) throws IOException {
		ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(directory.resolve("output.txt").toFile());
		return new Program(builder.directory(directory.toFile()).start());
	}

	/**
	 * Starts the server of the comparison.
	 * @return its port
	 */
	static int startBenchServer() throws IOException {
		List<String> command = java("-Xmx256m");
		command.add(BenchServer.class.getName());
		Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
		new Program(process);
		BufferedReader output = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
		return Integer.parseInt(output.readLine().substring("port ".length()));
	}

	/**
	 * The start of a command that runs a class of this program.
	 */
	static List<String> java(String... options) {
		List<String> command = new ArrayList<>(List.of(javaExecutable()));
		command.addAll(List.of(options));
		command.addAll(List.of("-cp", System.getProperty("java.class.path")));
		return command;
	}

	static String javaExecutable() {
		return Path.of(System.getProperty("java.home"), "bin", "java").toString();
	}

	boolean isAlive() {
		return this.process.isAlive();
	}

	@Override
	public void close() {
		this.process.destroy();
		try {
			if (!this.process.waitFor(10, TimeUnit.SECONDS)) {
				this.process.destroyForcibly().waitFor();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
