package io.agentotp.server;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import io.agentotp.server.permission.PermissionExpiry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Clocks that jump, and nodes whose clocks differ. Each node goes by its own clock.
 */
@Tag("sql")
class ClockTests {

	private static final Duration JUMP = Duration.ofMinutes(2);

	private static final String TWO_MINUTES = "{\"action\":\"read.file\",\"ttl\":120}";

	@Test
	void useWhenClockJumpsForwardPastTheEndThenExpired() {
		try (TestServer server = TestServer.start()) {
			Token token = Token.ask(server.mailer(), TWO_MINUTES);
			server.clock.move(Duration.ofDays(400));
			assertThat(token.use(server.mailer()).path("code").stringValue()).isEqualTo("TOKEN_EXPIRED");
			assertThat(server.mailer().status(token.id())).isEqualTo("expired");
		}
	}

	@Test
	void expiredWhenClockJumpsBackThenStaysExpired() {
		try (TestServer server = TestServer.start()) {
			Token token = Token.ask(server.mailer(), TWO_MINUTES);
			String pending = server.mailer().pending("mail.send");
			server.clock.move(Duration.ofDays(1));
			server.bean(PermissionExpiry.class).sweep();
			server.clock.move(Duration.ofDays(-1));
			assertThat(token.use(server.mailer()).path("code").stringValue()).isEqualTo("TOKEN_EXPIRED");
			assertThat(server.mailer().status(token.id())).isEqualTo("expired");
			assertThat(server.mailer().get("/permissions/" + token.id()).data().has("token")).isFalse();
			assertThat(server.alice().decide(pending, true).expect(409).message()).contains("expired");
			assertThat(server.mailer().status(pending)).isEqualTo("expired");
		}
	}

	@Test
	void parkedWhenClockJumpsThenStillAnsweredByItsDecision() {
		try (TestServer server = TestServer.start()) {
			Api mailer = server.mailer();
			for (Duration jump : new Duration[] { JUMP, JUMP.negated() }) {
				String id = mailer.pending("mail.send");
				CompletableFuture<Api.Answer> parked = mailer.with("Prefer", "wait=30").getLater("/permissions/" + id);
				server.clock.move(jump);
				server.alice().decide(id, true).expect(200);
				assertThat(parked.join().data().path("status").stringValue()).isEqualTo("approved");
			}
		}
	}

	@Test
	void budgetWhenClockJumpsBackThenAgentIsNotLockedOut() {
		try (TestServer server = TestServer.start()) {
			server.mailer().request("read.file").expect(201);
			server.clock.move(Duration.ofDays(-30));
			server.mailer().request("read.file").expect(201);
		}
	}

	@Test
	void auditWhenClockJumpsBackThenStillOneChain() {
		try (TestServer server = TestServer.start()) {
			for (Duration jump : new Duration[] { JUMP, JUMP.multipliedBy(-2), JUMP }) {
				server.mailer().request("read.file").expect(201);
				server.clock.move(jump);
			}
			JsonNode audit = server.admin().get("/audit/verify").expect(200).data();
			assertThat(audit.path("valid").booleanValue()).as(audit.toString()).isTrue();
		}
	}

	@Test
	void idempotencyKeyWhenClockJumpsBackThenStillKnown() {
		try (TestServer server = TestServer.start()) {
			Api mailer = server.mailer().with("Idempotency-Key", "one");
			JsonNode first = mailer.request("read.file").expect(201).data();
			server.clock.move(Duration.ofDays(-2));
			assertThat(mailer.request("read.file").expect(201).data().path("id")).isEqualTo(first.path("id"));
		}
	}

	@Test
	void useWhenNodesDifferThenNoTokenOutlivesItsEndByMoreThanTheDifference() {
		try (TwoClocks clocks = new TwoClocks(JUMP)) {
			Token ofSlow = Token.ask(clocks.slow(), TWO_MINUTES);
			// The fast node is past its end before the slow one is.
			assertThat(ofSlow.use(clocks.fast()).path("code").stringValue()).isEqualTo("TOKEN_EXPIRED");
			// What one node has ended is over on all.
			assertThat(ofSlow.use(clocks.slow()).path("code").stringValue()).isEqualTo("TOKEN_EXPIRED");
			Token ofFast = Token.ask(clocks.fast(),
					"{\"action\":\"read.file\",\"ttl\":120,\"scope\":{\"max_uses\":9}}");
			clocks.move(JUMP.plus(JUMP).minusMillis(1));
			assertThat(ofFast.use(clocks.slow()).path("success").booleanValue()).isTrue();
			clocks.move(Duration.ofMillis(1));
			assertThat(ofFast.use(clocks.slow()).path("code").stringValue()).isEqualTo("TOKEN_EXPIRED");
			assertThat(clocks.slow().get("/permissions/" + ofFast.id()).data().path("status").stringValue())
				.isEqualTo("expired");
		}
	}

	@Test
	void expiredByFastNodeWhenReadOnSlowNodeThenExpiredThereToo() {
		try (TwoClocks clocks = new TwoClocks(JUMP)) {
			Token token = Token.ask(clocks.slow(), "{\"action\":\"read.file\",\"ttl\":60}");
			assertThat(clocks.fast().status(token.id())).isEqualTo("expired");
			assertThat(clocks.slow().status(token.id())).isEqualTo("expired");
			assertThat(clocks.slow().get("/permissions/" + token.id()).data().has("token")).isFalse();
		}
	}

	/**
	 * A token and its permission.
	 *
	 * @param id the permission
	 * @param token the token
	 */
	private record Token(String id, String token) {

		static Token ask(Api agent, String body) {
			JsonNode permission = agent.post("/permissions/request", body).expect(201).data();
			return new Token(permission.path("id").stringValue(), permission.path("token").stringValue());
		}

		JsonNode use(Api agent) {
			return agent.use(this.id, this.token).expect(200).data();
		}

	}

	/**
	 * Two nodes on one database, of which one has a clock that is ahead. They do nothing
	 * by themselves, so that it is known which one does what.
	 */
	private static final class TwoClocks implements AutoCloseable {

		private final TestServer slow;

		private final TestServer fast;

		TwoClocks(Duration ahead) {
			TestDatabase database = TestDatabase.createPostgres();
			this.slow = TestServer.startNodes(database, 1);
			this.fast = TestServer.startNodes(database, 1);
			this.fast.clock.set(this.slow.clock.instant().plus(ahead));
			for (TestServer server : new TestServer[] { this.slow, this.fast }) {
				server.bean(0, ThreadPoolTaskScheduler.class).getScheduledThreadPoolExecutor().getQueue().clear();
			}
		}

		Api slow() {
			return this.slow.mailer();
		}

		Api fast() {
			return this.fast.mailer();
		}

		void move(Duration duration) {
			this.slow.clock.move(duration);
			this.fast.clock.move(duration);
		}

		@Override
		public void close() {
			this.fast.close();
			this.slow.close();
		}

	}

}
