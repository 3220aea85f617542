package io.agentotp.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import javax.sql.DataSource;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditForger;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.command.CommandLine;
import io.agentotp.server.database.Instance;
import io.agentotp.server.json.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What somebody can do to the record in the database or to an export of it, and that it
 * shows.
 */
@Tag("sql")
class AuditTamperTests {

	private static final int ROWS = 20;

	@TempDir
	private static Path directory;

	private static final ByteArrayOutputStream output = new ByteArrayOutputStream();

	private static TestServer server;

	private static Path checkpoints;

	// What tests tamper with, as it was before.
	private static StoredCopy untouched;

	private static byte[] published;

	private static Instant begin;

	private AuditSequencer sequencer;

	@BeforeAll
	static void start() throws IOException {
		checkpoints = directory.resolve("checkpoints.jsonl");
		server = TestServer.startNodes(TestDatabase.create(), 1, "agentotp.server.audit.checkpoint-file=" + checkpoints,
				"agentotp.server.audit.checkpoint-interval=1h");
		server.stopMaintenance();
		server.bean(AuditSequencer.class).seal();
		while (rows() < ROWS) {
			server.mailer().request("mail.send").expect(202);
		}
		server.bean(AuditSequencer.class).seal();
		untouched = StoredCopy.of(server);
		published = Files.readAllBytes(checkpoints);
		begin = server.clock.instant();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@BeforeEach
	void restore() throws IOException {
		server.clock.set(begin);
		untouched.restore(server);
		Files.write(checkpoints, published);
		// One that has forgotten what it has published of the last test.
		this.sequencer = AuditForger.sequencer(server.server().context(), checkpoints, Duration.ofHours(1));
	}

	// The database

	@Test
	void verifyWhenNothingWasDoneThenValid() {
		JsonNode report = verify();
		assertThat(report.path("valid").booleanValue()).isTrue();
		assertThat(report.path("rows").intValue()).isEqualTo(ROWS);
		assertThat(report.path("signedTo").intValue()).isEqualTo(ROWS);
		assertThat(report.path("unsigned").intValue()).isZero();
	}

	@Test
	void verifyWhenRowsAreNewerThanTheLastCheckpointThenSaysHowMany() {
		server.mailer().request("mail.send").expect(202);
		this.sequencer.run();
		server.mailer().request("mail.send").expect(202);
		JsonNode report = verify();
		assertThat(report.path("valid").booleanValue()).isTrue();
		assertThat(report.path("unsigned").intValue()).isEqualTo(2);
	}

	@Test
	void verifyWhenDetailsAreEditedThenFound() {
		sql("UPDATE agentotp_audit SET details = REPLACE(details, 'mail.send', 'mail.read') WHERE id = " + id(12));
		found("edited", 12);
	}

	@Test
	void verifyWhenActorIsEditedThenFound() {
		sql("UPDATE agentotp_audit SET actor = 'user:alice' WHERE id = " + id(11));
		found("edited", 11);
	}

	@Test
	void verifyWhenTimeIsEditedThenFound() {
		sql("UPDATE agentotp_audit SET at = at - INTERVAL '1' DAY WHERE id = " + id(11));
		found("edited", 11);
	}

	@Test
	void verifyWhenValueIsTakenAwayThenFound() {
		sql("UPDATE agentotp_audit SET address = NULL WHERE id = " + id(10));
		found("edited", 10);
	}

	@Test
	void verifyWhenValueMovesToAnotherColumnThenFound() {
		sql("UPDATE agentotp_audit SET agent_id = permission_id, permission_id = agent_id WHERE id = " + id(10));
		found("edited", 10);
	}

	@Test
	void verifyWhenLinkIsEditedThenFound() {
		sql("UPDATE agentotp_audit_chain SET hash = REPEAT('0', 64) WHERE seq = 13");
		found("edited", 13);
	}

	@Test
	void verifyWhenRowIsRemovedThenFound() {
		sql("DELETE FROM agentotp_audit WHERE id = " + id(14));
		found("removed", 14);
	}

	@Test
	void verifyWhenRowAndItsLinkAreRemovedThenFound() {
		long id = id(14);
		sql("DELETE FROM agentotp_audit_chain WHERE seq = 14");
		sql("DELETE FROM agentotp_audit WHERE id = " + id);
		found("removed", 14);
	}

	@Test
	void verifyWhenFirstRowIsRemovedThenFound() {
		sql("DELETE FROM agentotp_audit WHERE id = " + id(1));
		sql("DELETE FROM agentotp_audit_chain WHERE seq = 1");
		found("removed", 1);
	}

	@Test
	void verifyWhenRowsAreReorderedThenFound() {
		long third = id(10);
		long fourth = id(11);
		sql("UPDATE agentotp_audit_chain SET audit_id = -1 WHERE seq = 10");
		sql("UPDATE agentotp_audit_chain SET audit_id = " + third + " WHERE seq = 11");
		sql("UPDATE agentotp_audit_chain SET audit_id = " + fourth + " WHERE seq = 10");
		found("edited", 10);
		found("edited", 11);
	}

	@Test
	void verifyWhenIdsOfRowsAreSwappedThenFound() {
		long third = id(10);
		long fourth = id(11);
		sql("UPDATE agentotp_audit SET id = -1 WHERE id = " + third);
		sql("UPDATE agentotp_audit SET id = " + third + " WHERE id = " + fourth);
		sql("UPDATE agentotp_audit SET id = " + fourth + " WHERE id = -1");
		found("edited", 10);
	}

	@Test
	void verifyWhenCutOffThenFound() {
		cutOff(17);
		found("cut_off", 16);
	}

	@DisplayName("attack A24: a record that was cut off with its chain is found")
	@Test
	void verifyWhenCutOffWithTheEndOfTheChainAndItsCheckpointsThenFoundByTheFileOutside() {
		cutOff(17);
		sql("UPDATE agentotp_audit_head SET seq = 16, hash = (SELECT hash FROM agentotp_audit_chain WHERE seq = 16)");
		sql("DELETE FROM agentotp_audit_checkpoint WHERE seq > 16");
		found("cut_off", 16);
		found("checkpoint", ROWS);
	}

	@Test
	void verifyWhenAllIsRemovedThenFoundByTheFileOutside() {
		cutOff(1);
		sql("DELETE FROM agentotp_audit_checkpoint");
		sql("UPDATE agentotp_audit_head SET seq = 0, hash = ''");
		found("cut_off", 0);
	}

	@DisplayName("attack A24: a record that was rewritten with its chain is found")
	@Test
	void verifyWhenRowsAndChainAreRewrittenTogetherThenFoundByTheCheckpoint() {
		sql("UPDATE agentotp_audit SET actor = 'user:alice' WHERE id = " + id(12));
		forger().rebuild();
		found("rewritten", ROWS);
	}

	@Test
	void verifyWhenRowIsRemovedAndChainRewrittenThenFoundByTheCheckpoint() {
		sql("DELETE FROM agentotp_audit WHERE id = " + id(12));
		forger().rebuild();
		found("cut_off", ROWS - 1);
	}

	@Test
	void verifyWhenRewrittenAndLongerAgainThenStillFound() {
		sql("DELETE FROM agentotp_audit WHERE id = " + id(12));
		forger().rebuild();
		server.mailer().request("mail.send").expect(202);
		server.mailer().request("mail.send").expect(202);
		this.sequencer.run();
		found("rewritten", ROWS);
	}

	@Test
	void verifyWhenRewrittenWithoutCheckpointsThenFoundByTheFileOutside() {
		sql("UPDATE agentotp_audit SET actor = 'user:alice' WHERE id = " + id(12));
		forger().rebuild();
		sql("DELETE FROM agentotp_audit_checkpoint");
		found("rewritten", ROWS);
	}

	@Test
	void verifyWhenRewrittenAndSignedWithAnotherKeyThenFound() {
		sql("UPDATE agentotp_audit SET actor = 'user:alice' WHERE id = " + id(12));
		forger().rebuild();
		forger().signWithOwnKey();
		found("checkpoint", ROWS);
		found("rewritten", ROWS);
	}

	@Test
	void verifyWhenSignatureIsCopiedToAnotherPlaceThenFound() {
		sql("UPDATE agentotp_audit_checkpoint SET seq = 12, hash = (SELECT hash FROM agentotp_audit_chain WHERE seq = 12) WHERE seq = "
				+ ROWS);
		found("checkpoint", 12);
	}

	@ParameterizedTest
	@ValueSource(longs = { 0, -1, Long.MIN_VALUE + 1 })
	void verifyWhenACheckpointIsAtAPlaceBelowTheFirstRowThenFound(long place) {
		sql("INSERT INTO agentotp_audit_checkpoint VALUES (" + place + ", 'x', CURRENT_TIMESTAMP, 'k', 's')");
		found("checkpoint", place);
	}

	@Test
	void verifyWhenRowIsSlippedInWithAnOldIdThenFound() {
		sql("UPDATE agentotp_audit SET id = id + 1000 WHERE id = " + id(ROWS));
		sql("UPDATE agentotp_audit_chain SET audit_id = audit_id + 1000 WHERE seq = " + ROWS);
		sql("UPDATE agentotp_audit_head SET last_id = last_id + 1000");
		sql("INSERT INTO agentotp_audit (id, at, event, actor, details, mac) VALUES (500, CURRENT_TIMESTAMP - INTERVAL '1' DAY, 'approved', 'user:alice', '{}', 'x')");
		assertThat(verify().path("problems").values())
			.anySatisfy((problem) -> assertThat(problem.path("kind").stringValue()).isEqualTo("forged"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "x", "0123456789abcdef:another:0000" })
	void verifyWhenARowIsInsertedWithALinkThenForgedAndMarkedAndTheChainGoesOn(String mac) {
		sql("INSERT INTO agentotp_audit (at, agent_id, event, actor, details, mac) VALUES (CURRENT_TIMESTAMP, 'mailer', 'approved', 'user:alice', '{}', '"
				+ mac + "')");
		sql("INSERT INTO agentotp_audit_chain (seq, audit_id, hash) SELECT 1000000, MAX(id), 'x' FROM agentotp_audit");
		sql("INSERT INTO agentotp_audit_chain (seq, audit_id, hash) SELECT " + (ROWS + 1)
				+ ", MAX(id) + 1, 'x' FROM agentotp_audit");
		found("forged", 0);
		assertThat(server.auditor().get("/audit?event=approved").expect(200).data().toString())
			.contains("\"forged\":true");
		server.mailer().request("mail.send").expect(202);
		seal();
		assertThat(links()).isEqualTo(ROWS + 1);
		found("forged", 0);
	}

	@ParameterizedTest
	@ValueSource(strings = {
			"INSERT INTO agentotp_audit (id, at, event, actor, details, mac) VALUES (9000000000000000000, CURRENT_TIMESTAMP, 'signed_in', 'user:x', '{}', 'aaaaaaaaaaaaaaaa:zz')",
			"UPDATE agentotp_audit SET id = 9000000000000000000 WHERE id = (SELECT MAX(id) FROM agentotp_audit)",
			"UPDATE agentotp_audit_head SET last_id = 9000000000000000000",
			"UPDATE agentotp_audit_head SET last_id = last_id + 5", "UPDATE agentotp_audit_head SET last_id = -5",
			"UPDATE agentotp_audit_head SET gaps = '[]', last_id = 9000000000000000000" })
	void linkWhenSomebodyChangesWhereTheChainStandsThenRowsAreLinkedAndSignedAllTheSame(String change) {
		server.mailer().request("mail.send").expect(202);
		sql(change);
		this.sequencer.run();
		for (int i = 0; i < 3; i++) {
			// Longer than gaps are remembered.
			server.clock.move(Duration.ofMinutes(11));
			server.mailer().request("mail.send").expect(202);
			this.sequencer.run();
			server.clock.move(Duration.ofSeconds(11));
			this.sequencer.run();
			assertThat(sqlCount(
					"SELECT COUNT(*) FROM agentotp_audit a LEFT JOIN agentotp_audit_chain c ON c.audit_id = a.id "
							+ "WHERE c.seq IS NULL AND a.mac NOT LIKE 'aaaa%'"))
				.isZero();
		}
		seal();
		assertThat(verify().path("signedTo").longValue()).isEqualTo(links());
	}

	@ParameterizedTest
	@ValueSource(strings = { "seq = -1", "seq = 0", "seq = seq - 5", "seq = 3, hash = 'x'",
			"seq = seq - 1, last_id = 2", "seq = -9223372036854775808" })
	void linkWhenTheEndIsSetBackThenNoLinkIsRemovedAndTheChainGoesOn(String change) {
		// Rows that are linked, but not signed for.
		for (int i = 0; i < 3; i++) {
			server.mailer().request("mail.send").expect(202);
		}
		this.sequencer.run();
		long links = links();
		assertThat(links).isGreaterThan(ROWS);
		String hash = hash(links);
		sql("UPDATE agentotp_audit_head SET " + change);
		this.sequencer.run();
		assertThat(links()).isEqualTo(links);
		server.mailer().request("mail.send").expect(202);
		this.sequencer.seal();
		assertThat(hash(links)).isEqualTo(hash);
		assertThat(verify().path("valid").booleanValue()).isTrue();
		assertThat(verify().path("signedTo").longValue()).isGreaterThan(links);
	}

	private static String hash(long seq) {
		return server.jdbc()
			.sql("SELECT hash FROM agentotp_audit_chain WHERE seq = ?")
			.param(seq)
			.query(String.class)
			.single();
	}

	@ParameterizedTest
	@ValueSource(strings = {
			"INSERT INTO agentotp_audit_checkpoint VALUES (9000000000000000000, 'x', CURRENT_TIMESTAMP, 'k', 's')",
			"UPDATE agentotp_audit_checkpoint SET at = CURRENT_TIMESTAMP + 200 * INTERVAL '99' DAY",
			"UPDATE agentotp_audit_checkpoint SET seq = seq + 1000",
			"INSERT INTO agentotp_audit_checkpoint SELECT seq + 1, 'x', at, key_id, signature FROM agentotp_audit_checkpoint WHERE seq = "
					+ ROWS })
	void signWhenACheckpointIsNoneThenSignedForAllTheSame(String change) throws IOException {
		sql(change);
		int lines = Files.readAllLines(checkpoints).size();
		this.sequencer.seal();
		server.mailer().request("mail.send").expect(202);
		this.sequencer.seal();
		server.mailer().request("mail.send").expect(202);
		this.sequencer.seal();
		assertThat(verify().path("signedTo").longValue()).isEqualTo(ROWS + 2);
		assertThat(Files.readAllLines(checkpoints)).hasSizeGreaterThanOrEqualTo(lines + 2);
		sql("DELETE FROM agentotp_audit_checkpoint WHERE seq > " + (ROWS + 2));
		assertThat(verify().path("problems").toString()).doesNotContain("lacks");
	}

	@Test
	void linkWhenTheEndIsRemovedThenSaidWithTheRemedyUntilItIsBack() {
		List<Object> old = List.copyOf(server.jdbc()
			.sql("SELECT single, seq, hash, last_id, gaps FROM agentotp_audit_head")
			.query()
			.singleRow()
			.values());
		server.mailer().request("mail.send").expect(202);
		seal();
		sql("DELETE FROM agentotp_audit_head");
		server.bean(AuditSequencer.class).run();
		assertThat(server.bean(AuditSequencer.class).problem()).hasValueSatisfying(
				(problem) -> assertThat(problem).contains("agentotp_audit_head is gone", "Restore it from a backup"));
		assertThat(server.auditor().get("/health").expect(200).data().path("status").stringValue())
			.isEqualTo("degraded");
		server.mailer().request("mail.send").expect(202);
		server.jdbc()
			.sql("INSERT INTO agentotp_audit_head (single, seq, hash, last_id, gaps) VALUES (?, ?, ?, ?, ?)")
			.params(old)
			.update();
		server.bean(AuditSequencer.class).seal();
		assertThat(server.auditor().get("/health").expect(200).data().path("status").stringValue())
			.isEqualTo("healthy");
		assertThat(verify().path("problems")).isEmpty();
		assertThat(verify().path("signedTo").longValue()).isEqualTo(ROWS + 2);
	}

	private static long sqlCount(String query) {
		return server.jdbc().sql(query).query(Long.class).single();
	}

	@Test
	void verifyWhenARowIsCopiedWithItsMacWrittenInAnotherWayThenForged() {
		sql("INSERT INTO agentotp_audit (at, permission_id, agent_id, event, actor, address, details, seal, mac) SELECT "
				+ "at, permission_id, agent_id, event, actor, address, details, seal, REPLACE(mac, ':', ';') "
				+ "FROM agentotp_audit WHERE id = " + id(ROWS));
		seal();
		assertThat(links()).isEqualTo(ROWS);
		found("forged", 0);
	}

	@ParameterizedTest
	@ValueSource(strings = { "at - INTERVAL '1' DAY", "at + 100 * INTERVAL '99' DAY" })
	void linkWhenRowIsInsertedByHandThenNotLinkedAndFoundOnlineAndOffline(String at) throws Exception {
		sql("INSERT INTO agentotp_audit (at, permission_id, agent_id, event, actor, address, details, seal, mac) SELECT "
				+ at + ", permission_id, agent_id, 'approved', 'user:alice', address, details, seal, mac || 'x' "
				+ "FROM agentotp_audit WHERE id = " + id(ROWS));
		server.mailer().request("mail.send").expect(202);
		seal();
		assertThat(links()).isEqualTo(ROWS + 1);
		long forged = ROWS + 1;
		assertThat(verify().path("problems")).singleElement()
			.satisfies((problem) -> assertThat(problem.path("kind").stringValue()).isEqualTo("forged"))
			.satisfies((problem) -> assertThat(problem.path("message").stringValue()).contains("id " + forged + " "));
		List<String> lines = export();
		assertThat(lines).hasSize(ROWS + 3);
		assertThat(offline(lines)).isEqualTo(1);
		assertThat(output.toString(StandardCharsets.UTF_8)).contains("forged: ", "id " + forged + " ");
	}

	@Test
	void linkWhenManyRowsAreInsertedByHandThenTheServiceGoesOn() {
		sql("INSERT INTO agentotp_audit (at, event, actor, details, mac) SELECT CURRENT_TIMESTAMP, 'approved', 'user:alice', '{}', 'x' || x FROM "
				+ (TestDatabase.isH2() ? "SYSTEM_RANGE(1, 2500)" : "generate_series(1, 2500)") + " AS s(x)");
		server.mailer().request("mail.send").expect(202);
		seal();
		assertThat(links()).isEqualTo(ROWS + 1);
		assertThat(verify().path("problemsFound").intValue()).isEqualTo(2500);
	}

	@Test
	void verifyWhenARowIsThereTwiceThenFound() {
		sql("ALTER TABLE agentotp_audit DROP CONSTRAINT agentotp_audit_once");
		try {
			sql("INSERT INTO agentotp_audit (at, permission_id, agent_id, event, actor, address, details, seal, mac) SELECT at, permission_id, agent_id, event, actor, address, details, seal, mac "
					+ "FROM agentotp_audit WHERE id = " + id(10));
			seal();
			found("forged", 0);
		}
		finally {
			sql("DELETE FROM agentotp_audit WHERE id > " + ROWS);
			sql("ALTER TABLE agentotp_audit ADD CONSTRAINT agentotp_audit_once UNIQUE (mac)");
		}
	}

	// The file of checkpoints

	@Test
	void verifyWhenTheFileOfCheckpointsIsGoneThenSaid() throws IOException {
		Files.delete(checkpoints);
		found("checkpoint", 0);
	}

	@Test
	void verifyWhenTheFileOfCheckpointsIsEmptyThenSaid() throws IOException {
		Files.write(checkpoints, new byte[0]);
		found("checkpoint", 0);
		// Also once another node, or this one after a restart, has looked at it.
		this.sequencer.seal();
		found("checkpoint", 0);
		assertThat(Files.size(checkpoints)).isZero();
	}

	@Test
	void verifyWhenTheFileOfCheckpointsIsShorterThanKnownThenSaid() throws IOException {
		server.mailer().request("mail.send").expect(202);
		server.bean(AuditSequencer.class).seal();
		List<String> lines = Files.readAllLines(checkpoints);
		Files.write(checkpoints, lines.subList(0, lines.size() - 1));
		found("checkpoint", 0);
	}

	// What is no tampering

	@Test
	void linkWhenTransactionCommitsLateThenItsRowIsLinkedToo() throws Exception {
		CountDownLatch written = new CountDownLatch(1);
		CountDownLatch linked = new CountDownLatch(1);
		ExecutorService other = Executors.newSingleThreadExecutor();
		try {
			Future<?> late = other
				.submit(() -> server.bean(TransactionTemplate.class).executeWithoutResult((status) -> {
					record();
					written.countDown();
					awaitLatch(linked);
				}));
			awaitLatch(written);
			server.mailer().request("mail.send").expect(202);
			seal();
			assertThat(links()).isEqualTo(ROWS + 1);
			linked.countDown();
			late.get();
			seal();
			assertThat(links()).isEqualTo(ROWS + 2);
			assertThat(verify().path("valid").booleanValue()).isTrue();
		}
		finally {
			other.shutdownNow();
		}
	}

	@Test
	void linkWhenTransactionIsRolledBackThenTheGapIsNoProblem() {
		server.bean(TransactionTemplate.class).executeWithoutResult((status) -> {
			record();
			status.setRollbackOnly();
		});
		server.mailer().request("mail.send").expect(202);
		seal();
		server.clock.move(Duration.ofHours(1));
		server.auditor().get("/permissions").expect(200);
		seal();
		assertThat(verify().path("valid").booleanValue()).isTrue();
	}

	@Test
	void linkWhenRowsAreOlderThanTheChainThenLinkedAtTheStart() {
		sql("DELETE FROM agentotp_audit_chain");
		sql("DELETE FROM agentotp_audit_checkpoint");
		sql("UPDATE agentotp_audit_head SET seq = 0, hash = '', last_id = 0");
		seal();
		assertThat(links()).isEqualTo(ROWS);
	}

	@Test
	void linkWhenManyWriteAndTwoNodesLinkThenOneChain() {
		try (TestServer two = TestServer.startNodes(TestDatabase.createLasting(), 2,
				"agentotp.server.audit.checkpoint-interval=0")) {
			IntStream.range(0, 200).parallel().forEach((i) -> {
				two.mailer().request("read.x").expect(201);
				if (i % 10 == 0) {
					two.bean(i / 10 % 2, AuditSequencer.class).run();
				}
			});
			two.bean(0, AuditSequencer.class).seal();
			two.bean(1, AuditSequencer.class).seal();
			JsonNode report = two.auditor().get("/audit/verify").data();
			assertThat(report.path("valid").booleanValue()).as(report.toString()).isTrue();
			assertThat(report.path("rows").intValue()).isEqualTo(407);
			assertThat(report.path("unsigned").intValue()).isZero();
		}
	}

	@Test
	void checkpointsWhenSignedThenAppendedToTheFileOnce() throws IOException {
		int before = Files.readAllLines(checkpoints).size();
		seal();
		assertThat(Files.readAllLines(checkpoints)).hasSize(before);
		server.mailer().request("mail.send").expect(202);
		seal();
		assertThat(Files.readAllLines(checkpoints)).hasSize(before + 1)
			.allSatisfy((line) -> assertThat(line).contains("\"signature\"").doesNotContain("\n"));
	}

	@Test
	void checkpointsWhenIntervalIsNotOverThenNotSigned() throws IOException {
		int before = Files.readAllLines(checkpoints).size();
		server.mailer().request("mail.send").expect(202);
		this.sequencer.run();
		assertThat(Files.readAllLines(checkpoints)).hasSize(before);
		server.clock.move(Duration.ofHours(2));
		this.sequencer.run();
		assertThat(Files.readAllLines(checkpoints)).hasSize(before + 1);
	}

	// The export

	@Test
	void offlineWhenNothingWasDoneThenZero() throws IOException {
		assertThat(offline(export())).isZero();
	}

	@Test
	void offlineWhenRowIsEditedThenOne() throws IOException {
		List<String> lines = export();
		lines.set(11, lines.get(11).replace("mail.send", "mail.read"));
		assertThat(offline(lines)).isEqualTo(1);
	}

	@Test
	void offlineWhenRowIsRemovedThenOne() throws IOException {
		List<String> lines = export();
		lines.remove(6);
		assertThat(offline(lines)).isEqualTo(1);
	}

	@Test
	void offlineWhenRowsAreReorderedThenOne() throws IOException {
		List<String> lines = export();
		Collections.swap(lines, 3, 4);
		assertThat(offline(lines)).isEqualTo(1);
	}

	@Test
	void offlineWhenRowStandsTwiceThenOne() throws IOException {
		List<String> lines = export();
		lines.add(4, lines.get(3));
		assertThat(offline(lines)).isEqualTo(1);
	}

	@Test
	void offlineWhenCutOffThenOne() throws IOException {
		assertThat(offline(export().subList(0, 8))).isEqualTo(1);
	}

	@Test
	void offlineWhenBeginIsMissingThenOneUnlessThatIsMeant() throws IOException {
		List<String> lines = export().subList(3, ROWS);
		assertThat(offline(lines)).isEqualTo(1);
		assertThat(offline(lines, key(), "--first", "4")).isZero();
		assertThat(offline(lines, key(), "--first", "0")).isEqualTo(2);
	}

	@Test
	void offlineWhenLineIsCutThenOne() throws IOException {
		List<String> lines = export();
		lines.set(11, lines.get(11).substring(0, 40));
		assertThat(offline(lines)).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"actor\":\"user:mallory\",", "{\"comment\":\"approved by alice\",", "{ " })
	void offlineWhenRowHasANameTwiceOrMoreThanARowHasThenOne(String begin) throws IOException {
		List<String> lines = export();
		lines.set(11, begin + lines.get(11).substring(1));
		assertThat(offline(lines)).isEqualTo(1);
	}

	@Test
	void offlineWhenDetailsHaveANameTwiceThenOne() throws IOException {
		List<String> lines = export();
		lines.set(11, lines.get(11).replace("\"details\":{", "\"details\":{\"action\":\"mail.read\","));
		assertThat(offline(lines)).isEqualTo(1);
	}

	@Test
	void offlineWhenCheckpointHasANameTwiceThenTwo() throws IOException {
		Files.writeString(checkpoints, Files.readString(checkpoints).replace("{\"chain\"", "{\"seq\":1,\"chain\""));
		assertThat(offline(export())).isEqualTo(2);
	}

	@Test
	void offlineWhenRewrittenTogetherWithTheChainThenOne() throws IOException {
		List<String> lines = export();
		lines.remove(2);
		assertThat(offline(forger().rebuild(lines))).isEqualTo(1);
		List<String> edited = export();
		edited.set(9, edited.get(9).replace("agent:mailer", "agent:other"));
		assertThat(offline(forger().rebuild(edited))).isEqualTo(1);
	}

	@Test
	void offlineWhenCheckpointIsEditedThenOne() throws IOException {
		Files.writeString(checkpoints,
				Files.readString(checkpoints).replace("\"seq\":" + ROWS, "\"seq\":" + (ROWS - 1)));
		assertThat(offline(export())).isEqualTo(1);
	}

	@Test
	void offlineWhenALineOfCheckpointsIsHalfThenTheOthersCount() throws IOException {
		Files.writeString(checkpoints, Files.readString(checkpoints) + "{\"chain\":\"ha");
		assertThat(offline(export())).isZero();
	}

	@Test
	void offlineWhenAFileCannotBeReadAsLinesThenTwo() throws IOException {
		assertThat(offline(List.of("x".repeat(17 * 1024 * 1024)))).isEqualTo(2);
	}

	@Test
	void offlineWhenKeyIsAnotherThenOne() throws IOException {
		KeyPair pair = keyPair();
		Path key = Files.writeString(directory.resolve("other.pem"), "-----BEGIN PUBLIC KEY-----\n"
				+ Base64.getEncoder().encodeToString(pair.getPublic().getEncoded()) + "\n-----END PUBLIC KEY-----\n");
		assertThat(offline(export(), key)).isEqualTo(1);
	}

	@Test
	void offlineWhenUsedWronglyThenTwo() throws IOException {
		Path export = Files.write(directory.resolve("audit.jsonl"), export());
		assertThat(run("audit", "verify", export.toString())).isEqualTo(2);
		assertThat(run("audit", "verify", export.toString(), "--checkpoints")).isEqualTo(2);
		assertThat(run("audit", "verify", export.toString(), "--checkpoints", checkpoints.toString(), "--key",
				checkpoints.toString()))
			.isEqualTo(2);
		assertThat(
				run("audit", "verify", "nowhere", "--checkpoints", checkpoints.toString(), "--key", key().toString()))
			.isEqualTo(2);
	}

	@Test
	void exportWhenFilteredOrCsvThenOnlyThat() {
		assertThat(server.auditor().get("/audit/export?event=policies_loaded").raw().body().lines()).hasSize(1);
		Api.Answer csv = server.auditor().get("/audit/export?format=csv&agentId=mailer");
		assertThat(csv.header("Content-Type")).startsWith("text/csv");
		assertThat(csv.header("Content-Disposition")).contains("attachment");
		assertThat(csv.raw().body().lines()).hasSize(ROWS - 6).first().asString().startsWith("seq,id,at,");
		assertThat(server.auditor().get("/audit/export?format=xml").status()).isEqualTo(400);
		assertThat(server.auditor().get("/audit/export?from=yesterday").status()).isEqualTo(400);
		assertThat(server.auditor().get("/audit?event=unknown").status()).isEqualTo(400);
		// PostgreSQL has no such moment.
		for (String moment : List.of("%2B294277-01-01T00:00:00Z", "-999999999-01-01T00:00:00Z", "NaN")) {
			assertThat(server.auditor().get("/audit?to=" + moment).status()).isEqualTo(400);
			assertThat(server.auditor().get("/stats?from=" + moment).status()).isEqualTo(400);
		}
	}

	@Test
	void exportWhenNotAllowedThen403() {
		for (String path : List.of("/audit/export", "/audit/verify")) {
			server.mailer().get(path).expect(403);
			server.alice().get(path).expect(403);
		}
		server.mailer().get("/audit/keys").expect(403);
	}

	private void found(String kind, long seq) {
		JsonNode report = verify();
		assertThat(report.path("valid").booleanValue()).isFalse();
		assertThat(report.path("problems").values()).as(report.toString()).anySatisfy((problem) -> {
			assertThat(problem.path("kind").stringValue()).isEqualTo(kind);
			assertThat(problem.path("seq").longValue()).isEqualTo(seq);
		});
	}

	private JsonNode verify() {
		return server.auditor().get("/audit/verify").expect(200).data();
	}

	private void cutOff(long from) {
		sql("DELETE FROM agentotp_audit WHERE id >= " + id(from));
		sql("DELETE FROM agentotp_audit_chain WHERE seq >= " + from);
	}

	private List<String> export() {
		return new ArrayList<>(server.auditor().get("/audit/export").raw().body().lines().toList());
	}

	private int offline(List<String> lines) throws IOException {
		return offline(lines, key());
	}

	private int offline(List<String> lines, Path key, String... more) throws IOException {
		Path export = Files.write(directory.resolve("audit.jsonl"), lines);
		List<String> args = new ArrayList<>(List.of("audit", "verify", export.toString(), "--checkpoints",
				checkpoints.toString(), "--key", key.toString()));
		args.addAll(List.of(more));
		return run(args.toArray(String[]::new));
	}

	private Path key() throws IOException {
		return Files.writeString(directory.resolve("key.pem"),
				server.auditor().get("/audit/keys").data().path(0).path("publicKey").stringValue());
	}

	private static int run(String... args) {
		output.reset();
		PrintStream out = new PrintStream(output, true, StandardCharsets.UTF_8);
		return CommandLine.run(args, out, out).orElseThrow();
	}

	private static KeyPair keyPair() {
		try {
			return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private AuditForger forger() {
		return new AuditForger(server.jdbc(), new JdbcTemplate(server.bean(DataSource.class)),
				server.bean(Instance.class).id());
	}

	private void seal() {
		this.sequencer.seal();
	}

	private long id(long seq) {
		return server.jdbc()
			.sql("SELECT audit_id FROM agentotp_audit_chain WHERE seq = ?")
			.param(seq)
			.query(Long.class)
			.single();
	}

	private static long rows() {
		return server.jdbc().sql("SELECT COUNT(*) FROM agentotp_audit").query(Long.class).single();
	}

	private long links() {
		return server.jdbc().sql("SELECT COUNT(*) FROM agentotp_audit_chain").query(Long.class).single();
	}

	private static void record() {
		server.bean(AuditLog.class)
			.record(server.clock.instant(), null, null, AuditEvent.USED, Actor.SYSTEM, Json.object());
	}

	private void sql(String sql) {
		server.jdbc().sql(sql).update();
	}

	private static void awaitLatch(CountDownLatch latch) {
		try {
			if (!latch.await(60, TimeUnit.SECONDS)) {
				throw new AssertionError("Nobody came");
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
