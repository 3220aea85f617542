package io.agentotp.server.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains a file of settings that is no YAML. Boot names neither the file nor a remedy,
 * and repeats the line, which may hold a key.
 */
final class UnreadableYamlFailureAnalyzer extends AbstractFailureAnalyzer<MarkedYAMLException> {

	private static final List<String> DIRECTORIES = List.of("config", "");

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, MarkedYAMLException cause) {
		Mark mark = cause.getProblemMark();
		return new FailureAnalysis(
				find().map((file) -> "The file of settings " + file)
					.orElse("A file of settings, such as application.yml,") + " cannot be read as YAML: line "
						+ (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1) + ": " + cause.getProblem(),
				"Indent with spaces, write a space behind each colon that follows a name, give each name once, and put "
						+ "values that have ': ', '#', '{', '[' or a quote into single quotes.",
				// The cause itself would print the line.
				new YAMLException(cause.getProblem()));
	}

	// The first of those that Boot reads from the working directory.
	private static Optional<Path> find() {
		for (String directory : DIRECTORIES) {
			Path path = Path.of(directory).toAbsolutePath();
			if (Files.isDirectory(path)) {
				try (DirectoryStream<Path> files = Files.newDirectoryStream(path, "application*.{yml,yaml}")) {
					for (Path file : files) {
						if (!isReadable(file)) {
							return Optional.of(file);
						}
					}
				}
				catch (IOException ex) {
					return Optional.empty();
				}
			}
		}
		return Optional.empty();
	}

	private static boolean isReadable(Path file) throws IOException {
		LoaderOptions options = new LoaderOptions();
		options.setAllowDuplicateKeys(false);
		try (Reader reader = Files.newBufferedReader(file)) {
			new Yaml(new SafeConstructor(options)).loadAll(reader).forEach((document) -> {
			});
			return true;
		}
		catch (YAMLException ex) {
			return false;
		}
	}

}
