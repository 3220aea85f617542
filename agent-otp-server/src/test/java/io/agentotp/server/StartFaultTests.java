package io.agentotp.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.agentotp.server.database.DatabaseSchema;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Files, keys and a database that cannot be used stop the start, each with one
 * explanation that says what to do.
 */
@Tag("slow")
@ExtendWith(OutputCaptureExtension.class)
class StartFaultTests {

	@TempDir
	private Path directory;

	@ParameterizedTest
	@CsvSource({ "secret, the secret, agentotp.server.lost-secret=",
			"audit.key, the audit key, agentotp.server.audit.lost-key=" })
	void startWhenAFileOfKeysIsGoneThenNoneIsMadeUntilTheOldKeyIsGivenUp(String name, String key, String property,
			CapturedOutput output) throws IOException {
		start().close();
		Path file = this.directory.resolve(name);
		Files.delete(file);
		refuse();
		assertThat(file).doesNotExist();
		assertExplained(output, file + " is missing", key, "Restore the key from the backup", property);
		String setting = output.getAll().split(property)[1].substring(0, 16);
		start("--" + property + setting).close();
		assertThat(file).exists();
		start("--" + property + setting).close();
		start().close();
	}

	@ParameterizedTest
	@CsvSource({ "secret, the secret", "audit.key, the audit key" })
	void startWhenAnotherKeyThanThatOfTheDatabaseThenRefused(String name, String key, CapturedOutput output)
			throws IOException {
		start().close();
		Path file = this.directory.resolve(name);
		String old = Files.readString(file);
		Files.writeString(file, "A".repeat(43) + "\n");
		refuse();
		assertExplained(output, "This node does not have " + key, "copy it from another node");
		assertThat(output).doesNotContain(old.strip());
		// Rotation: the old one is still there.
		Files.writeString(file, "A".repeat(43) + "\n" + old);
		start().close();
		// And may go then, while a node without the new one is refused.
		Files.writeString(file, "A".repeat(43) + "\n");
		start().close();
		Files.writeString(file, old);
		refuse();
	}

	@ParameterizedTest
	@CsvSource({ "secret, short", "secret, ''", "audit.key, short", "audit.key, ''" })
	void startWhenAFileOfKeysHoldsNoneThenItIsToBeRestored(String name, String content, CapturedOutput output)
			throws IOException {
		start().close();
		Files.writeString(this.directory.resolve(name), content);
		refuse();
		assertExplained(output, "Restore it from the backup, or copy it from another node");
	}

	@ParameterizedTest
	@CsvSource({ "jdbc:mysql://localhost/x?password=hunter2, jdbc:mysql://localhost/x", "'', ''" })
	void startWhenNoDriverIsForTheDatabaseThenThoseThatAreAreNamed(String url, String shown, CapturedOutput output) {
		refuse("--spring.datasource.url=" + url);
		assertExplained(output, "'agentotp.server.datasource.url' with the value '" + shown + "'",
				"must begin with jdbc:postgresql: or jdbc:h2:", "spring.datasource.url");
		assertThat(output).doesNotContain("hunter2", "Start the database");
	}

	@Test
	void startWhenTheActuatorHasThePortOfTheServiceThenRefused(CapturedOutput output) {
		refuse("--server.port=18080", "--management.server.port=18080");
		assertExplained(output, "management.server.port is the port of the service, 18080",
				"Set management.server.port to another one");
	}

	@Test
	void requestWhenPathIsUnknownThenNotLogged(CapturedOutput output) {
		try (ServletWebServerApplicationContext context = start()) {
			Api api = new Api("http://localhost:" + context.getWebServer().getPort(), TestServer.MAILER_KEY);
			api.get("/nosuch").expect(404);
		}
		assertThat(output).doesNotContain("No mapping", "newer than the version Flyway");
	}

	@Test
	void healthWhenOtherNodesHaveAnotherSecretThenSaid() throws SQLException {
		try (ServletWebServerApplicationContext context = start("--management.server.port=0")) {
			Api api = new Api("http://localhost:" + context.getWebServer().getPort(), TestServer.MAILER_KEY);
			assertThat(api.get("/health").status()).isEqualTo(200);
			execute("UPDATE agentotp_instance SET secret_id = 'another'");
			assertThat(api.get("/health").expect(503).message()).contains("does not have the secret another",
					"Give all nodes the same file");
			String management = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.management.port");
			assertThat(new Browser(management).get("/actuator/health").text())
				.contains("\"agentotp-server\":{\"status\":\"DOWN\"");
		}
	}

	@Test
	void verifyWhenTheKeysOfTheDatabaseWereChangedThenNamed() throws SQLException {
		try (ServletWebServerApplicationContext context = start(
				"--agentotp.server.users.ann.api-key=" + TestServer.ALICE_KEY,
				"--agentotp.server.users.ann.roles=auditor")) {
			Api api = new Api("http://localhost:" + context.getWebServer().getPort(), TestServer.ALICE_KEY);
			assertThat(api.get("/audit/verify").expect(200).data().path("valid").booleanValue()).isTrue();
			execute("UPDATE agentotp_instance SET secret_id = 'garbage', audit_key_id = NULL");
			assertThat(api.get("/audit/verify").expect(200).data().path("problems").toString())
				.contains("does not have the secret garbage", "names no secret or no audit key any more");
		}
	}

	@Test
	void startWhenTheSchemaIsNewerThenRefused(CapturedOutput output) throws SQLException {
		start().close();
		execute("""
				INSERT INTO "agentotp_flyway_history" ("installed_rank", "version", "description", "type", "script",
					"checksum", "installed_by", "execution_time", "success")
				VALUES (99, '7', 'later', 'SQL', 'V7__later.sql', 1, 'sa', 1, TRUE)""");
		refuse();
		assertExplained(output, "has version 7, which this version of the program does not know",
				"Run the newer version");
	}

	@Test
	void startWhenTheSchemaIsOfAnotherBuildThenRefused(CapturedOutput output) throws SQLException {
		start().close();
		execute("UPDATE \"agentotp_flyway_history\" SET \"checksum\" = 1 WHERE \"version\" = '1'");
		refuse();
		assertExplained(output, "is not the one that this version of the program makes", "has to be made anew");
	}

	@Test
	void startWhenTheDatabaseIsReadOnlyThenRefused(CapturedOutput output) {
		start().close();
		refuse("--spring.datasource.url=" + url() + ";ACCESS_MODE_DATA=r");
		assertExplained(output, "is read-only", "Let the service write");
	}

	@Test
	void startWhenTheFileIsDamagedThenRefused(CapturedOutput output) throws IOException {
		start().close();
		Files.writeString(file(), "x".repeat(20000));
		refuse();
		assertExplained(output, "is damaged", "restore the file from a backup", this.directory.toString());
	}

	@Test
	void startWhenTheFileIsCutThenRefused(CapturedOutput output) throws IOException {
		start().close();
		byte[] content = Files.readAllBytes(file());
		Files.write(file(), Arrays.copyOf(content, 5000));
		refuse();
		assertExplained(output, "is damaged", "restore the file from a backup");
	}

	@Test
	void startWhenThePasswordIsWrongThenRefused(CapturedOutput output) {
		start().close();
		refuse("--spring.datasource.password=hunter2");
		assertExplained(output, "does not accept the user name or password", "agentotp.server.datasource.username");
		assertThat(output).doesNotContain("hunter2");
	}

	@Test
	void startWhenTheDatabaseCannotBeReachedThenRefused(CapturedOutput output) {
		refuse("--spring.datasource.url=jdbc:postgresql://localhost:1/agentotp?password=hunter2");
		assertExplained(output, "jdbc:postgresql://localhost:1/agentotp cannot be reached", "Start the database");
		assertThat(output).doesNotContain("..");
		assertThat(output).doesNotContain("hunter2");
	}

	@Test
	void startWhenAFileOfKeysCannotBeReadThenRefused(CapturedOutput output) throws IOException {
		Files.createDirectory(this.directory.resolve("secret"));
		refuse();
		assertExplained(output, this.directory.resolve("secret") + " cannot be read: it is a directory",
				"Name a file.");
	}

	@ParameterizedTest
	@CsvSource({ "rw-r--r--, read", "rw--w----, changed" })
	void startWhenAFileOfKeysIsOpenToOthersThenWarned(String mode, String what, CapturedOutput output)
			throws IOException {
		start().close();
		Path file = this.directory.resolve("secret");
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
		start().close();
		assertThat(output).contains(file + " can be " + what + " by others. Give it mode 600.");
	}

	@Test
	void startWhenTheFileIsInUseThenOneExplanationOfAFewLines() {
		try (ServletWebServerApplicationContext context = start()) {
			assertThat(context.isActive()).isTrue();
			Program program = Program.run(this.directory, args());
			assertThat(program.code()).isEqualTo(1);
			assertThat(program.output()).contains("APPLICATION FAILED TO START", "is in use by another process",
					"Stop that process");
			assertThat(program.output().lines().filter((line) -> line.startsWith("\tat "))).isEmpty();
			assertThat(program.output().lines()).hasSizeLessThan(30);
		}
	}

	// One explanation, and no trace beside it.
	private static void assertExplained(CapturedOutput output, String... parts) {
		assertThat(output.getAll()).containsOnlyOnce("APPLICATION FAILED TO START").contains(parts);
		assertThat(output.getAll().lines().filter((line) -> line.startsWith("\tat "))).isEmpty();
	}

	private Path file() {
		return this.directory.resolve("data.mv.db");
	}

	private String url() {
		return "jdbc:h2:file:" + this.directory.resolve("data");
	}

	private void execute(String sql) throws SQLException {
		try (Connection connection = DriverManager.getConnection(DatabaseSchema.url(url()), "sa", "");
				Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private void refuse(String... more) {
		assertThatException().isThrownBy(() -> start(more).close());
	}

	private ServletWebServerApplicationContext start(String... more) {
		return (ServletWebServerApplicationContext) AgentOtpServerApplication.application().run(args(more));
	}

	private String[] args(String... more) {
		List<String> args = new ArrayList<>(List.of(ServerProcess.WITHOUT_SECURITY_OF_A_HOST,
				"--agentotp.server.secret-file=" + this.directory.resolve("secret"),
				"--agentotp.server.audit.key-file=" + this.directory.resolve("audit.key"),
				"--agentotp.server.audit.checkpoint-file=" + this.directory.resolve("checkpoints.jsonl"),
				"--agentotp.server.agents.mailer.api-key=" + TestServer.MAILER_KEY,
				"--agentotp.server.users.alice.password=" + TestServer.PASSWORD_HASH));
		if (List.of(more).stream().noneMatch((arg) -> arg.startsWith("--spring.datasource.url"))) {
			args.add("--spring.datasource.url=" + url());
		}
		if (List.of(more).stream().noneMatch((arg) -> arg.startsWith("--server.port"))) {
			args.add("--server.port=0");
		}
		args.addAll(List.of(more));
		return args.toArray(String[]::new);
	}

}
