package io.agentotp.server;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Programs in {@code src/test/interop} on Node.js with packages of npm, which are
 * installed once. Without npm the test is skipped.
 */
public final class NodePrograms {

	private static final Path SOURCES = Path.of("src/test/interop");

	private static final Path FOLDER = Path.of("target/interop");

	private NodePrograms() {
	}

	/**
	 * Starts a program.
	 * @param name its name, without the ending
	 * @param arguments its arguments
	 * @return the program
	 */
	public static synchronized NodeProgram start(String name, String... arguments) {
		try {
			install();
			List<String> command = new ArrayList<>(List.of("node", name + ".js"));
			command.addAll(List.of(arguments));
			return new NodeProgram(new ProcessBuilder(command).directory(FOLDER.toFile())
				.redirectError(ProcessBuilder.Redirect.INHERIT)
				.start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	private static void install() throws IOException, InterruptedException {
		assumeTrue(isThere("node") && isThere("npm"), "SKIPPED: there is no Node.js with npm");
		Files.createDirectories(FOLDER);
		Path installed = FOLDER.resolve("package.json");
		boolean same = Files.exists(FOLDER.resolve("node_modules")) && Files.exists(installed)
				&& Files.mismatch(installed, SOURCES.resolve("package.json")) == -1;
		try (Stream<Path> files = Files.list(SOURCES)) {
			for (Path file : files.toList()) {
				Files.write(FOLDER.resolve(file.getFileName()), Files.readAllBytes(file));
			}
		}
		if (!same) {
			File log = FOLDER.resolve("npm.log").toFile();
			int code = new ProcessBuilder("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
				.directory(FOLDER.toFile())
				.redirectErrorStream(true)
				.redirectOutput(log)
				.start()
				.waitFor();
			if (code != 0) {
				Files.delete(installed);
			}
			assertThat(code).as("npm install: " + Files.readString(log.toPath())).isZero();
		}
	}

	private static boolean isThere(String program) throws InterruptedException {
		try {
			return new ProcessBuilder(program, "--version").redirectErrorStream(true).start().waitFor() == 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * A program that runs. It ends with its input.
	 */
	public static final class NodeProgram implements AutoCloseable {

		private final Process process;

		private final BufferedReader output;

		private NodeProgram(Process process) {
			this.process = process;
			this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
		}

		/**
		 * Waits for the next line that the program writes.
		 * @return the line
		 */
		public String read() throws IOException {
			String line = this.output.readLine();
			assertThat(line).as("the program still runs").isNotNull();
			return line;
		}

		/**
		 * Writes a line to the program.
		 * @param line the line
		 */
		public void write(String line) throws IOException {
			this.process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
			this.process.getOutputStream().flush();
		}

		@Override
		public void close() {
			this.process.destroy();
		}

	}

}
