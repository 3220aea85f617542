package io.agentotp.server;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import javax.sql.DataSource;

import io.agentotp.server.token.Secrets;
import io.agentotp.server.user.UserRows;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What waits for something else counts as of the moment in which its turn comes.
 */
@Tag("sql")
class TurnTests {

	private TestServer server;

	private Api worker;

	@BeforeEach
	void start() {
		this.server = TestServer.start("agentotp.server.approval-window=2m");
		this.worker = this.server
			.api(this.server.admin().post("/agents", "{\"name\":\"worker\"}").data().path("apiKey").stringValue());
	}

	@AfterEach
	void stop() {
		this.server.close();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void decideWhenTheRequestEndsWhileItWaitsThenNotDecided(boolean approve) throws SQLException {
		String id = this.server.mailer().pending("mail.send");
		Api.Answer answer = decideAfter(id, approve, () -> this.server.clock.move(Duration.ofMinutes(3)));
		assertThat(answer.status()).isEqualTo(409);
		assertThat(status(id)).isNotIn("approved", "denied");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void decideWhenThePersonLosesTheRoleWhileItWaitsThenNotDecided(boolean approve) throws SQLException {
		String id = this.server.mailer().pending("mail.send");
		Api.Answer answer = decideAfter(id, approve,
				() -> this.server.jdbc()
					.sql("UPDATE agentotp_user SET roles = 'AUDITOR' WHERE name = 'alice'")
					.update());
		assertThat(answer.status()).isEqualTo(401);
		assertThat(status(id)).isEqualTo("pending");
	}

	private Api.Answer decideAfter(String id, boolean approve, Runnable change) throws SQLException {
		return answerAfter("UPDATE agentotp_agent SET decision_seq = decision_seq WHERE id = 'mailer'",
				() -> this.server.alice().decide(id, approve), change);
	}

	@Test
	void useWhenTheKeyIsRotatedWhileItWaitsThenNotUsed() throws SQLException {
		JsonNode permission = approved();
		String id = permission.path("id").stringValue();
		Api.Answer answer = useAfter(permission, this::rotate);
		assertThat(answer.expect(401).code()).isEqualTo("INVALID_API_KEY");
		assertThat(uses(id)).isZero();
		assertThat(events(id)).doesNotContain("used", "use_rejected");
	}

	@Test
	void useWhenTheTokenEndsWhileItWaitsThenNotUsed() throws SQLException {
		JsonNode permission = approved();
		JsonNode answer = useAfter(permission, () -> this.server.clock.move(Duration.ofMinutes(10))).data();
		assertThat(answer.path("code").stringValue()).isEqualTo("TOKEN_EXPIRED");
		assertThat(answer.path("usesRemaining").intValue()).isZero();
		assertThat(uses(permission.path("id").stringValue())).isZero();
	}

	@Test
	void useWhenPoliciesDenyWhileItWaitsThenNotUsed() throws SQLException {
		JsonNode permission = approved();
		JsonNode answer = useAfter(permission, this::denyAll).data();
		assertThat(answer.path("code").stringValue()).isEqualTo("POLICY_DENIES");
		assertThat(uses(permission.path("id").stringValue())).isZero();
	}

	@Test
	void useWhenAllIsFrozenWhileItWaitsThenNotUsed() throws SQLException {
		JsonNode permission = approved();
		String id = permission.path("id").stringValue();
		CompletableFuture<?>[] freeze = new CompletableFuture<?>[1];
		JsonNode answer = useAfter(permission, () -> {
			// It waits, too, to end what is locked.
			freeze[0] = CompletableFuture.runAsync(() -> this.server.admin().post("/freeze", "{}").expect(200));
			Await.until("all is frozen",
					() -> this.server.jdbc()
						.sql("SELECT COUNT(*) FROM agentotp_instance WHERE frozen_at IS NOT NULL")
						.query(Long.class)
						.single() > 0);
		}).data();
		freeze[0].join();
		assertThat(answer.path("code").stringValue()).isEqualTo("TOKEN_REVOKED");
		assertThat(uses(id)).isZero();
	}

	@ParameterizedTest
	@ValueSource(strings = { "read.file", "mail.send" })
	void requestWhenTheKeyIsRotatedWhileItWaitsThenNotMade(String action) throws SQLException {
		Api.Answer answer = answerAfterSame("request", () -> keyed().request(action), this::rotate);
		assertThat(answer.expect(401).code()).isEqualTo("INVALID_API_KEY");
		assertThat(this.server.jdbc().sql("SELECT COUNT(*) FROM agentotp_permission").query(Long.class).single())
			.isZero();
	}

	@Test
	void requestWhenPoliciesDenyWhileItWaitsThenDenied() throws SQLException {
		JsonNode answer = answerAfterSame("request", () -> keyed().request("read.file"), this::denyAll).data();
		assertThat(answer.path("status").stringValue()).isEqualTo("denied");
		assertThat(answer.has("token")).isFalse();
	}

	@Test
	void requestWhenTheWindowBeginsWhileItWaitsThenAskedForInItsTurn() throws SQLException {
		Instant before = this.server.clock.instant();
		JsonNode answer = answerAfter("UPDATE agentotp_agent SET decision_seq = decision_seq WHERE id = 'worker'",
				() -> this.worker.request("mail.send"), () -> this.server.clock.move(Duration.ofMinutes(1)))
			.data();
		assertThat(Instant.parse(answer.path("createdAt").stringValue()))
			.isAfterOrEqualTo(before.plus(Duration.ofMinutes(1)).truncatedTo(ChronoUnit.MILLIS));
	}

	@Test
	void revokeWhenTheKeyIsRotatedWhileItWaitsThenNotRevoked() throws SQLException {
		String id = approved().path("id").stringValue();
		Api.Answer answer = answerAfterSame("revoke", () -> keyed().post("/permissions/" + id + "/revoke", "{}"),
				this::rotate);
		assertThat(answer.expect(401).code()).isEqualTo("INVALID_API_KEY");
		assertThat(status(id)).isEqualTo("approved");
	}

	@ParameterizedTest
	@EnumSource
	void changeWhenTheAdministratorLosesTheRoleWhileItWaitsThenNotMade(Change change) throws SQLException {
		Api former = user("former", "administrator");
		long events = events();
		Api.Answer answer = answerAfter(change.lock, () -> change.call(former), () -> change("roles = 'AUDITOR'"));
		assertThat(answer.expect(403).code()).isEqualTo("FORBIDDEN");
		assertThat(events()).isEqualTo(events);
	}

	@ParameterizedTest
	@EnumSource
	void changeWhenTheAdministratorEndsWhileItWaitsThenNotMade(Change change) throws SQLException {
		Api former = user("former", "administrator");
		long events = events();
		Api.Answer answer = answerAfter(change.lock, () -> change.call(former), () -> change("active = FALSE"));
		assertThat(answer.expect(401).code()).isEqualTo("INVALID_API_KEY");
		assertThat(events()).isEqualTo(events);
	}

	@Test
	void decideWhenTheKeyIsRemovedWhileItWaitsThenNotDecided() throws SQLException {
		Api ann = user("former", "approver");
		String id = this.server.mailer().pending("mail.send");
		Api.Answer answer = answerAfter("UPDATE agentotp_agent SET decision_seq = decision_seq WHERE id = 'mailer'",
				() -> ann.decide(id, true),
				() -> this.server.admin().send("DELETE", "/users/former/key", null).expect(200));
		assertThat(answer.expect(401).code()).isEqualTo("INVALID_API_KEY");
		assertThat(status(id)).isEqualTo("pending");
	}

	@Test
	void decideWhenTheSessionEndsWhileItWaitsThenNotDecided() throws SQLException {
		String id = this.server.mailer().pending("mail.send");
		Browser alice = new Browser(this.server.url()).signedIn("alice");
		Browser.Page page = alice.get("/approvals/" + id);
		Browser.Page answer = answerAfter("UPDATE agentotp_agent SET decision_seq = decision_seq WHERE id = 'mailer'",
				() -> alice.submit(page, "/approvals/" + id, Map.of("decision", "approve")),
				() -> this.server.admin().send("DELETE", "/users/alice/sessions", null).expect(200));
		assertThat(answer.status()).isEqualTo(403);
		assertThat(answer.text()).contains("You were signed out meanwhile");
		assertThat(status(id)).isEqualTo("pending");
	}

	private Api user(String name, String role) {
		this.server.admin().post("/users", "{\"name\":\"" + name + "\",\"roles\":[\"" + role + "\"]}").expect(201);
		String key = "uk_" + Secrets.random();
		change("key_hash = '" + Secrets.sha256(key) + "'");
		return this.server.api(key);
	}

	private void change(String change) {
		UserRows.change(this.server.server().context(), "former", change);
	}

	private long events() {
		return this.server.jdbc().sql("SELECT COUNT(*) FROM agentotp_audit").query(Long.class).single();
	}

	private JsonNode approved() {
		return this.worker.request("read.file").expect(201).data();
	}

	private Api keyed() {
		return this.worker.with("Idempotency-Key", "turn");
	}

	private void rotate() {
		this.server.admin().post("/agents/worker/rotate", "{}").expect(200);
	}

	private void denyAll() {
		this.server.admin()
			.post("/policies", "{\"name\": \"stop\", \"priority\": 1000, \"action\": \"deny\"}")
			.expect(201);
	}

	private Api.Answer useAfter(JsonNode permission, Runnable change) throws SQLException {
		String id = permission.path("id").stringValue();
		return answerAfter("UPDATE agentotp_permission SET uses = uses WHERE id = '" + id + "'",
				() -> this.worker.use(id, permission.path("token").stringValue()), change);
	}

	/**
	 * What is answered to a call whose idempotency key was taken by one that failed.
	 */
	private Api.Answer answerAfterSame(String operation, Supplier<Api.Answer> call, Runnable change)
			throws SQLException {
		return answerAfter(
				"INSERT INTO agentotp_idempotency (agent_id, operation, idempotency_key, body_hash, created_at, seal) "
						+ "VALUES ('worker', '" + operation + "', 'turn', 'x', CURRENT_TIMESTAMP, '')",
				call, change);
	}

	private <T> T answerAfter(String lock, Supplier<T> call, Runnable change) throws SQLException {
		try (Connection other = this.server.bean(DataSource.class).getConnection()) {
			other.setAutoCommit(false);
			try (Statement statement = other.createStatement()) {
				statement.executeUpdate(lock);
				CompletableFuture<T> answer = CompletableFuture.supplyAsync(call);
				Await.until("the call waits for its turn", this.server::isRowAwaited);
				change.run();
				other.rollback();
				return answer.join();
			}
		}
	}

	private int uses(String id) {
		return this.server.jdbc()
			.sql("SELECT uses FROM agentotp_permission WHERE id = ?")
			.param(id)
			.query(Integer.class)
			.single();
	}

	private List<String> events(String id) {
		return this.server.jdbc()
			.sql("SELECT event FROM agentotp_audit WHERE permission_id = ?")
			.param(id)
			.query(String.class)
			.list();
	}

	private String status(String id) {
		return this.server.jdbc()
			.sql("SELECT status FROM agentotp_permission WHERE id = ?")
			.param(id)
			.query(String.class)
			.single();
	}

	/**
	 * What administrators change, and what it waits for.
	 */
	private enum Change {

		CREATE_USER("UPDATE agentotp_instance SET frozen_by = frozen_by", "POST", "/users",
				"{\"name\":\"evil\",\"roles\":[\"administrator\"]}"),

		SET_ROLES(CREATE_USER.lock, "PATCH", "/users/former", "{\"roles\":[\"administrator\"]}"),

		FREEZE_ALL(CREATE_USER.lock, "POST", "/freeze", "{}"),

		CREATE_POLICY("UPDATE agentotp_policy_state SET revision = revision", "POST", "/policies",
				"{\"name\":\"evil\",\"action\":\"auto_approve\"}"),

		CREATE_ACTION(CREATE_POLICY.lock, "POST", "/actions", "{\"action\":\"mail.evil\",\"title\":\"Read\"}"),

		ROTATE("UPDATE agentotp_agent SET decision_seq = decision_seq WHERE id = 'worker'", "POST",
				"/agents/worker/rotate", "{}"),

		CHANGE_OWNER(ROTATE.lock, "PATCH", "/agents/worker", "{\"owner\":\"former\"}"),

		FREEZE(ROTATE.lock, "POST", "/agents/worker/freeze", "{}"),
		DELETE(ROTATE.lock, "DELETE", "/agents/worker", null);

		private final String lock;

		private final String method;

		private final String path;

		private final String body;

		Change(String lock, String method, String path, String body) {
			this.lock = lock;
			this.method = method;
			this.path = path;
			this.body = body;
		}

		Api.Answer call(Api api) {
			return api.send(this.method, this.path, this.body);
		}

	}

}
