package io.agentotp.server;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import io.agentotp.server.web.LongPolling;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The feed of decisions, and requests that wait for one.
 */
@Tag("sql")
class FeedTests {

	private static TestServer server;

	private final Api mailer = server.mailer();

	private final Api alice = server.alice();

	@BeforeAll
	static void start() {
		server = TestServer.start();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void decisionsWhenDecidedAndWithdrawnThenInThatOrderWithToken() {
		String cursor = cursor();
		String first = this.mailer.pending("mail.one");
		String second = this.mailer.pending("mail.two");
		String third = this.mailer.pending("mail.three");
		server.reader().pending("mail.other");
		this.alice.decide(third, true).expect(200);
		this.mailer.post("/permissions/" + first + "/revoke", "{}").expect(200);
		this.alice.decide(second, false).expect(200);
		Api.Answer page = this.mailer.get("/permissions/decisions?after=" + cursor).expect(200);
		assertThat(ids(page)).containsExactly(third, first, second);
		assertThat(page.data().path("permissions").path(0).path("token").stringValue())
			.isEqualTo(this.mailer.token(third));
		String end = page.data().path("cursor").stringValue();
		assertThat(ids(this.mailer.get("/permissions/decisions?after=" + end))).isEmpty();
	}

	@Test
	void decisionsWhenSinceAMomentThenBeginsWithWhatWasOpenThen() {
		Instant before = Instant.now();
		String cursor = cursor();
		String first = this.mailer.pending("mail.one");
		this.alice.decide(first, false).expect(200);
		String since = this.mailer.get("/permissions/decisions?since=" + before)
			.expect(200)
			.data()
			.path("cursor")
			.stringValue();
		assertThat(ids(this.mailer.get("/permissions/decisions?after=" + since))).contains(first);
		Api.Answer later = this.mailer.get("/permissions/decisions?since=" + before.plus(1, ChronoUnit.DAYS));
		assertThat(ids(later)).isEmpty();
		assertThat(later.data().path("cursor").stringValue()).isEqualTo(cursor()).isNotEqualTo(cursor);
		assertThat(server.reader().get("/permissions/decisions?since=" + before).data().path("cursor").stringValue())
			.isEqualTo(server.reader().get("/permissions/decisions").data().path("cursor").stringValue());
		assertThat(this.mailer.get("/permissions/decisions?since=yesterday").expect(400).code())
			.isEqualTo("VALIDATION_ERROR");
	}

	@Test
	void decisionsWhenParkedThenWokenByDecision() {
		String cursor = cursor();
		String id = this.mailer.pending("mail.send");
		var parked = this.mailer.with("Prefer", "wait=25").getLater("/permissions/decisions?after=" + cursor);
		this.alice.decide(id, true).expect(200);
		Api.Answer page = parked.join();
		assertThat(ids(page)).containsExactly(id);
		assertThat(page.header("Preference-Applied")).isEqualTo("wait=25");
	}

	@Test
	void decisionsWhenCursorIsOfAnotherDatabaseOrFutureOrNonsenseThen410() {
		String cursor = cursor();
		String text = new String(java.util.Base64.getUrlDecoder().decode(cursor));
		Stream
			.of("nonsense", "%25%25", encode("other:0"), encode(text.split(":")[0] + ":999999"),
					encode(text.split(":")[0] + ":-1"), encode("x"))
			.forEach((bad) -> {
				Api.Answer answer = this.mailer.get("/permissions/decisions?after=" + bad);
				assertThat(answer.status()).as(bad).isEqualTo(410);
				assertThat(answer.code()).isEqualTo("CURSOR_GONE");
			});
	}

	@Test
	void decisionsWhenManyDecideAtOnceThenNoneIsSkipped() throws Exception {
		Api reader = server.reader();
		List<String> pending = new ArrayList<>();
		for (int i = 0; i < 60; i++) {
			pending.add(reader.pending("mail.send"));
		}
		String cursor = reader.get("/permissions/decisions").data().path("cursor").stringValue();
		List<String> seen = new ArrayList<>();
		ExecutorService executor = Executors.newFixedThreadPool(8);
		try {
			List<Future<?>> deciders = new ArrayList<>();
			pending.forEach((id) -> deciders.add(executor.submit(() -> this.alice.decide(id, true).expect(200))));
			while (seen.size() < pending.size()) {
				Api.Answer page = reader.with("Prefer", "wait=5")
					.get("/permissions/decisions?after=" + cursor)
					.expect(200);
				assertThat(ids(page)).isNotEmpty().noneMatch(seen::contains);
				seen.addAll(ids(page));
				cursor = page.data().path("cursor").stringValue();
			}
			for (Future<?> decider : deciders) {
				decider.get();
			}
		}
		finally {
			executor.shutdownNow();
		}
		assertThat(seen).containsExactlyInAnyOrderElementsOf(pending);
	}

	@Test
	void parkedWhenServiceStopsThenAnswered() {
		try (TestServer other = TestServer.start()) {
			Api mailer = other.api(0, TestServer.MAILER_KEY);
			String id = mailer.pending("mail.send");
			var parked = mailer.with("Prefer", "wait=30").getLater("/permissions/" + id);
			LongPolling longPolling = other.bean(LongPolling.class);
			Await.until("a request waits", () -> longPolling.size() > 0);
			other.server().stop();
			assertThat(parked.join().expect(200).data().path("status").stringValue()).isEqualTo("pending");
			assertThat(mailer.with("Prefer", "wait=30").get("/permissions/" + id).status()).isEqualTo(200);
		}
	}

	private String cursor() {
		return this.mailer.get("/permissions/decisions").expect(200).data().path("cursor").stringValue();
	}

	private static String encode(String text) {
		return java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes());
	}

	private static List<String> ids(Api.Answer page) {
		return page.data()
			.path("permissions")
			.values()
			.stream()
			.map((permission) -> permission.path("id").stringValue())
			.toList();
	}

}
