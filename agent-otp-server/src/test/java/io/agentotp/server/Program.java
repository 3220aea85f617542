package io.agentotp.server;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The program in a virtual machine of its own, for a run that ends.
 *
 * @param code the exit code
 * @param output what it printed
 */
record Program(int code, String output) {

	static Program run(Path directory, String... args) {
		return run(directory, Map.of(), args);
	}

	static Program run(Path directory, Map<String, String> environment, String... args) {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
						"-cp", System.getProperty("java.class.path"), AgentOtpServerApplication.class.getName()));
		command.addAll(List.of(args));
		try {
			File output = File.createTempFile("agent-otp-program", ".log");
			output.deleteOnExit();
			ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile())
				.redirectErrorStream(true)
				.redirectOutput(output);
			builder.environment().putAll(environment);
			Process process = builder.start();
			if (!process.waitFor(120, TimeUnit.SECONDS)) {
				process.destroyForcibly().waitFor();
				throw new IllegalStateException("It did not end: " + Files.readString(output.toPath()));
			}
			return new Program(process.exitValue(), Files.readString(output.toPath(), StandardCharsets.UTF_8));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

}
