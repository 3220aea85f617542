package io.agentotp.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

import io.agentotp.server.audit.AuditSequencer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What became of the file of checkpoints while the service was stopped.
 */
@Tag("sql")
@ExtendWith(OutputCaptureExtension.class)
class CheckpointFileTests {

	@TempDir
	private Path directory;

	private final TestDatabase database = TestDatabase.createLasting();

	private Path file;

	private byte[] whole;

	@BeforeEach
	void write() throws IOException {
		this.file = this.directory.resolve("checkpoints.jsonl");
		try (TestServer server = start(this.file)) {
			for (int i = 0; i < 3; i++) {
				sign(server);
			}
			assertThat(problems(server)).isEmpty();
		}
		this.whole = Files.readAllBytes(this.file);
	}

	@ParameterizedTest
	@EnumSource
	void startWhenFileWasTamperedWithThenFoundUntilRestored(Tampering tampering, CapturedOutput output)
			throws IOException {
		tampering.apply(this.file);
		long size = Files.exists(this.file) ? Files.size(this.file) : 0;
		try (TestServer server = start(this.file)) {
			found(server);
			sign(server);
			found(server);
		}
		assertThat(output).contains(this.file + " lacks checkpoints");
		assertThat(Files.readAllLines(this.file)).as("only what is new is added")
			.hasSize(Math.toIntExact(lines(size) + 1));
		try (TestServer server = start(this.file)) {
			found(server);
			sign(server);
			found(server);
			// The backup does not have what was signed meanwhile.
			Files.write(this.file, this.whole);
			assertThat(problems(server)).isEmpty();
			sign(server);
			assertThat(problems(server)).isEmpty();
		}
		try (TestServer server = start(this.file)) {
			assertThat(problems(server)).isEmpty();
		}
		assertThat(Files.readAllLines(this.file)).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(6);
	}

	@Test
	void signWhenTheLastLineWasCutInHalfByACrashThenTheNextOneIsWhole() throws IOException {
		try (TestServer server = start(this.file)) {
			sign(server);
			byte[] before = Files.readAllBytes(this.file);
			Files.writeString(this.file, new String(before, StandardCharsets.UTF_8) + "{\"chain\":\"half a li");
			sign(server);
			assertThat(problems(server)).isEmpty();
		}
		try (TestServer server = start(this.file)) {
			sign(server);
			assertThat(problems(server)).isEmpty();
		}
	}

	@Test
	void healthWhenTheFileCannotBeWrittenThenDegradedUntilItCan() throws IOException {
		try (TestServer server = start(this.file)) {
			Path away = this.directory.resolve("away");
			Files.move(this.file, away);
			Files.createDirectory(this.file);
			sign(server);
			assertThat(health(server)).isEqualTo("degraded");
			Files.delete(this.file);
			Files.move(away, this.file);
			sign(server);
			assertThat(health(server)).isEqualTo("healthy");
			assertThat(problems(server)).isEmpty();
		}
	}

	private static String health(TestServer server) {
		return server.auditor().get("/health").expect(200).data().path("status").stringValue();
	}

	@Test
	void startWhenFileWasEmptiedAndRestoredMeanwhileThenAllIsInIt() throws IOException {
		Tampering.EMPTIED.apply(this.file);
		try (TestServer server = start(this.file)) {
			sign(server);
			found(server);
		}
		Files.write(this.file, this.whole);
		try (TestServer server = start(this.file)) {
			sign(server);
			assertThat(problems(server)).isEmpty();
		}
	}

	@Test
	void runWhenFileIsCutOffThenFoundAndLogged(CapturedOutput output) throws IOException {
		try (TestServer server = start(this.file)) {
			sign(server);
			Tampering.CUT_OFF.apply(this.file);
			found(server);
			sign(server);
			found(server);
			assertThat(output).contains(this.file + " lacks checkpoints");
		}
		try (TestServer server = start(this.file)) {
			found(server);
		}
	}

	@Test
	void startWhenAnotherFileIsNamedThenItHasAll() throws IOException {
		Files.delete(this.file);
		Path other = this.directory.resolve("other.jsonl");
		try (TestServer server = start(other)) {
			sign(server);
			assertThat(problems(server)).isEmpty();
		}
		assertThat(Files.readString(other)).startsWith(new String(this.whole));
	}

	@Test
	void startWhenOtherNodesHaveSignedMeanwhileThenWritten() throws IOException {
		try (TestServer server = start(this.directory.resolve("other.jsonl"))) {
			sign(server);
		}
		try (TestServer server = start(this.file)) {
			assertThat(problems(server)).isEmpty();
			sign(server);
			assertThat(problems(server)).isEmpty();
		}
		assertThat(Files.readAllLines(this.file)).doesNotHaveDuplicates().hasSizeGreaterThan(4);
	}

	@Test
	void startWhenWhatWasWrittenIsForgottenThenFoundAllTheSame() throws IOException {
		Tampering.DELETED.apply(this.file);
		try (TestServer server = start(this.directory.resolve("other.jsonl"))) {
			server.jdbc().sql("UPDATE agentotp_audit_file SET seq = 0").update();
		}
		try (TestServer server = start(this.file)) {
			found(server);
		}
	}

	private TestServer start(Path checkpoints) {
		TestServer server = TestServer.startNodes(this.database, 1,
				"agentotp.server.audit.checkpoint-file=" + checkpoints, "agentotp.server.audit.checkpoint-interval=1h");
		server.stopMaintenance();
		return server;
	}

	private static void sign(TestServer server) {
		server.mailer().request("mail.send").expect(202);
		server.bean(AuditSequencer.class).seal();
	}

	private static void found(TestServer server) {
		assertThat(problems(server)).hasSize(1).first().asString().contains("checkpoint-file");
	}

	private static List<String> problems(TestServer server) {
		JsonNode report = server.auditor().get("/audit/verify").expect(200).data();
		List<String> problems = report.path("problems").valueStream().map(Object::toString).toList();
		assertThat(report.path("valid").booleanValue()).isEqualTo(problems.isEmpty());
		return problems;
	}

	private long lines(long size) {
		return new String(this.whole, 0, Math.toIntExact(size)).lines().count();
	}

	enum Tampering {

		DELETED {
			@Override
			void apply(Path file) throws IOException {
				Files.delete(file);
			}
		},

		EMPTIED {
			@Override
			void apply(Path file) throws IOException {
				Files.write(file, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
			}
		},

		CUT_OFF {
			@Override
			void apply(Path file) throws IOException {
				List<String> lines = Files.readAllLines(file);
				Files.write(file, lines.subList(0, lines.size() - 1));
			}
		};

		abstract void apply(Path file) throws IOException;

	}

}
