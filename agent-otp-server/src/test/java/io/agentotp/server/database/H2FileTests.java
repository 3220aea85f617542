package io.agentotp.server.database;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.stream.Stream;

import io.agentotp.server.config.InvalidSettingException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@ExtendWith(OutputCaptureExtension.class)
class H2FileTests {

	@TempDir
	Path directory;

	@ParameterizedTest
	@CsvSource({ "jdbc:h2:file:/var/lib/x;LOCK_TIMEOUT=1, /var/lib/x.mv.db", "jdbc:h2:/var/lib/x, /var/lib/x.mv.db",
			"jdbc:h2:file:/var/./lib/x, /var/lib/x.mv.db", "jdbc:h2:nio:/var/lib/x, /var/lib/x.mv.db",
			"jdbc:h2:async:/var/lib/x;A=B, /var/lib/x.mv.db", "jdbc:h2:retry:async:/var/lib/x, /var/lib/x.mv.db" })
	void ofWhenAFileThenItsPath(String url, String path) {
		assertThat(H2File.of(url)).contains(Path.of(path));
	}

	@Test
	void ofWhenRelativeThenBelowTheWorkingOrHomeDirectory() {
		assertThat(H2File.of("jdbc:h2:./data/x")).contains(Path.of("data/x.mv.db").toAbsolutePath());
		assertThat(H2File.of("jdbc:h2:~/x;A=B")).contains(Path.of(System.getProperty("user.home"), "x.mv.db"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "jdbc:h2:mem:x", "jdbc:h2:tcp://localhost/x", "jdbc:h2:ssl://localhost:8085/x",
			"jdbc:h2:zip:x.zip!/x", "jdbc:postgresql://localhost/x" })
	void ofWhenAnotherKindOfDatabaseThenNone(String url) {
		assertThat(H2File.of(url)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "file:", "nio:", "nioMapped:", "async:", "retry:", "retry:async:", "file:nio:" })
	void protectWhenH2OpensTheFileThenItIsTheOnlyOneAndOnlyItsOwnerCanReadIt(String how) throws Exception {
		Path file = this.directory.resolve("data/x.mv.db");
		String url = "jdbc:h2:" + how + this.directory.resolve("data/x");
		H2File.of(url).ifPresent(H2File::protect);
		try (Connection connection = DriverManager.getConnection(url, "sa", "");
				Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE secret (id INTEGER)");
		}
		try (Stream<Path> files = Files.list(file.getParent())) {
			assertThat(files).containsExactly(file);
		}
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
	}

	@ParameterizedTest
	@ValueSource(strings = { "jdbc:h2:split:/var/lib/x", "jdbc:h2:split:20:nio:/var/lib/x", "jdbc:h2:nio:split:/x" })
	void ofWhenSplitThenRefused(String url) {
		assertThatExceptionOfType(InvalidSettingException.class).isThrownBy(() -> H2File.of(url))
			.withMessageContaining("without split:");
	}

	@Test
	void protectWhenThereIsAFileThenLeftAsItIsWithAWarning(CapturedOutput output) throws Exception {
		Path file = this.directory.resolve("x.mv.db");
		Files.writeString(file, "content");
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
		H2File.protect(file);
		assertThat(file).hasContent("content");
		assertThat(output).contains(file + " can be read by others. Give it mode 600.");
	}

}
