package io.agentotp.server;

import java.time.Duration;
import java.time.Instant;

import io.agentotp.server.permission.PermissionExpiry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the end of time does to questions and tokens.
 */
@Tag("sql")
class ExpiryTests {

	private static TestServer server;

	private final Api mailer = server.mailer();

	private final Api alice = server.alice();

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.approval-window=2m");
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@DisplayName("attack A14: time that runs out approves nothing, and is nobody's no")
	@Test
	void readWhenWindowPassesThenExpiredAndNobodysDecision() {
		String id = this.mailer.pending("mail.send");
		server.clock.move(Duration.ofMinutes(2));
		JsonNode permission = this.mailer.get("/permissions/" + id).data();
		assertThat(permission.path("status").stringValue()).isEqualTo("expired");
		assertThat(permission.has("decidedBy")).isFalse();
		assertThat(this.alice.get("/audit/permissions/" + id).data().values())
			.extracting((entry) -> entry.path("event").stringValue() + " " + entry.path("actor").stringValue())
			.containsExactly("requested agent:mailer", "expired system");
	}

	@Test
	void decideWhenWindowPassedThenConflict() {
		String id = this.mailer.pending("mail.send");
		server.clock.move(Duration.ofMinutes(2));
		Api.Answer late = this.alice.decide(id, true).expect(409);
		assertThat(late.message()).contains("expired");
		assertThat(this.mailer.status(id)).isEqualTo("expired");
	}

	@Test
	void approveWhenLateThenTokenLivesItsWholeTime() {
		String id = this.mailer.post("/permissions/request", "{\"action\":\"mail.send\",\"ttl\":30}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		server.clock.move(Duration.ofSeconds(119));
		this.alice.decide(id, true).expect(200);
		assertThat(Instant.parse(this.mailer.get("/permissions/" + id).data().path("expiresAt").stringValue()))
			.isEqualTo(server.clock.instant().truncatedTo(java.time.temporal.ChronoUnit.MILLIS).plusSeconds(30));
		String token = this.mailer.token(id);
		server.clock.move(Duration.ofSeconds(29));
		assertThat(this.mailer.verify(id, token).data().path("valid").booleanValue()).isTrue();
		server.clock.move(Duration.ofSeconds(1));
		JsonNode verified = this.mailer.verify(id, token).expect(200).data();
		assertThat(verified.path("valid").booleanValue()).isFalse();
		assertThat(verified.path("code").stringValue()).isEqualTo("TOKEN_EXPIRED");
		assertThat(this.mailer.use(id, token).data().path("code").stringValue()).isEqualTo("TOKEN_EXPIRED");
		assertThat(this.mailer.get("/permissions/" + id).data().has("token")).isFalse();
	}

	@Test
	void sweepWhenOverdueThenExpiredInFeed() {
		String cursor = this.mailer.get("/permissions/decisions").data().path("cursor").stringValue();
		String id = this.mailer.pending("mail.send");
		server.clock.move(Duration.ofMinutes(2));
		server.bean(PermissionExpiry.class).sweep();
		assertThat(server.jdbc()
			.sql("SELECT status FROM agentotp_permission WHERE id = ?")
			.param(id)
			.query(String.class)
			.single()).isEqualTo("expired");
		assertThat(this.mailer.get("/permissions/decisions?after=" + cursor).data().path("permissions").values())
			.extracting((permission) -> permission.path("id").stringValue())
			.contains(id);
	}

}
