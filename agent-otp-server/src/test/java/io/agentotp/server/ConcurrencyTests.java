package io.agentotp.server;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Of many at once exactly as many win as may.
 */
@Tag("sql")
class ConcurrencyTests {

	private static final int THREADS = 32;

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.start();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@DisplayName("attack A25: of many decisions at once one counts")
	@RepeatedTest(3)
	void decideWhenManyAtOnceThenOneWins() throws Exception {
		String id = server.reader().pending("mail.send");
		List<Api.Answer> answers = AtOnce.run(THREADS,
				(number) -> ((number % 2 == 0) ? server.alice() : server.bob()).decide(id, number % 3 == 0));
		assertThat(answers).filteredOn((answer) -> answer.status() == 200).hasSize(1);
		assertThat(answers).filteredOn((answer) -> answer.status() == 409).hasSize(THREADS - 1);
		assertThat(events(id)).hasSize(2);
	}

	@DisplayName("attack A4: no token is spent twice")
	@RepeatedTest(3)
	void useWhenManyAtOnceThenAsManyAsAllowedWin() throws Exception {
		JsonNode permission = server.reader()
			.post("/permissions/request", "{\"action\":\"read.file\",\"scope\":{\"max_uses\":5}}")
			.data();
		String id = permission.path("id").stringValue();
		String token = permission.path("token").stringValue();
		List<Api.Answer> answers = AtOnce.run(THREADS, (number) -> server.reader().use(id, token));
		assertThat(answers).filteredOn((answer) -> answer.data().path("success").booleanValue()).hasSize(5);
		assertThat(answers).filteredOn((answer) -> answer.data().path("code").asString("").equals("TOKEN_USED"))
			.hasSize(THREADS - 5);
		assertThat(events(id)).filteredOn("used"::equals).hasSize(5);
		assertThat(events(id)).filteredOn("use_rejected"::equals).hasSize(THREADS - 5);
	}

	@Test
	void useWhenManyAtOnceAndRepeatedThenEachIsToldItsOwnAnswerAgain() throws Exception {
		JsonNode permission = server.reader()
			.post("/permissions/request", "{\"action\":\"read.file\",\"scope\":{\"max_uses\":5}}")
			.data();
		String id = permission.path("id").stringValue();
		String token = permission.path("token").stringValue();
		IntFunction<JsonNode> use = (
				number) -> server.reader().with("Idempotency-Key", id + number).use(id, token).expect(200).data();
		List<JsonNode> answers = AtOnce.run(THREADS, use);
		assertThat(answers).filteredOn((answer) -> answer.path("success").booleanValue())
			.extracting((answer) -> answer.path("usesRemaining").intValue())
			.containsExactlyInAnyOrder(4, 3, 2, 1, 0);
		assertThat(IntStream.range(0, THREADS).mapToObj(use).toList()).isEqualTo(answers);
		assertThat(events(id)).filteredOn("used"::equals).hasSize(5);
	}

	@Test
	void revokeWhenRacingUseThenOneWins() throws Exception {
		for (int round = 0; round < 5; round++) {
			JsonNode permission = server.reader().request("read.file").data();
			String id = permission.path("id").stringValue();
			String token = permission.path("token").stringValue();
			List<Api.Answer> answers = AtOnce.run(THREADS, (number) -> (number % 2 == 0)
					? server.reader().use(id, token) : server.reader().post("/permissions/" + id + "/revoke", "{}"));
			List<String> events = events(id);
			long used = events.stream().filter("used"::equals).count();
			long revoked = events.stream().filter("revoked"::equals).count();
			assertThat(used + revoked).isEqualTo(1);
			assertThat(answers).allSatisfy((answer) -> assertThat(answer.status()).isEqualTo(200));
		}
	}

	private static List<String> events(String id) {
		return server.jdbc()
			.sql("SELECT event FROM agentotp_audit WHERE permission_id = ? ORDER BY id")
			.param(id)
			.query(String.class)
			.list();
	}

}
