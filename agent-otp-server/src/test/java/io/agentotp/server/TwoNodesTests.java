package io.agentotp.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.agentotp.server.database.DatabaseWatch;
import io.agentotp.server.web.LongPolling;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.logging.LoggingSystem;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two nodes on one database are one service.
 */
@Tag("slow")
class TwoNodesTests {

	private static final int THREADS = 200;

	private static final int VOTERS = 20;

	// 1,000 have been tried.
	private static final int ROUNDS = Integer.getInteger("agentotp.test.rounds", 20);

	static Stream<TestDatabase> databases() {
		return Stream.of(TestDatabase.createH2(), TestDatabase.createPostgres());
	}

	@ParameterizedTest
	@MethodSource("databases")
	void useWhenManyThreadsOnTwoNodesThenExactlyAsManyAsAllowedWin(TestDatabase database) throws Exception {
		try (TestServer server = TestServer.startNodes(database, 2)) {
			for (int maxUses : List.of(1, 7)) {
				JsonNode permission = server.reader()
					.post("/permissions/request", "{\"action\":\"read.file\",\"scope\":{\"max_uses\":" + maxUses + "}}")
					.expect(201)
					.data();
				String id = permission.path("id").stringValue();
				String token = permission.path("token").stringValue();
				List<Api.Answer> answers = AtOnce.run(THREADS, (number) -> server.reader().use(id, token).expect(200));
				assertThat(answers).filteredOn((answer) -> answer.data().path("success").booleanValue())
					.hasSize(maxUses);
				assertThat(answers).filteredOn((answer) -> answer.data().path("code").asString("").equals("TOKEN_USED"))
					.hasSize(THREADS - maxUses);
				assertThat(events(server, id)).filteredOn("used"::equals).hasSize(maxUses);
			}
		}
	}

	@ParameterizedTest
	@MethodSource("databases")
	void decideWhenManyThreadsOnTwoNodesThenOneWins(TestDatabase database) throws Exception {
		try (TestServer server = TestServer.startNodes(database, 2)) {
			String id = server.reader().pending("mail.send");
			List<Api.Answer> answers = AtOnce.run(40,
					(number) -> ((number % 2 == 0) ? server.alice() : server.bob()).decide(id, number % 3 == 0));
			assertThat(answers).filteredOn((answer) -> answer.status() == 200).hasSize(1);
			assertThat(answers).filteredOn((answer) -> answer.status() == 409).hasSize(39);
			assertThat(events(server, id)).hasSize(2);
		}
	}

	@ParameterizedTest
	@MethodSource("databases")
	void approveWhenTwentyVoteAtOnceOnTwoNodesThenTwoCount(TestDatabase database) throws Exception {
		String[] users = IntStream.range(0, VOTERS)
			.mapToObj((number) -> "agentotp.server.users.voter%1$d.api-key=uk_voter%1$d-0123456789abcdefghijkl"
				.formatted(number))
			.toArray(String[]::new);
		try (TestServer server = TestServer.startNodes(database, 2, users)) {
			server.admin().post("/policies", """
					{"name":"two","action":"require_approval","priority":90,"conditions":{"action":{"equals":"wire"}},
					"quorum":2}""").expect(201);
			List<Api> voters = IntStream.range(0, VOTERS)
				.mapToObj((number) -> server.api("uk_voter" + number + "-0123456789abcdefghijkl"))
				.toList();
			for (int round = 0; round < ROUNDS; round++) {
				String id = server.reader().pending("wire");
				List<Api.Answer> answers = AtOnce.run(VOTERS, (number) -> voters.get(number).decide(id, true));
				assertThat(answers).filteredOn((answer) -> answer.status() == 200).hasSize(2);
				assertThat(answers).filteredOn((answer) -> answer.status() == 409).hasSize(VOTERS - 2);
				assertThat(events(server, id)).containsExactly("requested", "vote", "approved");
				assertThat(server.jdbc()
					.sql("SELECT COUNT(DISTINCT voter) FROM agentotp_vote WHERE permission_id = ?")
					.param(id)
					.query(Long.class)
					.single()).isEqualTo(2);
				assertThat(server.reader().use(id, server.reader().token(id)).data().path("success").booleanValue())
					.isTrue();
			}
			assertThat(server.auditor().get("/audit/verify").expect(200).body().path("data").path("problems"))
				.isEmpty();
		}
	}

	@ParameterizedTest
	@MethodSource("databases")
	void revokeWhenRacingUseOnTwoNodesThenOneWins(TestDatabase database) throws Exception {
		try (TestServer server = TestServer.startNodes(database, 2)) {
			for (int round = 0; round < 5; round++) {
				JsonNode permission = server.reader().request("read.file").data();
				String id = permission.path("id").stringValue();
				String token = permission.path("token").stringValue();
				AtOnce.run(20, (number) -> (number % 2 == 0) ? server.reader().use(id, token).expect(200)
						: server.reader().post("/permissions/" + id + "/revoke", "{}").expect(200));
				assertThat(events(server, id)).filteredOn((event) -> event.equals("used") || event.equals("revoked"))
					.hasSize(1);
			}
		}
	}

	@Test
	void parkedWhenDecidedOnTheOtherNodeThenWokenByTheDatabase() {
		try (TestServer server = TestServer.startNodes(TestDatabase.createPostgres(), 2)) {
			Api asking = server.api(0, TestServer.MAILER_KEY);
			String id = asking.pending("mail.send");
			String cursor = asking.get("/permissions/decisions").data().path("cursor").stringValue();
			// Without the net, which would find the decision as well.
			server.bean(0, ThreadPoolTaskScheduler.class).getScheduledThreadPoolExecutor().getQueue().clear();
			CompletableFuture<Api.Answer> permission = asking.with("Prefer", "wait=30").getLater("/permissions/" + id);
			CompletableFuture<Api.Answer> feed = asking.with("Prefer", "wait=30")
				.getLater("/permissions/decisions?after=" + cursor);
			awaitParked(server, 0, 2);
			server.api(1, TestServer.ALICE_KEY).decide(id, true).expect(200);
			assertThat(permission.orTimeout(25, TimeUnit.SECONDS).join().data().path("status").stringValue())
				.isEqualTo("approved");
			assertThat(feed.orTimeout(25, TimeUnit.SECONDS).join().data().path("permissions").path(0).path("id"))
				.hasToString("\"" + id + "\"");
		}
	}

	@Test
	void parkedWhenNodesCannotTellEachOtherThenFoundByTheNet() {
		try (TestServer server = TestServer.startNodes(TestDatabase.createH2(), 2)) {
			Api asking = server.api(0, TestServer.MAILER_KEY);
			String id = asking.pending("mail.send");
			CompletableFuture<Api.Answer> permission = asking.with("Prefer", "wait=30").getLater("/permissions/" + id);
			awaitParked(server, 0, 1);
			server.api(1, TestServer.ALICE_KEY).decide(id, true).expect(200);
			assertThat(permission.orTimeout(25, TimeUnit.SECONDS).join().data().path("status").stringValue())
				.isEqualTo("approved");
		}
	}

	@Test
	void feedWhenManyTransactionsCommitAtOnceThenNoneIsSkippedAndTheOrderIsOne() throws Exception {
		try (TestServer server = TestServer.startNodes(TestDatabase.createPostgres(), 2)) {
			List<String> pending = IntStream.range(0, 240)
				.mapToObj((number) -> server.reader().pending("mail.send"))
				.toList();
			String start = server.reader().get("/permissions/decisions").data().path("cursor").stringValue();
			CompletableFuture<List<String>> first = CompletableFuture
				.supplyAsync(() -> read(server.api(0, TestServer.READER_KEY), start, pending.size()));
			CompletableFuture<List<String>> second = CompletableFuture
				.supplyAsync(() -> read(server.api(1, TestServer.READER_KEY), start, pending.size()));
			AtOnce.run(24, (number) -> {
				for (int i = number; i < pending.size(); i += 24) {
					String id = pending.get(i);
					if (i % 5 == 0) {
						server.reader().post("/permissions/" + id + "/revoke", "{}").expect(200);
					}
					else {
						server.alice().decide(id, i % 2 == 0).expect(200);
					}
				}
				return null;
			});
			assertThat(first.join()).containsExactlyInAnyOrderElementsOf(pending).isEqualTo(second.join());
		}
	}

	private static List<String> read(Api api, String start, int count) {
		List<String> ids = new ArrayList<>();
		String cursor = start;
		while (ids.size() < count) {
			Api.Answer page = api.with("Prefer", "wait=10").get("/permissions/decisions?after=" + cursor).expect(200);
			List<String> more = page.data()
				.path("permissions")
				.values()
				.stream()
				.map((permission) -> permission.path("id").stringValue())
				.toList();
			assertThat(more).isNotEmpty();
			ids.addAll(more);
			cursor = page.data().path("cursor").stringValue();
		}
		return ids;
	}

	@ParameterizedTest
	@MethodSource("databases")
	void idempotencyKeyWhenServiceRestartedThenStillKnown(TestDatabase database) {
		JsonNode asked;
		JsonNode used;
		try (TestServer server = TestServer.startNodes(database, 1)) {
			asked = server.mailer().with("Idempotency-Key", "ask").request("read.file").expect(201).data();
			used = use(server, asked);
			assertThat(used.path("success").booleanValue()).isTrue();
		}
		try (TestServer server = TestServer.startNodes(database, 1)) {
			assertThat(server.mailer().with("Idempotency-Key", "ask").request("read.file").data().path("id"))
				.isEqualTo(asked.path("id"));
			assertThat(use(server, asked)).isEqualTo(used);
			assertThat(server.mailer().with("Idempotency-Key", "ask").request("read.other").expect(422).code())
				.isEqualTo("IDEMPOTENCY_KEY_REUSED");
		}
	}

	private static JsonNode use(TestServer server, JsonNode permission) {
		return server.mailer()
			.with("Idempotency-Key", "use")
			.use(permission.path("id").stringValue(), permission.path("token").stringValue())
			.expect(200)
			.data();
	}

	@Test
	void startWhenNodesStartTogetherThenAllStart() throws Exception {
		TestDatabase database = TestDatabase.createPostgres();
		// Applications that start together would set up the log of the process at once.
		System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE);
		List<TestServer> servers = new ArrayList<>();
		try {
			servers.addAll(AtOnce.run(3, (number) -> TestServer.startNodes(database, 1)));
			Set<String> cursors = servers.stream()
				.map((server) -> server.mailer().get("/permissions/decisions").data().path("cursor").stringValue())
				.collect(Collectors.toSet());
			assertThat(cursors).hasSize(1);
		}
		finally {
			System.clearProperty(LoggingSystem.SYSTEM_PROPERTY);
			servers.forEach(TestServer::close);
		}
	}

	@Test
	void databaseWhenGoneThen503AndParkedAnsweredAndBackWithoutRestart() {
		TestDatabase database = TestDatabase.createPostgres();
		try (TestServer server = TestServer.startNodes(database, 2)) {
			Api asking = server.api(0, TestServer.MAILER_KEY);
			String id = asking.pending("mail.send");
			CompletableFuture<Api.Answer> parked = asking.with("Prefer", "wait=30").getLater("/permissions/" + id);
			awaitParked(server, 0, 1);
			database.goAway();
			Api.Answer answer = parked.join();
			assertThat(answer.status()).isEqualTo(503);
			assertThat(answer.code()).isEqualTo("SERVICE_UNAVAILABLE");
			assertThat(answer.header("Retry-After")).isEqualTo("2");
			for (Api.Answer refused : List.of(asking.request("read.file"), asking.get("/permissions/" + id),
					server.api(0, TestServer.ALICE_KEY).decide(id, true), asking.get("/health"))) {
				assertThat(refused.status()).isEqualTo(503);
				assertThat(refused.header("Retry-After")).isEqualTo("2");
			}
			database.comeBack();
			for (int node = 0; node < 2; node++) {
				awaitAnswer(server.api(node, TestServer.MAILER_KEY), id);
				awaitDatabase(server, node);
			}
			parked = asking.with("Prefer", "wait=30").getLater("/permissions/" + id);
			server.alice().decide(id, true).expect(200);
			assertThat(parked.join().expect(200).data().path("status").stringValue()).isEqualTo("approved");
		}
	}

	private static void awaitAnswer(Api api, String id) {
		Await.until("the node answers again", () -> {
			Api.Answer answer = api.get("/permissions/" + id);
			assertThat(answer.status()).isIn(200, 503);
			return answer.status() == 200;
		});
		assertThat(api.status(id)).isEqualTo("pending");
	}

	// As long as it is taken to be gone, who begins to wait is sent away.
	private static void awaitDatabase(TestServer server, int node) {
		DatabaseWatch watch = server.bean(node, DatabaseWatch.class);
		Await.until("the database is back", () -> !watch.isGone());
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void schemaWhenHostHasTablesOfItsOwnThenBothKeepTheirs(boolean postgres) {
		TestDatabase database = postgres ? TestDatabase.createPostgres() : TestDatabase.createH2();
		database.execute("CREATE TABLE public.permission (id INTEGER)", "CREATE TABLE public.audit (id INTEGER)",
				"CREATE TABLE public.flyway_schema_history (installed_rank INTEGER)",
				"INSERT INTO public.flyway_schema_history VALUES (7)");
		for (int start = 0; start < 2; start++) {
			try (TestServer server = TestServer.startNodes(database, 1)) {
				server.mailer().request("read.file").expect(201);
				assertThat(server.jdbc()
					.sql("SELECT LOWER(table_name) FROM information_schema.tables WHERE LOWER(table_schema) = 'public'")
					.query(String.class)
					.list()).containsExactlyInAnyOrder("permission", "audit", "flyway_schema_history");
				assertThat(server.jdbc()
					.sql("SELECT installed_rank FROM public.flyway_schema_history")
					.query(Long.class)
					.list()).containsExactly(7L);
			}
		}
	}

	private static void awaitParked(TestServer server, int node, int count) {
		LongPolling longPolling = server.bean(node, LongPolling.class);
		Await.until("requests wait", () -> longPolling.size() >= count);
	}

	private static List<String> events(TestServer server, String id) {
		return server.jdbc()
			.sql("SELECT event FROM agentotp_audit WHERE permission_id = ? ORDER BY id")
			.param(id)
			.query(String.class)
			.list();
	}

}
