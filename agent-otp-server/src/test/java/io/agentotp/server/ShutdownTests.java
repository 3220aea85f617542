package io.agentotp.server;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.web.LongPolling;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A node that stops leaves nobody waiting.
 */
@Tag("sql")
class ShutdownTests {

	private static final int PARKED = 60;

	@Test
	void stopWhenRequestsAreParkedThenAllAreAnsweredAndAnotherNodeGoesOn() {
		try (TestServer server = TestServer.startNodes(TestDatabase.createPostgres(), 2)) {
			Api leaving = server.api(0, TestServer.MAILER_KEY);
			Api staying = server.api(1, TestServer.MAILER_KEY);
			String id = leaving.pending("mail.send");
			String cursor = leaving.get("/permissions/decisions").data().path("cursor").stringValue();
			List<CompletableFuture<Api.Answer>> waiting = park(server, id);
			CompletableFuture<Api.Answer> feed = leaving.with("Prefer", "wait=30")
				.getLater("/permissions/decisions?after=" + cursor);
			awaitParked(server, PARKED + 1);

			server.host(0).close();

			// Half of what they wanted to wait.
			waiting.forEach((answer) -> assertThat(status(answer)).isEqualTo("pending"));
			assertThat(feed.orTimeout(25, TimeUnit.SECONDS).join().expect(200).data().path("cursor").stringValue())
				.isEqualTo(cursor);
			CompletableFuture<Api.Answer> again = staying.with("Prefer", "wait=30").getLater("/permissions/" + id);
			server.api(1, TestServer.ALICE_KEY).decide(id, true).expect(200);
			assertThat(status(again)).isEqualTo("approved");
		}
	}

	@Test
	void parkWhenStoppingThenAnsweredAtOnce() {
		try (TestServer server = TestServer.startNodes(TestDatabase.createH2(), 1)) {
			String id = server.mailer().pending("mail.send");
			server.server().stop();
			assertThat(status(server.mailer().with("Prefer", "wait=30").getLater("/permissions/" + id)))
				.isEqualTo("pending");
			assertThat(server.bean(LongPolling.class).size()).isZero();
		}
	}

	@Test
	void parkWhenThereIsNoRoomThenToldToAskAgain() {
		try (TestServer server = TestServer.startNodes(TestDatabase.createH2(), 1,
				"agentotp.server.limits.max-waiting-requests=" + PARKED)) {
			String id = server.mailer().pending("mail.send");
			List<CompletableFuture<Api.Answer>> waiting = park(server, id);
			awaitParked(server, PARKED);

			Api.Answer refused = server.mailer().with("Prefer", "wait=30").get("/permissions/" + id).expect(503);
			assertThat(refused.header("Retry-After")).isEqualTo("5");
			assertThat(server.mailer().status(id)).isEqualTo("pending");

			server.alice().decide(id, true).expect(200);
			waiting.forEach((answer) -> assertThat(status(answer)).isEqualTo("approved"));
			assertThat(status(server.mailer().with("Prefer", "wait=30").getLater("/permissions/" + id)))
				.isEqualTo("approved");
		}
	}

	@Test
	void stopWhenTheDatabaseIsGoneThenAllAreToldSo() {
		TestDatabase database = TestDatabase.createPostgres();
		try (TestServer server = TestServer.startNodes(database, 1)) {
			String id = server.mailer().pending("mail.send");
			List<CompletableFuture<Api.Answer>> waiting = park(server, id);
			awaitParked(server, PARKED);
			database.goAway();
			server.host(0).close();
			waiting.forEach((answer) -> {
				Api.Answer refused = answer.orTimeout(25, TimeUnit.SECONDS).join().expect(503);
				assertThat(refused.header("Retry-After")).isEqualTo("2");
			});
		}
	}

	private static List<CompletableFuture<Api.Answer>> park(TestServer server, String id) {
		List<CompletableFuture<Api.Answer>> waiting = new ArrayList<>();
		for (int i = 0; i < PARKED; i++) {
			waiting.add(server.api(0, TestServer.MAILER_KEY).with("Prefer", "wait=30").getLater("/permissions/" + id));
		}
		return waiting;
	}

	private static String status(CompletableFuture<Api.Answer> answer) {
		return answer.orTimeout(25, TimeUnit.SECONDS).join().expect(200).data().path("status").stringValue();
	}

	private static void awaitParked(TestServer server, int count) {
		LongPolling longPolling = server.bean(0, LongPolling.class);
		Await.until("requests wait", () -> longPolling.size() >= count);
	}

}
