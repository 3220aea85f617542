package io.agentotp.server;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.command.CommandLine;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * A service that starts frozen, as after a restore of an older backup.
 */
@Tag("sql")
class StartFrozenTests {

	private static final String FROZEN = "agentotp.server.start-frozen=true";

	@ParameterizedTest
	@ValueSource(strings = { "/agent-otp", "/deep/otp" })
	void startWhenFrozenThenNoTokenWorksUntilAnAdministratorUnfreezes(String path) {
		TestDatabase database = TestDatabase.createLasting();
		String where = "agentotp.server.path=" + path;
		String approved;
		String pending;
		String token;
		try (TestServer server = TestServer.startOn(database, where)) {
			approved = server.mailer().pending("mail.send");
			server.alice().decide(approved, true).expect(200);
			token = server.mailer().token(approved);
			pending = server.mailer().pending("mail.send");
		}
		try (TestServer server = TestServer.startOn(database, where, FROZEN)) {
			assertThat(server.mailer().use(approved, token).expect(200).data().path("success").booleanValue())
				.isFalse();
			assertThat(server.mailer().status(pending)).isEqualTo("revoked");
			assertThat(server.mailer().request("mail.send").status()).isEqualTo(403);
			assertThat(server.auditor().get("/audit?event=all_frozen").expect(200).data()).hasSize(1);
		}
		// It stays so, whatever the next start says.
		try (TestServer server = TestServer.startOn(database, where, FROZEN)) {
			assertThat(server.auditor().get("/audit?event=all_frozen").expect(200).data()).hasSize(1);
		}
		try (TestServer server = TestServer.startOn(database, where)) {
			assertThat(server.mailer().request("mail.send").status()).isEqualTo(403);
			server.admin().post("/unfreeze", "{}").expect(200);
			server.mailer().request("mail.send").expect(202);
			assertThat(server.mailer().use(approved, token).expect(200).data().path("success").booleanValue())
				.isFalse();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "UPDATE agentotp_instance SET frozen_at = NULL, frozen_by = NULL, frozen_reason = NULL",
			"UPDATE agentotp_instance SET frozen_at = NULL, frozen_seal = NULL",
			"UPDATE agentotp_instance SET frozen_at = NULL, frozen_seal = 'x:y'", "DELETE FROM agentotp_instance" })
	void freezeWhenEndedInTheDatabaseThenAllStaysFrozenUntilAnAdministratorUnfreezes(String change) {
		TestDatabase database = TestDatabase.createLasting();
		try (TestServer server = TestServer.startOn(database)) {
			server.stopMaintenance();
			server.admin().post("/freeze", "{\"reason\":\"a leak\"}").expect(200);
			server.jdbc().sql(change).update();
			requireFrozen(server);
			assertThat(server.auditor().get("/audit/verify").expect(200).raw().body()).contains("agentotp_instance");
			assertThat(new Browser(server.url()).signedIn("alice").get("/").text()).contains("changed in the database");
			if (change.startsWith("DELETE")) {
				assertThat(server.auditor().get("/health").expect(200).data().path("status").stringValue())
					.isEqualTo("degraded");
				server.admin().post("/users", "{\"name\":\"carol\",\"roles\":[\"auditor\"]}").expect(201);
				requireFrozen(server);
				server.jdbc().sql(change).update();
			}
		}
		if (change.startsWith("DELETE")) {
			assertThatException().isThrownBy(() -> TestServer.startOn(database).close())
				.havingRootCause()
				.withMessageContaining("agentotp_instance was removed")
				.withMessageContaining("Restore it from a backup");
			return;
		}
		try (TestServer server = TestServer.startOn(database)) {
			requireFrozen(server);
			server.admin().post("/unfreeze", "{}").expect(200);
			server.mailer().request("mail.send").expect(202);
			assertThat(server.auditor().get("/audit/verify").expect(200).data().path("problems").toString())
				.doesNotContain("whether all is frozen", "can do anything");
		}
	}

	@Test
	void freezeWhenItsSealAndItsRowOfTheAuditLogAreTakenAwayThenAllStaysFrozenAfterAStart() {
		TestDatabase database = TestDatabase.createLasting();
		try (TestServer server = TestServer.startOn(database)) {
			server.admin().post("/freeze", "{}").expect(200);
			server.bean(AuditSequencer.class).seal();
			server.stopMaintenance();
			server.jdbc()
				.sql("UPDATE agentotp_instance SET frozen_at = NULL, frozen_by = NULL, frozen_reason = NULL, "
						+ "frozen_seal = NULL")
				.update();
			server.jdbc().sql("DELETE FROM agentotp_audit WHERE event = 'all_frozen'").update();
		}
		try (TestServer server = TestServer.startOn(database)) {
			requireFrozen(server);
		}
	}

	@Test
	void decideWhenNobodyCanTellWhetherAllIsFrozenThenRefusedAndStillPending() {
		try (TestServer server = TestServer.startOn(TestDatabase.createLasting())) {
			String pending = server.mailer().pending("mail.send");
			server.jdbc().sql("UPDATE agentotp_instance SET frozen_seal = 'x:y'").update();
			assertThat(server.alice().decide(pending, true).expect(409).message()).contains("frozen");
			server.admin().post("/unfreeze", "{}").expect(200);
			server.alice().decide(pending, true).expect(200);
		}
	}

	@Test
	void freezeWhenTheRowOfBeforeIsPutBackThenFound() {
		try (TestServer server = TestServer.startOn(TestDatabase.createLasting())) {
			String seal = server.jdbc().sql("SELECT frozen_seal FROM agentotp_instance").query(String.class).single();
			server.admin().post("/freeze", "{}").expect(200);
			server.jdbc()
				.sql("UPDATE agentotp_instance SET frozen_at = NULL, frozen_by = NULL, frozen_seal = ?")
				.param(seal)
				.update();
			assertThat(server.auditor().get("/audit/verify").expect(200).raw().body()).contains("agentotp_instance");
		}
	}

	private static void requireFrozen(TestServer server) {
		assertThat(server.mailer().request("mail.send").status()).isEqualTo(403);
		assertThat(server.admin().get("/freeze").expect(200).data().path("frozen").booleanValue()).isTrue();
	}

	@Test
	void argumentsWhenStartFrozenIsAmongThemThenItIsTheSetting() {
		assertThat(AgentOtpServerApplication.settings(new String[] { "--server.port=1", "--start-frozen" }))
			.containsExactly("--server.port=1", "--" + FROZEN);
	}

	@Test
	void commandLineWhenStartFrozenIsGivenThenTheServiceStarts() {
		String[] settings = AgentOtpServerApplication.settings(new String[] { "--start-frozen" });
		assertThat(CommandLine.run(settings, System.out, System.err)).isEmpty();
	}

}
