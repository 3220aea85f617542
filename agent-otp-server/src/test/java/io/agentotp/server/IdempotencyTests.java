package io.agentotp.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A repeated request is the same request.
 */
@Tag("sql")
class IdempotencyTests {

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.startOn(TestDatabase.createLasting().withLockTimeout(400));
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void requestWhenRepeatedThenOnePermission() {
		Api mailer = server.mailer().with("Idempotency-Key", "request-1");
		JsonNode first = mailer.request("mail.send").expect(202).data();
		assertThat(mailer.request("mail.send").expect(202).data()).isEqualTo(first);
		server.alice().decide(first.path("id").stringValue(), true).expect(200);
		JsonNode later = mailer.request("mail.send").expect(201).data();
		assertThat(later.path("id")).isEqualTo(first.path("id"));
		assertThat(later.path("token").stringValue()).startsWith("otp_");
		assertThat(server.jdbc()
			.sql("SELECT COUNT(*) FROM agentotp_audit WHERE permission_id = ? AND event = 'requested'")
			.param(first.path("id").stringValue())
			.query(Long.class)
			.single()).isEqualTo(1);
	}

	@DisplayName("attack A20: a use whose answer was lost is told again, and never a second one")
	@Test
	void useWhenRepeatedThenFirstSuccessAgainAndWithAnotherKeyUsed() {
		JsonNode permission = server.mailer().request("read.file").data();
		String id = permission.path("id").stringValue();
		String token = permission.path("token").stringValue();
		Api first = server.mailer().with("Idempotency-Key", "use-1");
		JsonNode used = first.use(id, token).expect(200).data();
		assertThat(used.path("success").booleanValue()).isTrue();
		assertThat(first.use(id, token).expect(200).data()).isEqualTo(used);
		assertThat(server.mailer().with("Idempotency-Key", "use-2").use(id, token).data().path("code").stringValue())
			.isEqualTo("TOKEN_USED");
	}

	@Test
	void anyWhenSameKeyWithOtherBodyThen422() {
		Api mailer = server.mailer().with("Idempotency-Key", "request-2");
		mailer.request("mail.send").expect(202);
		assertThat(mailer.request("mail.delete").expect(422).code()).isEqualTo("IDEMPOTENCY_KEY_REUSED");
		JsonNode one = server.mailer().request("read.file").data();
		JsonNode other = server.mailer().request("read.file").data();
		Api revoker = server.mailer().with("Idempotency-Key", "revoke-1");
		revoker.post("/permissions/" + one.path("id").stringValue() + "/revoke", "{}").expect(200);
		revoker.post("/permissions/" + other.path("id").stringValue() + "/revoke", "{}").expect(422);
		assertThat(server.mailer().status(other.path("id").stringValue())).isEqualTo("approved");
	}

	@Test
	void anyWhenSameKeyOfAnotherAgentThenApart() {
		JsonNode mine = server.mailer().with("Idempotency-Key", "shared").request("mail.send").data();
		JsonNode theirs = server.reader().with("Idempotency-Key", "shared").request("mail.send").expect(202).data();
		assertThat(theirs.path("id")).isNotEqualTo(mine.path("id"));
	}

	@Test
	void anyWhenKeyIsNotWellFormedThen400() {
		assertThat(server.mailer()
			.with("Idempotency-Key", "x".repeat(256))
			.request("mail.send")
			.expect(400)
			.details()
			.propertyNames()).containsExactly("Idempotency-Key");
	}

	@Test
	void requestWhenFirstIsStillRunningThen409() {
		server.bean(TransactionTemplate.class).executeWithoutResult((status) -> {
			server.jdbc().sql("""
					INSERT INTO agentotp_idempotency (agent_id, operation, idempotency_key, body_hash, created_at, seal)
					VALUES ('mailer', 'request', 'running', 'x', CURRENT_TIMESTAMP, '')""").update();
			Api.Answer answer = server.mailer().with("Idempotency-Key", "running").request("mail.send").expect(409);
			assertThat(answer.code()).isEqualTo("IDEMPOTENCY_IN_PROGRESS");
			assertThat(answer.header("Retry-After")).isEqualTo("1");
			status.setRollbackOnly();
		});
	}

	@Test
	void requestWhenSentManyTimesAtOnceThenOnePermission() throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(8);
		try {
			List<Future<Api.Answer>> answers = new ArrayList<>();
			for (int i = 0; i < 8; i++) {
				answers
					.add(executor.submit(() -> server.mailer().with("Idempotency-Key", "race").request("mail.race")));
			}
			Set<String> ids = new HashSet<>();
			for (Future<Api.Answer> answer : answers) {
				if (answer.get().status() != 409) {
					ids.add(answer.get().expect(202).data().path("id").stringValue());
				}
			}
			assertThat(ids).hasSize(1);
			assertThat(server.jdbc()
				.sql("SELECT COUNT(*) FROM agentotp_permission WHERE action = 'mail.race'")
				.query(Long.class)
				.single()).isEqualTo(1);
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void requestWhenKeyIsOldThenForgotten() {
		try (TestServer other = TestServer.start()) {
			Api mailer = other.mailer().with("Idempotency-Key", "daily");
			String first = mailer.request("mail.send").data().path("id").stringValue();
			other.clock.move(Duration.ofHours(25));
			assertThat(mailer.request("mail.delete").expect(202).data().path("id").stringValue()).isNotEqualTo(first);
		}
	}

}
