package io.agentotp.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.agentotp.server.web.LongPolling;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What one agent may take up.
 */
@Tag("sql")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BudgetTests {

	private static TestServer patient;

	private static Api waiting;

	private static String waitsFor;

	private static CompletableFuture<Api.Answer> longWait;

	@BeforeAll
	static void waitLong() {
		patient = TestServer.start("agentotp.server.limits.requests-per-minute=2");
		waiting = patient.api(0, TestServer.MAILER_KEY);
		waitsFor = waiting.pending("mail.send");
		// All that is left is taken, until the wait has lasted long.
		longWait = waiting.with("Prefer", "wait=11").getLater("/permissions/" + waitsFor);
	}

	@AfterAll
	static void stop() {
		patient.close();
	}

	@Test
	void requestWhenTooManyThen429UntilTimeHasPassedAndOthersAreFree() {
		try (TestServer server = TestServer.start("agentotp.server.limits.requests-per-minute=12")) {
			Api mailer = server.mailer();
			for (int left = 11; left >= 0; left--) {
				Api.Answer answer = mailer.request("read.file").expect(201);
				assertThat(answer.header("X-RateLimit-Limit")).isEqualTo("12");
				assertThat(answer.header("X-RateLimit-Remaining")).isEqualTo(String.valueOf(left));
			}
			Api.Answer refused = mailer.request("read.file").expect(429);
			assertThat(refused.code()).isEqualTo("RATE_LIMITED");
			assertThat(refused.header("Retry-After")).isEqualTo("5");
			assertThat(Long.parseLong(refused.header("X-RateLimit-Reset")))
				.isEqualTo(server.clock.instant().plusSeconds(60).toEpochMilli());
			assertThat(permissions(server)).isEqualTo(12);
			mailer.get("/permissions/decisions").expect(429);
			server.reader().request("read.file").expect(201);
			server.clock.move(Duration.ofSeconds(5));
			mailer.request("read.file").expect(201);
			mailer.request("read.file").expect(429);
		}
	}

	@Test
	void waitWhenShortThenItCosts() {
		try (TestServer server = TestServer.start("agentotp.server.limits.requests-per-minute=3")) {
			Api mailer = server.api(0, TestServer.MAILER_KEY);
			String id = mailer.pending("mail.send");
			for (int i = 0; i < 2; i++) {
				mailer.with("Prefer", "wait=1").get("/permissions/" + id).expect(200);
			}
			mailer.with("Prefer", "wait=1").get("/permissions/" + id).expect(429);
		}
	}

	/**
	 * The last one, for it waits until another's wait of eleven seconds is over.
	 */
	@Order(Integer.MAX_VALUE)
	@Test
	void waitWhenLongThenGivenBack() {
		longWait.join().expect(200);
		Await.until("it is given back", () -> waiting.get("/permissions/" + waitsFor).status() == 200);
		waiting.get("/permissions/" + waitsFor).expect(429);
	}

	@Test
	void waitWhenAnotherAgentHoldsAllPlacesThenItsOldestGivesWay() {
		try (TestServer server = TestServer.start("agentotp.server.limits.max-waiting-requests=8")) {
			// Each node has its own places.
			Api mailer = server.api(0, TestServer.MAILER_KEY);
			Api reader = server.api(0, TestServer.READER_KEY);
			String own = mailer.pending("mail.send");
			String other = reader.pending("mail.send");
			LongPolling longPolling = server.bean(LongPolling.class);
			List<CompletableFuture<Api.Answer>> held = new ArrayList<>();
			for (int i = 1; i <= 8; i++) {
				held.add(mailer.with("Prefer", "wait=30").getLater("/permissions/" + own));
				int count = i;
				Await.until("it waits", () -> longPolling.size() == count);
			}
			mailer.with("Prefer", "wait=30").get("/permissions/" + own).expect(503);
			for (int i = 0; i < 4; i++) {
				held.add(reader.with("Prefer", "wait=30").getLater("/permissions/" + other));
				assertThat(held.get(i).join().expect(200).data().path("status").stringValue()).isEqualTo("pending");
			}
			// Half for each.
			reader.with("Prefer", "wait=30").get("/permissions/" + other).expect(503);
			mailer.with("Prefer", "wait=30").get("/permissions/" + own).expect(503);
			server.alice().decide(other, true).expect(200);
			for (int i = 8; i < 12; i++) {
				assertThat(held.get(i).join().expect(200).data().path("status").stringValue()).isEqualTo("approved");
			}
			server.alice().decide(own, true).expect(200);
			assertThat(held.get(4).join().expect(200).data().path("status").stringValue()).isEqualTo("approved");
			Await.until("all places are free", () -> longPolling.size() == 0);
		}
	}

	@Test
	void agentWhenItHasALimitOfItsOwnThenThatCounts() {
		try (TestServer server = TestServer.start("agentotp.server.agents.mailer.requests-per-minute=1",
				"agentotp.server.agents.mailer.max-pending=1")) {
			server.mailer().request("mail.send").expect(202);
			server.mailer().request("mail.send").expect(429);
			server.reader().request("mail.send").expect(202);
			server.reader().request("mail.send").expect(202);
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2 })
	void agentWhenItsLimitChangesThenWhatItUsedStaysUsed(int nodes) {
		try (TestServer server = (nodes == 1) ? TestServer.start()
				: TestServer.startNodes(TestDatabase.createPostgres(), nodes)) {
			String key = server.admin()
				.post("/agents", "{\"name\":\"busy\",\"requestsPerMinute\":10}")
				.expect(201)
				.data()
				.path("apiKey")
				.stringValue();
			Api busy = server.api(key);
			for (int i = 0; i < 10; i++) {
				busy.request("read.file").expect(201);
			}
			for (int limit : new int[] { 9, 8, 7, 600, 10, 8 }) {
				server.admin().send("PATCH", "/agents/busy", "{\"requestsPerMinute\":" + limit + "}").expect(200);
				for (int i = 0; i < 4; i++) {
					assertThat(busy.request("read.file").expect(429).header("X-RateLimit-Limit"))
						.isEqualTo(String.valueOf(limit));
				}
			}
			server.clock.move(Duration.ofSeconds(30));
			for (int i = 0; i < 4; i++) {
				busy.request("read.file").expect(201);
			}
			busy.request("read.file").expect(429);
			// Half of it was left, and is still.
			server.clock.move(Duration.ofSeconds(30));
			server.admin().send("PATCH", "/agents/busy", "{\"requestsPerMinute\":4}").expect(200);
			assertThat(busy.request("read.file").expect(201).header("X-RateLimit-Remaining")).isEqualTo("1");
		}
	}

	@Test
	void limiterWhenItsNodesShareADatabaseThenTheyCountTogether() {
		try (TestServer server = TestServer.startNodes(TestDatabase.createPostgres(), 2,
				"agentotp.server.limits.requests-per-minute=10")) {
			for (int i = 0; i < 10; i++) {
				server.mailer().request("read.file").expect(201);
			}
			server.api(0, TestServer.MAILER_KEY).request("read.file").expect(429);
			server.api(1, TestServer.MAILER_KEY).request("read.file").expect(429);
		}
	}

	@Test
	void limiterWhenManyAskAtOnceAlsoForTheFirstTimeThenNoMoreThanTheLimit() throws Exception {
		try (TestServer server = TestServer.startNodes(TestDatabase.createPostgres(), 2,
				"agentotp.server.limits.requests-per-minute=20")) {
			List<Api> nodes = List.of(server.api(0, TestServer.MAILER_KEY), server.api(1, TestServer.MAILER_KEY));
			for (int round = 1; round <= 5; round++) {
				List<Api.Answer> answers = AtOnce.run(60,
						(number) -> nodes.get(number % 2).get("/permissions/decisions"));
				assertThat(answers).extracting(Api.Answer::status).containsOnly(200, 429);
				assertThat(answers).filteredOn((answer) -> answer.status() == 200).hasSize(20);
				// As it is when the bucket was full again and is forgotten.
				server.jdbc().sql("DELETE FROM agentotp_bucket").update();
			}
		}
	}

	@Test
	void limiterWhenNodesTakeBlocksThenNoMoreThanTheLimitAndNoLess() throws Exception {
		try (TestServer server = TestServer.startNodes(TestDatabase.createPostgres(), 2,
				"agentotp.server.limits.requests-per-minute=240")) {
			List<Api> nodes = List.of(server.api(0, TestServer.MAILER_KEY), server.api(1, TestServer.MAILER_KEY));
			List<Api.Answer> answers = new ArrayList<>(
					AtOnce.run(230, (number) -> nodes.get(number % 2).get("/permissions/decisions")));
			// What a node holds is given to who asks it.
			for (int i = 0; i < 30; i++) {
				answers.add(nodes.get(i % 2).get("/permissions/decisions"));
			}
			assertThat(answers).filteredOn((answer) -> answer.status() == 200).hasSize(240);
			assertThat(answers).filteredOn((answer) -> answer.status() != 200)
				.hasSize(20)
				.allSatisfy((answer) -> answer.expect(429));
		}
	}

	@Test
	void limiterWhenItFailsThenRefused() {
		try (TestServer server = TestServer.startNodes(TestDatabase.createPostgres(), 1,
				"agentotp.server.limits.requests-per-minute=10")) {
			server.mailer().request("read.file").expect(201);
			server.alice().get("/permissions").expect(200);
			server.jdbc().sql("DROP TABLE agentotp_bucket").update();
			Api.Answer answer = server.mailer().request("read.file").expect(503);
			assertThat(answer.header("Retry-After")).isEqualTo("2");
			assertThat(permissions(server)).isEqualTo(1);
			server.alice().get("/permissions").expect(200);
		}
	}

	@DisplayName("attack A15: an agent cannot flood the inbox")
	@Test
	void pendingWhenTooManyThen429AlsoWhenSentAtOnce() throws Exception {
		try (TestServer server = TestServer.start("agentotp.server.limits.max-pending=5")) {
			List<Api.Answer> answers = AtOnce.run(20, (number) -> server.mailer().request("mail.send"));
			assertThat(answers).extracting(Api.Answer::status).containsOnly(202, 429);
			assertThat(answers).filteredOn((answer) -> answer.status() == 202).hasSize(5);
			assertThat(answers).filteredOn((answer) -> answer.status() == 429)
				.hasSize(15)
				.allSatisfy((answer) -> assertThat(answer.header("Retry-After")).isEqualTo("10"));
			assertThat(permissions(server)).isEqualTo(5);
			server.mailer().request("read.file").expect(201);
			server.reader().request("mail.send").expect(202);
			String id = answers.stream()
				.filter((answer) -> answer.status() == 202)
				.findFirst()
				.orElseThrow()
				.data()
				.path("id")
				.stringValue();
			server.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200);
			server.mailer().request("mail.send").expect(202);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void freezeWhenAgentOrEverythingThenPendingAndUnusedEnd(boolean everything) {
		try (TestServer server = TestServer.start()) {
			Api admin = server.admin();
			String pending = server.mailer().pending("mail.send");
			JsonNode unused = server.mailer().request("read.file").data();
			JsonNode other = server.reader().request("read.file").data();
			String cursor = server.mailer().get("/permissions/decisions").data().path("cursor").stringValue();
			String path = everything ? "" : "/agents/mailer";

			JsonNode frozen = admin.post(path + "/freeze", "{\"reason\":\"it went wild\"}").expect(200).data();
			assertThat(frozen.path("frozen").booleanValue()).isTrue();
			assertThat(frozen.path("frozenBy").stringValue()).isEqualTo("user:admin");

			assertThat(server.mailer().get("/permissions/" + pending).data().path("status").stringValue())
				.isEqualTo("revoked");
			assertThat(server.mailer().get("/permissions/" + pending).data().path("reason").stringValue())
				.isEqualTo("The agent was frozen: it went wild");
			assertThat(server.mailer().get("/permissions/decisions?after=" + cursor).data().path("permissions").size())
				.isEqualTo(1);
			assertThat(server.alice().decide(pending, true).expect(409).details().path("reason").stringValue())
				.contains("it went wild");
			JsonNode use = server.mailer()
				.use(unused.path("id").stringValue(), unused.path("token").stringValue())
				.expect(200)
				.data();
			assertThat(use.path("success").booleanValue()).isFalse();
			assertThat(use.path("code").stringValue()).isEqualTo("TOKEN_REVOKED");
			assertThat(server.mailer().request("read.file").expect(403).message()).contains("frozen");
			assertThat(server.reader()
				.use(other.path("id").stringValue(), other.path("token").stringValue())
				.data()
				.path("success")
				.booleanValue()).isEqualTo(!everything);
			assertThat(
					server.auditor().get("/audit?event=" + (everything ? "all_frozen" : "agent_frozen")).data().size())
				.isEqualTo(1);

			admin.post(path + "/unfreeze", "{}").expect(200);
			server.mailer().request("read.file").expect(201);
		}
	}

	@Test
	void useWhenFrozenByAnotherNodeThenRefusedBeforeAnythingEnded() {
		try (TestServer server = TestServer.start()) {
			JsonNode unused = server.mailer().request("read.file").data();
			String pending = server.mailer().pending("mail.send");
			server.jdbc().sql("UPDATE agentotp_agent SET frozen_at = CURRENT_TIMESTAMP WHERE id = 'mailer'").update();
			JsonNode use = server.mailer()
				.use(unused.path("id").stringValue(), unused.path("token").stringValue())
				.data();
			assertThat(use.path("success").booleanValue()).isFalse();
			assertThat(use.path("code").stringValue()).isEqualTo("TOKEN_REVOKED");
			server.alice().decide(pending, true).expect(409);
		}
	}

	private static long permissions(TestServer server) {
		return server.jdbc().sql("SELECT COUNT(*) FROM agentotp_permission").query(Long.class).single();
	}

}
