package io.agentotp.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.command.CommandLine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Files of keys that the program makes and rotates.
 */
class KeyRotationTests {

	@TempDir
	private Path directory;

	@Test
	void rotateWhenTokensAndCheckpointsAreOutThenBothSurvive() {
		Path secret = this.directory.resolve("secret");
		Path auditKey = this.directory.resolve("audit.key");
		keys(0, "make", "secret", secret.toString());
		keys(0, "make", "audit-key", auditKey.toString());
		String id;
		String token;
		try (ServletWebServerApplicationContext context = start()) {
			Api mailer = api(context, TestServer.MAILER_KEY);
			id = mailer.pending("mail.send");
			api(context, TestServer.ALICE_KEY).decide(id, true).expect(200);
			token = mailer.token(id);
			seal(context);
		}
		keys(0, "rotate", "secret", secret.toString());
		keys(0, "rotate", "audit-key", auditKey.toString());
		try (ServletWebServerApplicationContext context = start()) {
			Api mailer = api(context, TestServer.MAILER_KEY);
			assertThat(mailer.token(id)).isEqualTo(token);
			assertThat(mailer.use(id, token).data().path("success").booleanValue()).isTrue();
			seal(context);
			JsonNode audit = api(context, TestServer.ADMIN_KEY).get("/audit/verify").expect(200).data();
			assertThat(audit.path("valid").booleanValue()).as(audit.toString()).isTrue();
			JsonNode signed = api(context, TestServer.ADMIN_KEY).get("/audit/keys").expect(200).data();
			assertThat(signed.size()).isEqualTo(2);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "secret", "audit-key" })
	void keysWhenAddedPromotedAndRemovedThenOnlyIdsArePrinted(String kind) throws IOException {
		Path file = this.directory.resolve("new/file");
		String first = ids(keys(0, "make", kind, file.toString())).get(0);
		assertMode(file);
		String text = Files.readString(file).strip();
		List<String> ids = ids(keys(0, "rotate", kind, file.toString(), "--last"));
		assertThat(ids).hasSize(2).startsWith(first);
		assertThat(ids(keys(0, "promote", kind, file.toString(), ids.get(1)))).containsExactly(ids.get(1), first);
		assertThat(keys(0, "list", kind, file.toString())).contains(ids.get(1) + "  present").doesNotContain(text);
		assertThat(keys(0, "list", kind, file.toString(), "--print")).contains(text);
		assertThat(keys(2, "remove", kind, file.toString(), ids.get(1))).contains("promote another");
		assertThat(ids(keys(0, "remove", kind, file.toString(), first))).containsExactly(ids.get(1));
		assertMode(file);
		assertThat(file.getParent().toFile().list()).containsExactly("file");
		assertThat(Files.readString(file)).doesNotContain(text);
	}

	@Test
	void keysWhenUsedWronglyThenUsageAndNothingChanges() throws IOException {
		Path file = this.directory.resolve("file");
		assertThat(keys(2, "rotate", "secret", file.toString())).contains("does not exist", "keys make");
		assertThat(keys(2, "make", "token", file.toString())).contains("secret or audit-key");
		assertThat(keys(2, "make", "secret")).contains("then the file");
		assertThat(keys(2, "make", "secret", file.toString(), "--last")).contains("no option '--last'");
		assertThat(file).doesNotExist();
		Files.writeString(file, "not-a-key-hunter2\n");
		assertThat(keys(2, "make", "secret", file.toString())).contains("exists");
		assertThat(keys(2, "rotate", "audit-key", file.toString())).contains("base64").doesNotContain("hunter2");
		assertThat(keys(2, "rotate", "secret", file.toString())).contains("at least 32").doesNotContain("hunter2");
		assertThat(file).hasContent("not-a-key-hunter2");
	}

	private static void assertMode(Path file) throws IOException {
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
	}

	static List<String> ids(String output) {
		return output.lines()
			.filter((line) -> line.matches("[0-9a-f]{16}( .*)?"))
			.map((line) -> line.substring(0, 16))
			.toList();
	}

	private static void seal(ServletWebServerApplicationContext context) {
		context.getBean(AgentOtpServer.class).context().getBean(AuditSequencer.class).seal();
	}

	static String keys(int code, String... args) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
		String[] all = new String[args.length + 1];
		all[0] = "keys";
		System.arraycopy(args, 0, all, 1, args.length);
		assertThat(CommandLine.run(all, out, out)).as(bytes.toString(StandardCharsets.UTF_8)).hasValue(code);
		return bytes.toString(StandardCharsets.UTF_8);
	}

	private static Api api(ServletWebServerApplicationContext context, String key) {
		return new Api("http://localhost:" + context.getWebServer().getPort(), key);
	}

	private ServletWebServerApplicationContext start() {
		return (ServletWebServerApplicationContext) AgentOtpServerApplication.application()
			.run("--server.port=0", ServerProcess.WITHOUT_SECURITY_OF_A_HOST,
					"--spring.datasource.url=jdbc:h2:file:" + this.directory.resolve("data"),
					"--agentotp.server.secret-file=" + this.directory.resolve("secret"),
					"--agentotp.server.audit.key-file=" + this.directory.resolve("audit.key"),
					"--agentotp.server.audit.checkpoint-file=" + this.directory.resolve("checkpoints.jsonl"),
					"--agentotp.server.agents.mailer.api-key=" + TestServer.MAILER_KEY,
					"--agentotp.server.users.alice.api-key=" + TestServer.ALICE_KEY,
					"--agentotp.server.users.admin.api-key=" + TestServer.ADMIN_KEY,
					"--agentotp.server.users.admin.roles=administrator");
	}

}
